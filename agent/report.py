"""A trace as one self-contained page: no script, no address outside, every text escaped."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from tools.types import Image

WIDTH = 900  # pixels of a picture on the page


def page(record: Mapping[str, Any], steps: Mapping[int, Image], overlay: bytes | None) -> str:
    """The page's HTML."""
    result = record["result"]
    template = Template((files("agent") / "report.html").read_text(encoding="utf-8"))
    request = record["request"]["text"] or "(a program)"
    replans = "".join(f"<li>{escape(e['message'])}</li>" for e in record["events"])
    return template.substitute(
        title=escape(request[:80]),
        request=escape(request),
        status=escape(result["status"]),
        reason=escape(f" · {result['reason']}" if result["reason"] else ""),
        answer=escape(result["answer"]),
        overlay=_overlay(overlay),
        program=escape(result["program"]),
        replans=f"<h2>Replans</h2><ol>{replans}</ol>" if replans else "",
        evidence=_evidence(result["evidence"]),
        steps="".join(_step(s, steps.get(s["n"])) for s in result["steps"]),
        facts=_facts(record),
    )


def _overlay(data: bytes | None) -> str:
    if data is None:
        return ""
    import cv2
    import numpy as np

    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if decoded is None:
        raise RuntimeError("the overlay that was just written is no picture")
    return f'<img class="overlay" alt="the evidence on the picture" src="{_uri(decoded[..., ::-1])}">'


def _evidence(pieces: list[dict[str, Any]]) -> str:
    if not pieces:
        return "<p>No region: the answer follows from the whole picture.</p>"
    rows = "".join(
        f"<tr><td>{escape(p['role'])}</td><td>{escape(p['text'] or p['label'] or '')}</td>"
        f"<td>{', '.join(str(round(v)) for v in p['box'])}</td>"
        f"<td>{_score(p['score'])}</td><td>{escape(p['image'] or '')}</td></tr>"
        for p in pieces
    )
    return f"<table><tr><th>role</th><th>what</th><th>box</th><th>score</th><th>picture</th></tr>{rows}</table>"


def _score(score: float | None) -> str:
    return "" if score is None else f"{score:.2f}"


def _step(step: dict[str, Any], image: Image | None) -> str:
    picture = f'<img alt="step {step["n"]}" src="{_uri(image.pixels)}">' if image is not None else ""
    cached = " <span class=cached>from cache</span>" if step["cached"] else ""
    return (
        f"<section class=step><h3>{step['n']}. <code>{escape(step['call'])}</code></h3>"
        f"<p>{escape(step['result'])} · {step['seconds'] * 1000:.1f} ms{cached}</p>{picture}</section>"
    )


def _facts(record: Mapping[str, Any]) -> str:
    plans = record["plans"]
    facts = [f"profile {record['profile']['name']}", f"{record['result']['seconds']:.2f} s in all"]
    if plans:
        last = plans[-1]
        facts.append(f"planned in {last['seconds']:.2f} s, {last['tokens']} tokens, {last['forced']} of them forced")
        if last["probability"] is not None:
            facts.append(f"probability of the program {last['probability']:.2f}")
    return escape(" · ".join(facts))


def _uri(pixels: Any) -> str:
    """A picture as a data URI, at most WIDTH wide."""
    import cv2
    import numpy as np

    height, width = pixels.shape[:2]
    scale = min(1.0, WIDTH / width, 4 * WIDTH / height)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", np.ascontiguousarray(pixels[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 85])
    if not done:
        raise RuntimeError("a picture could not be encoded for the page")
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()
