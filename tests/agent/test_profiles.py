"""Profiles: what overrides what, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.profiles import ADAPTERS, ROLES, Models, load_profile, profile_names
from tools.core import InputError, NotReady


def test_each_source_overrides_the_one_before(own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = tmp_path / "mine.toml"
    profile.write_text('summary = "mine"\n[detector]\nadapter = "sam"\na = 1\nb = 1\nc = 1\nd = 1\n')
    (own_home / "profile.toml").write_text("[detector]\nb = 2\nc = 2\nd = 2\n")
    monkeypatch.setenv("EYESHOT_DETECTOR_C", "3")
    monkeypatch.setenv("EYESHOT_DETECTOR_D", "3")
    loaded = load_profile(str(profile), ["detector.d=4"])
    assert (loaded.name, loaded.summary) == ("mine", "mine")
    assert loaded.roles["detector"] == {"adapter": "sam", "a": 1, "b": 2, "c": 3, "d": 4}


SCALARS = {
    "number": ("0.4", 0.4),
    "truth": ("true", True),
    "word": ("cuda:0", "cuda:0"),
    "quoted": ('"0.4"', "0.4"),
    "with an equals sign": ("a=b", "a=b"),
    "empty": ("", ""),
}


@pytest.mark.parametrize(("text", "value"), SCALARS.values(), ids=SCALARS.keys())
def test_the_value_of_an_override(text: str, value: object) -> None:
    assert load_profile(overrides=[f"detector.keep={text}"]).roles["detector"]["keep"] == value


BAD_OVERRIDES = {"no value": "detector.keep", "no key": "detector=1", "empty key": "detector.=1",
                 "unknown role": "kitchen.sink=1", "empty": "", "no role": ".keep=1"}  # fmt: skip


@pytest.mark.parametrize("override", BAD_OVERRIDES.values(), ids=BAD_OVERRIDES.keys())
def test_a_bad_override(override: str) -> None:
    with pytest.raises(InputError, match=r"role\.key=value"):
        load_profile(overrides=[override])


BAD_FILES: dict[str, tuple[bytes, str]] = {
    "no TOML": (b"[detector\n", "not valid TOML"),
    "unknown role": (b"[kitchen]\na = 1\n", "unknown roles ['kitchen']"),
    "a setting without a role": (b'detector = "x"\n', "['detector'] outside of a table"),
    "no text": (b"\xff\xfe\x00", "cannot be read"),
}


@pytest.mark.parametrize(("data", "message"), BAD_FILES.values(), ids=BAD_FILES.keys())
@pytest.mark.parametrize("own", [False, True], ids=["named", "the user's own"])
def test_a_bad_file(data: bytes, message: str, own: bool, own_home: Path, tmp_path: Path) -> None:
    path = own_home / "profile.toml" if own else tmp_path / "bad.toml"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        load_profile() if own else load_profile(str(path))
    assert message in str(caught.value)


@pytest.mark.parametrize("name", ["nowhere", "nowhere.toml", "../embedded", "", "a\0b"])
def test_no_such_profile(name: str) -> None:
    with pytest.raises(InputError, match="embedded"):
        load_profile(name)


@pytest.mark.parametrize("name", profile_names())
def test_packaged_profiles(name: str) -> None:
    profile = load_profile(name)
    assert profile.summary
    assert set(profile.roles) <= set(ROLES)
    assert all(settings["adapter"] in ADAPTERS for settings in profile.roles.values())


def models_of(tmp_path: Path, text: str) -> Models:
    path = tmp_path / "p.toml"
    path.write_text(text)
    return Models(load_profile(str(path)))


REFUSED: dict[str, tuple[Callable[[Models], object], type[Exception], str]] = {
    "a role without a model": (lambda m: m.model("depth"), NotReady, "'depth'"),
    "an unknown adapter": (lambda m: m.model("vlm"), InputError, "must be one of"),
    "a threshold that is no number": (lambda m: m.setting("vlm", "keep", 0.5), InputError, "must be a number"),
    "an unknown setting": (lambda m: m.model("faces"), InputError, "no setting ['colour']"),
}


@pytest.mark.parametrize(("use", "kind", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(use: Callable[[Models], object], kind: type[Exception], message: str, tmp_path: Path) -> None:
    text = '[vlm]\nadapter = "magic"\nkeep = "much"\n[faces]\nadapter = "centerface"\ncolour = "red"\n'
    with pytest.raises(kind) as caught:
        use(models_of(tmp_path, text))
    assert message in str(caught.value)


def test_settings_fall_back() -> None:
    models = Models(load_profile(overrides=["vlm.keep=0.4"]))
    assert models.setting("vlm", "keep", 0.5) == 0.4
    assert models.setting("vlm", "no_such_setting", 0.5) == 0.5


def test_the_fingerprint_follows_settings_and_files(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"one")
    text = f'[detector]\nadapter = "sam"\nsource = "{folder}"\n'
    first = models_of(tmp_path, text).fingerprint("detector")
    assert models_of(tmp_path, text).fingerprint("detector") == first
    assert models_of(tmp_path, text + "keep = 0.1\n").fingerprint("detector") != first
    (folder / "model.safetensors").write_bytes(b"two")
    assert models_of(tmp_path, text).fingerprint("detector") != first
    assert models_of(tmp_path, text).fingerprint("depth") == "none"
    alone = f'[segmenter]\nadapter = "segment_anything_original"\nsource = "{folder / "model.safetensors"}"\n'
    second = models_of(tmp_path, alone).fingerprint("segmenter")
    (folder / "model.safetensors").write_bytes(b"three")
    assert models_of(tmp_path, alone).fingerprint("segmenter") != second
