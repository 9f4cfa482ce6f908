"""Links: how an address stands in running text once a page's markup is gone.

Here: the rule that Markdown and HTML share. Not here: finding links (``markdown``, ``html``).
"""

from __future__ import annotations

_SHOWN = ("http://", "https://", "mailto:", "tel:")


def address_after(text: str, address: str) -> str:
    """What to write behind a link's text: `` (address)`` for one that means something outside the folder.

    Relative addresses and fragments are left out, and so is an address that the text already spells.
    """
    if not address.lower().startswith(_SHOWN):
        return ""
    bare = address.split(":", 1)[1] if address.lower().startswith(("mailto:", "tel:")) else address
    return "" if bare in text or address in text else f" ({bare})"
