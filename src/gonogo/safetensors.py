"""safetensors: reads and writes the weights format with numpy alone; reading is memory-mapped.

Here: the format (eight bytes of length, a JSON header, raw bytes) and its checks. Reading executes nothing.
Not here: what the tensors mean (``features``, ``classifiers``).

Format: https://github.com/huggingface/safetensors, README, "Format".
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from gonogo.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_HEADER = 16 * 1024 * 1024
_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1"}
_NAMES = {code: name for name, code in _TYPES.items()}
_SIZES = {"F64": 8, "F32": 4, "F16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1}


class TensorHeader(msgspec.Struct, frozen=True):
    """One tensor as the file announces it: type, shape, and where its bytes stand after the header."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]

    def fault(self, available: int) -> str | None:
        """What is wrong with it in a file of ``available`` data bytes, or ``None``."""
        start, end = self.data_offsets
        if self.dtype not in _TYPES:
            return f"type {self.dtype} is not one of {', '.join(_TYPES)}"
        if not 0 <= start <= end <= available:
            return f"bytes {start} to {end} lie outside the file"
        if min(self.shape, default=0) < 0 or prod(self.shape) * _SIZES[self.dtype] != end - start:
            return f"shape {self.shape} does not fill {end - start} bytes"
        return None


REMEDY = "install gonogo again"


def read_safetensors(path: Path, remedy: str = REMEDY) -> dict[str, NDArray[Any]]:
    """The tensors of a file by name, as read-only views of the mapped file.

    Args:
        remedy: what to do about a broken file; ends the error's message.

    Raises:
        BadInput: the file is missing, cut off, or its header is not what the format prescribes.
    """
    import numpy as np

    try:
        with path.open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: the weights cannot be read ({error}); {remedy}") from error
    headers, base = _headers(path, content, remedy)
    tensors: dict[str, NDArray[Any]] = {}
    for name, header in headers.items():
        if fault := header.fault(len(content) - base):
            raise BadInput(f"{path}: tensor {name!r} is broken: {fault}; {remedy}")
        count = prod(header.shape)
        flat = np.frombuffer(content, dtype=_TYPES[header.dtype], count=count, offset=base + header.data_offsets[0])
        tensors[name] = flat.reshape(header.shape)
    return tensors


def _headers(path: Path, content: mmap.mmap, remedy: str) -> tuple[dict[str, TensorHeader], int]:
    """The announced tensors and the offset at which their bytes begin."""
    length = struct.unpack("<Q", content[:8])[0] if len(content) >= 8 else LARGEST_HEADER
    if length > min(LARGEST_HEADER, len(content) - 8):
        raise BadInput(f"{path}: not a safetensors file, or cut off; {remedy}")
    try:
        table = msgspec.json.decode(content[8 : 8 + length], type=dict[str, msgspec.Raw])
        table.pop("__metadata__", None)
        return {name: msgspec.json.decode(raw, type=TensorHeader) for name, raw in table.items()}, 8 + length
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: the header is no safetensors header ({error}); {remedy}") from error


def safetensors_bytes(tensors: Mapping[str, NDArray[Any]]) -> bytes:
    """The content of a file that holds these tensors: the same bytes for the same tensors, in order of their names.

    Raises:
        ValueError: a tensor of a type that the format does not know.
    """
    return b"".join(safetensors_parts(tensors))


def safetensors_parts(tensors: Mapping[str, NDArray[Any]]) -> list[bytes | memoryview]:
    """The same in parts, the tensors' own memory where it can be taken as it is.

    Raises:
        ValueError: as ``safetensors_bytes``.
    """
    import numpy as np

    header: dict[str, TensorHeader] = {}
    parts: list[bytes | memoryview] = []
    place = 0
    for name in sorted(tensors):
        tensor = tensors[name]
        kind = _NAMES.get(tensor.dtype.newbyteorder("<").str.replace("|", ""))
        if kind is None:
            raise ValueError(f"tensor {name!r} has the type {tensor.dtype}, known are {', '.join(_TYPES)}")
        content = np.ascontiguousarray(tensor, dtype=_TYPES[kind])
        header[name] = TensorHeader(kind, tensor.shape, (place, place + content.nbytes))
        parts.append(content.reshape(-1).view(np.uint8).data)
        place += content.nbytes
    text = msgspec.json.encode(header)
    text += b" " * (-len(text) % 8)
    return [struct.pack("<Q", len(text)) + text, *parts]
