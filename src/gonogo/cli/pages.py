"""Pages: the frame of every report that is one file of HTML and needs nothing else: no network, no script.

Here: head, common style, light and dark, print. Not here: what stands on a page (``compare_page``,
``sensitivity_page``, ``reports.page``).
"""

from __future__ import annotations

from html import escape

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif;
 --go: light-dark(#14603a, #86e3ae); --nogo: light-dark(#9b1c1c, #ffa59e); --unsure: light-dark(#744800, #f5c96f);
 --quiet: light-dark(#57606c, #a0a9b6); --ground: light-dark(#fff, #11151b); --card: light-dark(#f6f7f9, #1d2430) }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
 background: var(--ground); color: light-dark(#1b2027, #e6e9ee) }
h2 { margin-top: 2.2rem; font-size: 1.2rem }
.lead { font-size: 1.1rem } .quiet { color: var(--quiet) } .stopped { color: var(--nogo); font-weight: 600 }
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
