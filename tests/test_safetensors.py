"""safetensors: files written by hand, whole and broken."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.errors import BadInput
from gonogo.safetensors import read_safetensors, safetensors_bytes


def written(folder: Path, header: dict[str, Any], content: bytes) -> Path:
    head = json.dumps(header).encode()
    path = folder / "model.safetensors"
    path.write_bytes(struct.pack("<Q", len(head)) + head + content)
    return path


def test_tensors_come_back_with_type_and_shape(tmp_path: Path) -> None:
    rows, scales = np.arange(6, dtype="i1").reshape(3, 2), np.array([0.5, 1.5], dtype="<f4")
    header = {
        "__metadata__": {"made": "by hand"},
        "rows": {"dtype": "I8", "shape": [3, 2], "data_offsets": [0, 6]},
        "scales": {"dtype": "F32", "shape": [2], "data_offsets": [6, 14]},
    }
    tensors = read_safetensors(written(tmp_path, header, rows.tobytes() + scales.tobytes()))
    assert set(tensors) == {"rows", "scales"}
    assert tensors["rows"].tolist() == rows.tolist()
    assert tensors["scales"].tolist() == [0.5, 1.5]


def test_tensors_cannot_be_written_to(tmp_path: Path) -> None:
    header = {"rows": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}}
    tensor = read_safetensors(written(tmp_path, header, b"ab"))["rows"]
    with pytest.raises(ValueError, match="read-only"):
        tensor[0] = 1


@pytest.mark.parametrize(
    ("tensor", "said"),
    [
        ({"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}, "type BF16"),
        ({"dtype": "I8", "shape": [4], "data_offsets": [0, 400]}, "outside the file"),
        ({"dtype": "I8", "shape": [4], "data_offsets": [4, 0]}, "outside the file"),
        ({"dtype": "I8", "shape": [3], "data_offsets": [0, 4]}, "does not fill"),
        ({"dtype": "I8", "shape": [-2, -2], "data_offsets": [0, 4]}, "does not fill"),
        ({"dtype": "I8", "shape": "many", "data_offsets": [0, 4]}, "no safetensors header"),
    ],
)
def test_a_broken_header_names_the_fault(tmp_path: Path, tensor: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_safetensors(written(tmp_path, {"rows": tensor}, b"abcd"))


@pytest.mark.parametrize(
    "content", [b"", b"\x01", struct.pack("<Q", 2**60) + b"{}", struct.pack("<Q", 2) + b"\xff\xff"]
)
def test_a_file_that_is_no_safetensors_is_bad_input(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"model\.safetensors"):
        read_safetensors(path)


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="install gonogo again"):
        read_safetensors(tmp_path / "model.safetensors")


@given(st.lists(st.sampled_from(["<f4", "<f8", "i1", "<i4", "<i8", "u1", "<f2", "<i2"]), max_size=4), st.integers(0, 3))
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, kinds: list[str], rows: int) -> None:
    tensors = {f"t{n}": np.arange(rows * 3).reshape(rows, 3).astype(kind) for n, kind in enumerate(kinds)}
    path = tmp_path_factory.mktemp("tensors") / "w.safetensors"
    path.write_bytes(safetensors_bytes(tensors))
    found = read_safetensors(path)
    assert sorted(found) == sorted(tensors)
    assert all(
        np.array_equal(found[name], tensors[name]) and found[name].dtype == tensors[name].dtype for name in found
    )


def test_the_same_tensors_give_the_same_bytes_in_any_order() -> None:
    one, two = np.ones(2, np.float32), np.zeros(3, np.int8)
    assert safetensors_bytes({"a": one, "b": two}) == safetensors_bytes({"b": two, "a": one})


def test_a_tensor_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(ValueError, match="complex128"):
        safetensors_bytes({"a": np.zeros(1, np.complex128)})
