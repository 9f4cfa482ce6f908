"""Weights folder: what stands beside weights of ours: their card and their digest.

Here: reading both, and proving that the files are those the digest was written for. Not here: what a card says (each
embedder and encoder), the weights themselves.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from gonogo.digest import Digest, digest_of, digest_of_bytes
from gonogo.errors import BadInput

CARD, DIGEST = "config.json", "DIGEST"
Card = TypeVar("Card", bound=msgspec.Struct)


class _FormatVersion(msgspec.Struct):
    format_version: int


def read_card(folder: Path, shape: type[Card], newest: int) -> Card:
    """The card of a folder.

    Args:
        newest: format version that this gonogo reads.

    Raises:
        BadInput: there is no card, or a newer gonogo wrote it.
    """
    path = folder / CARD
    try:
        content = path.read_bytes()
        version = msgspec.json.decode(content, type=_FormatVersion).format_version
        if version > newest:
            raise BadInput(f"{path}: weights of format {version}, this gonogo reads up to {newest}; upgrade gonogo")
        return msgspec.json.decode(content, type=shape)
    except (OSError, msgspec.DecodeError) as error:
        raise BadInput(f"{path}: the card of the weights cannot be read ({error}); install gonogo again") from error


def recorded_digest(folder: Path) -> Digest:
    """The digest that stands beside weights.

    Raises:
        BadInput: it is missing.
    """
    path = folder / DIGEST
    try:
        return Digest(path.read_text("ascii").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: the weights' digest cannot be read ({error}); install gonogo again") from error


def verify_digest(folder: Path, paths: dict[str, Path]) -> None:
    """Compare the digest over these files with the recorded one.

    Raises:
        BadInput: a file is missing or another one.
    """
    try:
        found = digest_of({name: digest_of_bytes(path.read_bytes()) for name, path in paths.items()})
    except OSError as error:
        raise BadInput(f"{folder}: the weights cannot be read ({error}); install gonogo again") from error
    if found != recorded_digest(folder):
        raise BadInput(
            f"{folder}: the weights have digest {found}, recorded is {recorded_digest(folder)}; install gonogo again"
        )
