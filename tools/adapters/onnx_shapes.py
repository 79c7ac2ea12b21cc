"""Let an ONNX file that was exported for one size take inputs of any size, without the package `onnx`.

An ONNX file is a protobuf message. Only its graph's inputs and outputs are touched: sizes that were written down as
numbers are left out there, which means "any". Field numbers are those of onnx.proto (ONNX, Apache-2.0).
NOT here: running it (onnxruntime), and anything that depends on a fixed size inside of the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

MODEL_GRAPH, MODEL_IR_VERSION = 7, 1
GRAPH_INITIALIZER, GRAPH_INPUT, GRAPH_OUTPUT, GRAPH_VALUE_INFO = 5, 11, 12, 13
TENSOR_NAME = 8
VALUE_NAME, VALUE_TYPE, TYPE_TENSOR, TENSOR_SHAPE, SHAPE_DIM = 1, 2, 1, 2, 1
INITIALIZERS_NEED_NO_INPUT = 4  # the IR version since which constants are not listed as inputs too


def any_size(model: bytes) -> bytes:
    """The same model, whose inputs and outputs have the number of dimensions that they had, but free sizes.

    Constants that an old exporter listed as inputs are no inputs any more, so that the runtime may fold them. Raises
    ValueError where the bytes are no protobuf message.
    """

    def in_graph(graph: bytes) -> bytes:
        constants = {_text(value, TENSOR_NAME) for number, _, value in _fields(graph) if number == GRAPH_INITIALIZER}
        out = bytearray()
        for number, wire, value in _fields(graph):
            if number == GRAPH_VALUE_INFO or (number == GRAPH_INPUT and _text(value, VALUE_NAME) in constants):
                continue
            if number in (GRAPH_INPUT, GRAPH_OUTPUT):
                value = _inside(value, (VALUE_TYPE, TYPE_TENSOR, TENSOR_SHAPE, SHAPE_DIM), lambda _: b"")
            out += _field(number, wire, value)
        return bytes(out)

    out = bytearray()
    for number, wire, value in _fields(model):
        if number == MODEL_GRAPH:
            value = in_graph(value)
        elif number == MODEL_IR_VERSION:
            value = _varint(max(_number(value), INITIALIZERS_NEED_NO_INPUT))
        out += _field(number, wire, value)
    return bytes(out)


def _inside(message: bytes, path: tuple[int, ...], change: Callable[[bytes], bytes]) -> bytes:
    """`message` with `change` applied to every submessage that the field numbers of `path` lead to."""
    if not path:
        return change(message)
    out = bytearray()
    for number, wire, value in _fields(message):
        out += _field(number, wire, _inside(value, path[1:], change) if number == path[0] else value)
    return bytes(out)


def _fields(message: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(field number, wire type, payload); a varint's payload is its own bytes, a length-delimited one has no length."""
    at = 0
    while at < len(message):
        key, at = _read(message, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            _, end = _read(message, at)
        elif wire == 2:
            length, at = _read(message, at)
            end = at + length
        elif wire in (1, 5):
            end = at + (8 if wire == 1 else 4)
        else:
            raise ValueError(f"not an ONNX file: wire type {wire} at byte {at}")
        if end > len(message):
            raise ValueError(f"the ONNX file is cut off: a field ends at byte {end} of {len(message)}")
        yield number, wire, message[at:end]
        at = end


def _field(number: int, wire: int, value: bytes) -> bytes:
    key = _varint(number << 3 | wire)
    return key + _varint(len(value)) + value if wire == 2 else key + value


def _text(message: bytes, wanted: int) -> str:
    return next((value.decode() for number, _, value in _fields(message) if number == wanted), "")


def _read(message: bytes, at: int) -> tuple[int, int]:
    """A varint and where it ends."""
    value = shift = 0
    while at < len(message):
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at
    raise ValueError("the ONNX file is cut off inside a number")


def _number(payload: bytes) -> int:
    return _read(payload, 0)[0]


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
