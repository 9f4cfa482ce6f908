"""Secrets: what must never be carried, nor shown.

Here: the shapes that keys have, addresses without what opens them, variables that a key is read from.
Not here: the guardrail that looks for secrets in answers (``guardrails``).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit, urlunsplit

NEVER_WRITTEN: Final = "a key is never written into a Mission or its settings, nor shown"
_SHAPES: Final = re.compile(
    r"(?<![A-Za-z0-9_-])(?:"
    r"(?:sk|pk|rk)-[A-Za-z0-9_-]{12,}"
    r"|lsv2_[A-Za-z0-9_]{16,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}"
    r"|AIza[A-Za-z0-9_-]{30,}"
    r"|gh[pousr]_[A-Za-z0-9]{30,}"
    r"|github_pat_[A-Za-z0-9_]{30,}"
    r"|hf_[A-Za-z0-9]{20,}"
    r"|gsk_[A-Za-z0-9]{20,}"
    r"|xox[abposr]-[A-Za-z0-9-]{10,}"
    r"|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"
    r")"
)
_LOGIN: Final = re.compile(r"(://)[^/\s@]+@")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_NAMED: Final = re.compile(r"\s*(?:os\.environ/(.+?)|\$\{?(\w+)\}?|\{\{\s*env\.(\w+)\s*\}\}|process\.env\.(\w+))\s*")


def looks_like_key(text: str) -> bool:
    """Whether a text holds something in the shape of a known kind of key."""
    return _SHAPES.search(text) is not None


def without_keys(text: str) -> str:
    """A text that may be shown: keys, and what stands before the @ of an address, are taken out."""
    return _LOGIN.sub(r"\1...@", _SHAPES.sub("[a key]", text))


def variable_of(written: str) -> str | None:
    """The variable that a key is read from (``os.environ/NAME``, ``${NAME}``, ``{{ env.NAME }}``), or ``None``."""
    found = _NAMED.fullmatch(written)
    if found is None:
        return None
    name = next(group for group in found.groups() if group)
    return name if is_variable(name) else None


def is_variable(name: str) -> bool:
    """Whether this can be the name of a variable, and is no key that was written in its place."""
    return _VARIABLE.fullmatch(name) is not None and not looks_like_key(name)


def bare_address(address: str) -> tuple[str, bool]:
    """(the address without login, query and fragment, whether it had one of them)."""
    try:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "", True
    bare = urlunsplit((parts.scheme, host, parts.path, "", "")).rstrip("/")
    return bare, bare != address.rstrip("/")
