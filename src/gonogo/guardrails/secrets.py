"""Secrets: keys, tokens and passwords by the shape their issuers give them.

Here: prefixes of well-known issuers, JSON web tokens, private key blocks, passwords in addresses, long values assigned
to telling names. Not here: people's data (``personal_data``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.guardrails.spans import Span

_ISSUED = re.compile(
    r"(?<![A-Za-z0-9_])(?:"
    r"sk-[A-Za-z0-9_-]{20,}"
    r"|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|gh[pousr]_[A-Za-z0-9]{30,}"
    r"|github_pat_[A-Za-z0-9_]{22,}"
    r"|glpat-[A-Za-z0-9_-]{20,}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}"
    r"|AIza[A-Za-z0-9_-]{35}"
    r"|hf_[A-Za-z0-9]{30,}"
    r"|npm_[A-Za-z0-9]{30,}"
    r"|pypi-[A-Za-z0-9_-]{32,}"
    r"|SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,}"
    r"|eyJ[A-Za-z0-9_-]{14,}(?:\.[A-Za-z0-9_-]{4,}){0,2}"
    r")"
)
_KEY_BLOCK = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s:,-]{0,8000}")
_IN_ADDRESS = re.compile(r"://[^\s:/@\[\]]{1,64}:([^\s:/@\[\]]{3,128})@")
_ASSIGNED = re.compile(
    r"(?i)(?:password|passwd|pwd|secret|token|api[_ -]?key|access[_ -]?key|private[_ -]?key)"
    r"[\"']?[ \t]{0,3}(?:[:=]|\bis\b)[ \t]{0,3}[\"']?(?:bearer )?([A-Za-z0-9_\-./+~]{16,200})"
)
SURE, LIKELY = 0.99, 0.7
SHORTEST = 15
"""Characters of the shortest secret that is found by its issuer's prefix or its name: it holds no blank."""


def secrets(plain: str) -> Iterator[Span]:
    """Secrets in a text, possibly overlapping."""
    long = max(map(len, plain.split()), default=0) >= SHORTEST
    for match in _ISSUED.finditer(plain) if long else ():
        yield Span(*match.span(), "secret", SURE)
    for match in _KEY_BLOCK.finditer(plain):
        yield Span(*match.span(), "secret", SURE)
    for match in _IN_ADDRESS.finditer(plain):
        yield Span(*match.span(1), "secret", SURE)
    for match in _ASSIGNED.finditer(plain) if long else ():
        value = match.group(1)
        if any(char.isdigit() for char in value) and any(char.isalpha() for char in value):
            yield Span(*match.span(1), "secret", LIKELY)
