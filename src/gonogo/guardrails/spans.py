"""Spans: stretches of a text that a check found, and what is left of the text without them.

Here: the noun, merging, replacing by ``[KIND]``, excerpts short enough to be stored.
Not here: finding them (``personal_data``, ``secrets``), acting on them (``pipeline``).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gonogo.domain import Finding

EXCERPT = 80
"""Characters of evidence kept in a Finding."""


@dataclass(frozen=True, slots=True)
class Span:
    """``text[start:end]`` is of ``kind``; ``score`` 0..1 says how sure."""

    start: int
    end: int
    kind: str
    score: float


def merged(spans: Iterable[Span]) -> list[Span]:
    """In order, none overlapping: where several do, one over all of them, named after the surest, then the longest."""
    result: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if result and span.start < result[-1].end:
            last = result.pop()
            surest = max((last, span), key=lambda one: (one.score, one.end - one.start))
            span = Span(last.start, max(last.end, span.end), surest.kind, surest.score)
        result.append(span)
    return result


class Redacted:
    """A text with ``[KIND]`` in place of spans (in order, none overlapping), and the way back to its own offsets."""

    def __init__(self, text: str, spans: Sequence[Span]) -> None:
        parts: list[str] = []
        self._kept: list[tuple[int, int, int]] = []
        done = length = 0
        for span in spans:
            self._kept.append((length, length + span.start - done, done))
            parts += [text[done : span.start], f"[{span.kind.upper()}]"]
            length += span.start - done + len(parts[-1])
            done = span.end
        self._kept.append((length, length + len(text) - done, done))
        self.text = "".join(parts) + text[done:]

    def original(self, span: Span) -> Span | None:
        """The same span of the original text; ``None`` for one that touches a label."""
        start, end, origin = self._kept[bisect_right(self._kept, span.start, key=lambda kept: kept[0]) - 1]
        if span.end > end:
            return None
        return Span(span.start - start + origin, span.end - start + origin, span.kind, span.score)


def replaced(text: str, findings: Sequence[Finding]) -> str:
    """The text with each finding's stretch replaced by ``[KIND]``; a finding without a place replaces all of it."""
    for finding in findings:
        if finding.start < 0:
            return label(finding)
    return Redacted(text, merged(Span(one.start, one.end, one.kind or one.check, one.score) for one in findings)).text


def label(finding: Finding) -> str:
    """``[EMAIL]`` for kind ``email``; the check's name where a finding has no kind."""
    return f"[{(finding.kind or finding.check).upper()}]"


def shortened(text: str, limit: int = EXCERPT) -> str:
    """On one line, without control characters, at most ``limit`` characters."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * limit]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
