"""Digest: one content address for anything that can be written down canonically.

Here: the canonical form (JSON, sorted keys, no blanks, UTF-8) and SHA-256 over it.
Not here: which fields belong to which part (``domain.version``, ``building``).
"""

from __future__ import annotations

import hashlib
import json
from typing import NewType

import msgspec

Digest = NewType("Digest", str)
"""64 lower-case hexadecimal digits of SHA-256."""


def canonical_bytes(value: object) -> bytes:
    """Write a value so that equal content gives equal bytes on every machine.

    Args:
        value: Structs, dataclasses, mappings with string keys, sequences, text, numbers, booleans, None.

    Raises:
        ValueError: a float is NaN or infinite, which JSON cannot carry.
    """
    plain = msgspec.to_builtins(value)
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def digest_of(value: object) -> Digest:
    """SHA-256 of the canonical form."""
    return digest_of_bytes(canonical_bytes(value))


def passing_digest_of(value: object) -> Digest:
    """A digest for as long as this process lives, in a tenth of the time. Nothing of it may be stored: the form it is
    taken over belongs to the encoder, and NaN is ``null`` in it."""
    try:
        return digest_of_bytes(_sorted(value))
    except UnicodeEncodeError:  # half a pair of surrogates, which only the canonical form carries
        return digest_of(value)


def digest_of_bytes(content: bytes) -> Digest:
    """SHA-256 of raw bytes, for files that are taken as they are."""
    return Digest(hashlib.sha256(content).hexdigest())


_sorted = msgspec.json.Encoder(order="deterministic").encode


def short(digest: str) -> str:
    """The first twelve digits: enough to tell parts apart on a screen."""
    return digest[:12]
