"""Pages: the frame of every report that is one file of HTML and needs nothing else: no network, no script.

Here: head, common style, light and dark, print. Not here: what stands on a page (``compare_page``,
``sensitivity_page``, ``reports.page``).
"""

from __future__ import annotations

from html import escape

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; vertical-align: top }
td.figure { font-variant-numeric: tabular-nums; white-space: nowrap }
.wide { overflow-x: auto }
@media print { body { max-width: none; margin: 0 } .wide { overflow: visible } }
"""


def page(title: str, body: str, style: str = "") -> str:
    """A whole page.

    Args:
        title: plain text.
        body: HTML, in which everything that came from texts is escaped already.
        style: what this page needs beside the common style.
    """
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}{style}</style></head><body>{body}</body></html>\n"
    )
