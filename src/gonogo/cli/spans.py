"""Spans: figures of a comparison with their intervals, in words.

Here: shares and differences. Not here: the figures (``domain.matrix``), where they stand (``compare`` and its
page).
"""

from __future__ import annotations

from gonogo.domain.matrix import Span95


def share(span: Span95 | None) -> str:
    """A share of tasks with its interval."""
    if span is None:
        return "-"
    return f"{100 * span.value:.1f} % [{100 * span.low:.1f}, {100 * span.high:.1f}]"


def points(span: Span95 | None) -> str:
    """A difference in percentage points with its interval."""
    if span is None:
        return "-"
    return f"{100 * span.value:+.1f} [{100 * span.low:+.1f}, {100 * span.high:+.1f}]"
