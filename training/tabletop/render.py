"""Render tabletop scenes in the style of CLEVR whose camera, light, ground, crowding and sampling all vary.

    python -m training.tabletop.render OUT --blend FOLDER --start 100000 --count 100 [--size 320x240] [--threads 1]

Runs in a Python with Blender's module (`pip install bpy==4.5.*`, numpy, no torch). FOLDER holds the Blender files of
CLEVR's public generator (Johnson et al., CVPR 2017). For scene N it writes three files into OUT:

    N.jpg or N.png   the picture, RGB
    N.npz            "mask": uint8 (height, width), 0 background, k object k, visible pixels only;
                     "depth": uint16 (height, width), scene units x 1000 along the viewing axis, 65535 for nothing
    N.json           the scene: ground-plane unit vectors, what was varied, and per object its shape, colour, size,
                     material, centre, radius, rotation in degrees, visible box (xyxy pixels), visible pixels

A scene is a pure function of its number, except for how the renderer's threads order their sums. Scenes that are there
already are left alone, so that a run goes on where it stopped. World frame: z up, the table at z = 0, scene units.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from training.tabletop.layout import LAMPS, draw_look, place

LEAST_PIXELS = 40
"""Visible pixels, of a 320x240 picture, without which an object makes its scene be drawn again."""


class Renderer:
    """Blender's scene, opened once; `render(n, out)` makes scene n of it."""

    def __init__(self, blend: Path, size_wh: tuple[int, int], threads: int, scratch: Path) -> None:
        self.names: dict[str, Any] = json.loads((blend / "properties.json").read_text())
        self.size_wh, self.scratch = size_wh, scratch
        bpy.ops.wm.open_mainfile(filepath=str(blend / "base_scene.blend"))
        for name in self.names["materials"].values():
            with bpy.data.libraries.load(str(blend / "materials" / f"{name}.blend")) as (_, wanted):
                wanted.node_groups = [name]
        for name in self.names["shapes"].values():
            with bpy.data.libraries.load(str(blend / "shapes" / f"{name}.blend")) as (_, wanted):
                wanted.objects = [name]
        self.scene = bpy.context.scene
        settings = self.scene.render
        settings.engine, settings.resolution_percentage = "CYCLES", 100
        settings.resolution_x, settings.resolution_y = size_wh
        settings.threads_mode, settings.threads = "FIXED", threads
        layer = self.scene.view_layers[0]
        layer.use_pass_object_index = layer.use_pass_z = True
        self.camera = bpy.data.objects["Camera"]
        self.camera.constraints.clear()
        self.lamps = {
            name: (bpy.data.objects[name].location.copy(), bpy.data.lights[bpy.data.objects[name].data.name].energy)
            for name in LAMPS
        }
        self.sizes = {name: bpy.data.objects[name].data.size for name in LAMPS}
        self.sun = bpy.data.objects["Area"].data.energy
        self.ground = self._plain_ground()
        self._layers_to_files()

    def _plain_ground(self) -> Any:
        """A diffuse material for the table; returns the socket of its colour."""
        material = bpy.data.materials.new("table")
        material.use_nodes = True
        tree = material.node_tree
        shader = tree.nodes.new("ShaderNodeBsdfDiffuse")
        output = next(n for n in tree.nodes if n.type == "OUTPUT_MATERIAL")
        tree.links.new(shader.outputs[0], output.inputs["Surface"])
        table = bpy.data.objects["Ground"].data
        table.materials.clear()
        table.materials.append(material)
        return shader.inputs["Color"]

    def _layers_to_files(self) -> None:
        """Let the compositor write object indices and depth as EXR beside the picture."""
        self.scene.use_nodes = True
        tree = self.scene.node_tree
        tree.nodes.clear()
        layers = tree.nodes.new("CompositorNodeRLayers")
        composite = tree.nodes.new("CompositorNodeComposite")
        tree.links.new(layers.outputs["Image"], composite.inputs["Image"])
        files = tree.nodes.new("CompositorNodeOutputFile")
        files.base_path = str(self.scratch)
        files.format.file_format, files.format.color_depth, files.format.color_mode = "OPEN_EXR", "32", "RGB"
        files.file_slots.clear()
        for slot, socket in (("index", "IndexOB"), ("depth", "Depth")):
            files.file_slots.new(slot)
            tree.links.new(layers.outputs[socket], files.inputs[slot])

    def _layer(self, name: str) -> NDArray[np.float32]:
        """A written layer, float32 (height, width), and its file removed."""
        path = self.scratch / f"{name}{self.scene.frame_current:04d}.exr"
        image = bpy.data.images.load(str(path), check_existing=False)
        pixels = np.array(image.pixels[:], dtype=np.float32)
        values = pixels.reshape(self.size_wh[1], self.size_wh[0], -1)[::-1, :, 0].copy()
        bpy.data.images.remove(image)
        path.unlink()
        return values

    def look(self, look: dict[str, Any], seed: int) -> None:
        """Set camera, lights, ground and sampling."""
        c = look["camera"]
        up, around = math.radians(c["elevation"]), math.radians(c["azimuth"])
        target = Vector(c["target"])
        toward = Vector((math.cos(up) * math.cos(around), math.cos(up) * math.sin(around), math.sin(up)))
        self.camera.location = target + c["distance"] * toward
        turn = (-toward).to_track_quat("-Z", "Y").to_euler()
        turn.rotate_axis("Z", math.radians(c["roll"]))
        self.camera.rotation_euler = turn
        self.camera.data.lens = c["lens"]
        for name, lamp in look["lamps"].items():
            place, energy = self.lamps[name]
            bpy.data.objects[name].location = place + Vector(lamp["move"])
            light = bpy.data.objects[name].data
            light.energy, light.size = energy * lamp["energy"], self.sizes[name] * lamp["size"]
        bpy.data.objects["Area"].data.energy = self.sun * look["sun"]
        background = next(n for n in self.scene.world.node_tree.nodes if n.type == "BACKGROUND")
        background.inputs["Color"].default_value = (1, 1, 1, 1)
        background.inputs["Strength"].default_value = look["world"]
        self.ground.default_value = (*look["ground"], 1)
        self.scene.view_settings.exposure = look["exposure"]
        self.scene.cycles.samples, self.scene.cycles.use_denoising = look["samples"], look["denoise"]
        self.scene.cycles.seed = seed
        files = self.scene.render.image_settings
        if look["quality"] is None:
            files.file_format, files.color_mode = "PNG", "RGB"
        else:
            files.file_format, files.quality = "JPEG", look["quality"]
        bpy.context.view_layer.update()

    def directions(self) -> dict[str, list[float]]:
        """Ground-plane unit vectors as the camera sees them."""
        turn = self.camera.matrix_world.to_quaternion()

        def on_ground(vector: Vector) -> Vector:
            vector = turn @ vector
            return Vector((vector.x, vector.y, 0)).normalized()

        behind, left = on_ground(Vector((0, 0, -1))), on_ground(Vector((-1, 0, 0)))
        found = {"behind": behind, "front": -behind, "left": left, "right": -left}
        return {k: list(v) for k, v in found.items()} | {"above": [0, 0, 1], "below": [0, 0, -1]}

    def build(self, objects: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
        """Blender's objects and materials for a scene graph; the k-th has index k, counted from 1."""
        made = []
        for k, o in enumerate(objects, 1):
            body = bpy.data.objects[self.names["shapes"][o["shape"]]].copy()
            body.data = body.data.copy()
            self.scene.collection.objects.link(body)
            body.scale, body.location = (o["r"],) * 3, o["xyz"]
            body.rotation_euler = (0, 0, math.radians(o["rotation"]))
            body.pass_index = k
            material = bpy.data.materials.new(f"object{k}")
            material.use_nodes = True
            tree = material.node_tree
            group = tree.nodes.new("ShaderNodeGroup")
            group.node_tree = bpy.data.node_groups[self.names["materials"][o["material"]]]
            group.inputs["Color"].default_value = (*(v / 255 for v in self.names["colors"][o["color"]]), 1)
            output = next(n for n in tree.nodes if n.type == "OUTPUT_MATERIAL")
            tree.links.new(group.outputs[0], output.inputs["Surface"])
            body.data.materials.clear()
            body.data.materials.append(material)
            made.append((body, material))
        bpy.context.view_layer.update()
        return made

    def seen(self, count: int, step: int = 4) -> NDArray[np.int64]:
        """(count,) estimated visible pixels of each object, by rays through every `step`-th pixel."""
        width, height = self.size_wh
        graph = bpy.context.evaluated_depsgraph_get()
        corners = [self.camera.matrix_world @ v for v in self.camera.data.view_frame(scene=self.scene)]
        right_top, right_bottom, left_bottom, left_top = corners
        origin = self.camera.matrix_world.translation
        hits = np.zeros(count + 1, np.int64)
        for y in range(step // 2, height, step):
            left = left_top.lerp(left_bottom, y / height)
            right = right_top.lerp(right_bottom, y / height)
            for x in range(step // 2, width, step):
                towards = (left.lerp(right, x / width) - origin).normalized()
                hit, *_, body, _ = self.scene.ray_cast(graph, origin, towards)
                if hit:
                    hits[body.pass_index] += 1
        return hits[1:] * step * step

    def render(self, n: int, out: Path) -> None:
        """Make scene n."""
        rng = random.Random(n)
        look = draw_look(rng)
        self.look(look, n)
        directions = self.directions()
        least = LEAST_PIXELS * self.size_wh[0] * self.size_wh[1] / (320 * 240)
        suffix = ".png" if look["quality"] is None else ".jpg"
        while True:
            objects = place(rng, look, directions, self.names)
            if objects is None:
                continue
            made = self.build(objects)
            good = self.seen(len(objects)).min() >= 1.5 * least
            if good:
                self.scene.render.filepath = str(out / f"{n:06d}{suffix}")
                bpy.ops.render.render(write_still=True)
            for body, material in made:
                mesh = body.data
                bpy.data.objects.remove(body)
                bpy.data.meshes.remove(mesh)
                bpy.data.materials.remove(material)
            if not good:
                continue
            mask = np.rint(self._layer("index")).astype(np.uint8)
            depth = self._layer("depth")
            pixels = np.bincount(mask.ravel(), minlength=len(objects) + 1)[1:]
            if pixels.min() >= least:
                break
        for k, o in enumerate(objects, 1):
            ys, xs = np.nonzero(mask == k)
            box = [int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1]
            o.update(box=box, pixels=int(pixels[k - 1]))
        steps = np.where(depth < 60, np.rint(depth * 100) * 10, 65535).astype(np.uint16)
        np.savez_compressed(out / f"{n:06d}.npz", mask=mask, depth=steps)
        graph = {"scene": n, "size_wh": self.size_wh, "look": look, "directions": directions, "objects": objects}
        (out / f"{n:06d}.json").write_text(json.dumps(graph))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--blend", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--start", type=int, default=100_000)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--size", default="320x240", metavar="WIDTHxHEIGHT")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--training-only", action="store_true", help="skip numbers divisible by 3, which are held out")
    a = parser.parse_args()
    width, height = (int(v) for v in a.size.split("x"))
    a.out.mkdir(parents=True, exist_ok=True)
    renderer = Renderer(a.blend, (width, height), a.threads, a.out / f".layers-{a.start}")
    began = time.monotonic()
    for n in range(a.start, a.start + a.count):
        if not (a.out / f"{n:06d}.json").exists() and not (a.training_only and n % 3 == 0):
            renderer.render(n, a.out)
            print(f"scene {n}  {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
