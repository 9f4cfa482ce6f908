"""Weights: a classifier as a folder, ``weights.safetensors`` and ``card.json``, checked by digest when it is loaded.

Here: reading and writing the folder, the digest over everything that shapes a judgement.
Not here: what the tensors compute (``linear``, ``trees``), which classifiers there are (``assembly``).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from gonogo.domain import ClassifierCard
from gonogo.domain.classifier import CARD_FORMAT, weights_digest
from gonogo.errors import BadInput, NotFound
from gonogo.safetensors import read_safetensors, safetensors_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Tensors = Mapping[str, NDArray[Any]]

WEIGHTS_FILE, CARD_FILE = "weights.safetensors", "card.json"
REMEDY = "register the classifier again, or promote another one with `gonogo classifiers promote`"


class Weights(NamedTuple):
    """What a folder holds."""

    card: ClassifierCard
    tensors: Tensors


class _Format(msgspec.Struct):
    """The one field that tells whether the rest can be read."""

    format: int = CARD_FORMAT


def write_folder(folder: Path, card: ClassifierCard, tensors: Tensors) -> None:
    """Write both files, whole or not at all: another process sees the complete folder or none.

    A folder that is there already is left as it is: one digest, one content.

    Raises:
        ValueError: the card's digest is not that of these tensors.
        BadInput: the place cannot be written to.
    """
    content = safetensors_bytes(tensors)
    if card.digest != weights_digest(card.name, card.form, card.features, card.threshold.value, content):
        raise ValueError(f"the card of {card.name} has a digest that is not that of its weights")
    if (folder / CARD_FILE).is_file():
        return
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name[:20]}."))
        try:
            _write(unfinished / WEIGHTS_FILE, content)
            _write(unfinished / CARD_FILE, msgspec.json.format(msgspec.json.encode(card), indent=1) + b"\n")
            unfinished.chmod(0o755)
            os.replace(unfinished, folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        if (folder / CARD_FILE).is_file():  # another process was faster with the same content
            return
        raise BadInput(f"{folder} cannot be written: {error.strerror or error}") from error


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def read_card(folder: Path) -> ClassifierCard:
    """The card alone.

    Raises:
        NotFound: no such folder.
        BadInput: it cannot be read, or a newer gonogo wrote it.
    """
    path = folder / CARD_FILE
    try:
        content = path.read_bytes()
        written = msgspec.json.decode(content, type=_Format).format
        if written > CARD_FORMAT:
            raise BadInput(f"{path}: a card of format {written}, this gonogo reads up to {CARD_FORMAT}; upgrade gonogo")
        return msgspec.json.decode(content, type=ClassifierCard)
    except FileNotFoundError as error:
        raise NotFound(f"{folder} holds no classifier: {CARD_FILE} is not there; {REMEDY}") from error
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: the card cannot be read ({error}); {REMEDY}") from error


def read_folder(folder: Path) -> Weights:
    """Card and weights, the weights proven to be those of the card's digest.

    Raises:
        NotFound: no such folder.
        BadInput: a file is broken, altered, or of a newer gonogo.
    """
    card, path = read_card(folder), folder / WEIGHTS_FILE
    tensors = read_safetensors(path, REMEDY)
    found = weights_digest(card.name, card.form, card.features, card.threshold.value, path.read_bytes())
    if found != card.digest:
        raise BadInput(f"{path}: these weights have digest {found[:12]}, the card says {card.digest[:12]}; {REMEDY}")
    return Weights(card, tensors)
