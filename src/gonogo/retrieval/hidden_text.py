"""Hidden text: what an element's own attributes keep from a reader's eyes, and a model would read all the same.

Here: the ``hidden`` attribute and inline styles. Not here: style sheets, which are not evaluated; invisible characters
(``assembly.chunk_scan``); what becomes of such text (``html``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
"""Elements without content: nothing in them can be hidden."""

_WHITE = frozenset({"white", "#fff", "#ffffff", "rgb(255,255,255)"})
_NOTHING = re.compile(r"0*(?:\.0+)?(?:px|pt|em|rem|%)?", re.ASCII)


def how_hidden(attributes: Mapping[str, str | None]) -> str:
    """The attribute or style that hides an element; empty where none does."""
    if "hidden" in attributes:
        return "the attribute hidden"
    style = _style(attributes)
    for name, value in style.items():
        hides = (name, value) in (("display", "none"), ("visibility", "hidden"))
        hides = hides or (name in ("font-size", "opacity") and value != "" and bool(_NOTHING.fullmatch(value)))
        if hides:
            return f"style {name}: {value}"
    colour = style.get("color")
    if colour and colour == (style.get("background-color") or style.get("background")):
        return f"style {colour} on {colour}"
    return ""


def is_white(attributes: Mapping[str, str | None]) -> bool:
    """White text without a background of its own: hidden on a white page, fine in a dark one."""
    style = _style(attributes)
    return style.get("color") in _WHITE and not {"background", "background-color"} & style.keys()


def _style(attributes: Mapping[str, str | None]) -> dict[str, str]:
    pairs = (part.partition(":") for part in (attributes.get("style") or "").lower().split(";"))
    found = {name.strip(): "".join(value.replace("!important", "").split()) for name, _, value in pairs}
    return {name: "#ffffff" if value in _WHITE else value for name, value in found.items()}
