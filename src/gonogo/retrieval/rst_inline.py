"""Inline reStructuredText to plain text: roles, links, emphasis, literals, substitutions.

Here: one run of text. Not here: blocks (``rst``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gonogo.retrieval.links import address_after

_TARGET = re.compile(r"\s*\.\.\s+_(`[^`]+`|[^:`]+):\s+(\S+)\s*$")
_INLINE = re.compile(
    r"``(?P<literal>[^`\n](?:.|\n)*?)``"
    r"|:(?P<role>[A-Za-z][\w:+.-]*):`(?P<ref>[^`]+)`"
    r"|`(?P<link>[^`<]*?)\s*<(?P<address>[^`<>]+)>`__?"
    r"|`(?P<named>[^`]+)`_?_?(?![\w`])"
    r"|(?<![\w*])\*\*(?P<strong>\S(?:[^*]*?\S)?)\*\*(?![\w*])"
    r"|(?<![\w*])\*(?P<weak>[^\s*](?:[^*]*?[^\s*])?)\*(?![\w*])"
    r"|(?<!\w)(?P<word>[A-Za-z][\w-]*)_(?![\w`])"
)
_WITH_TARGET = re.compile(r"(?s)(.*?)\s*<[^<>]+>$")
_ESCAPE = re.compile(r"\\(\s|.)")


def targets_of(lines: Sequence[str]) -> dict[str, str]:
    """Names of ``.. _name: address`` in lower case, with their addresses."""
    found = (_TARGET.match(line) for line in lines)
    return {" ".join(match.group(1).strip("`").lower().split()): match.group(2) for match in found if match}


def plain_inline(text: str, targets: Mapping[str, str]) -> str:
    """As a reader sees it; a link that leads outside keeps its address behind its text, as in Markdown."""
    if not any(char in text for char in "`*_\\"):
        return text

    def shown(match: re.Match[str]) -> str:
        if (literal := match["literal"]) is not None:
            return literal
        if (ref := match["ref"]) is not None:
            titled = _WITH_TARGET.match(ref)
            return titled.group(1) if titled and titled.group(1) else ref.lstrip("~!").strip("<>")
        if (address := match["address"]) is not None:
            words = match["link"].strip() or address
            return words + address_after(words, address)
        if (named := match["named"] or match["word"]) is not None:
            known = targets.get(" ".join(named.lower().split()))
            if match["word"] and known is None:
                return match.group(0)
            return named + (address_after(named, known) if known else "")
        return match["strong"] or match["weak"]

    return _ESCAPE.sub(lambda match: "" if match.group(1).isspace() else match.group(1), _INLINE.sub(shown, text))
