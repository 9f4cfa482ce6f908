"""Reference: how people name a Mission, an Environment or a Version: ``support``, ``support:staging``, ``support@7``.

Here: parsing. Not here: looking it up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from gonogo.errors import BadInput

_REFERENCE = re.compile(
    r"^(?P<mission>[A-Za-z0-9][A-Za-z0-9_.-]*)(?:@v?(?P<version>[0-9]{1,9})|:(?P<environment>[A-Za-z0-9_.-]+))?\Z"
)
LONGEST_REMEMBERED = 200
"""Characters: what a client sends must not fill the memory of names."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One of ``version`` and ``environment`` may be set."""

    mission: str
    version: int | None = None
    environment: str | None = None

    def __str__(self) -> str:
        if self.version is not None:
            return f"{self.mission}@{self.version}"
        return f"{self.mission}:{self.environment}" if self.environment else self.mission


def parse_reference(text: str) -> Reference:
    """Read a reference.

    Raises:
        BadInput: it has another form.
    """
    return _remembered(text) if len(text) <= LONGEST_REMEMBERED else _parsed(text)


def _parsed(text: str) -> Reference:
    match = _REFERENCE.match(text.strip())
    if match is None:
        raise BadInput(f"'{text}' names no Mission: write support, support:staging or support@7")
    version = match["version"]
    return Reference(match["mission"], int(version) if version else None, match["environment"])


_remembered = lru_cache(maxsize=256)(_parsed)
