"""Held text: the end of a stream that guardrails have not let out yet.

Here: how much is held back, when the checks run, and that the outcome does not depend on how the text was cut into
Deltas. Not here: which texts there are (``output_guardrails``), the checks (``guardrails``).
"""

from __future__ import annotations

from msgspec import structs

from gonogo.contracts import Components, Guardrail, GuardrailContext
from gonogo.domain import Finding
from gonogo.pipeline.redaction import Found, inspected, redacted
from gonogo.pipeline.refusal import Refusal
from gonogo.pipeline.trace_builder import TraceBuilder

BATCH = 128
"""Characters of the answer between two runs of the checks: they read look-back, batch and what stands before."""
BEFORE = 128
"""Characters already let out that the checks still read, because some patterns look at what stands before them."""
MOST_HELD = 8_192
"""Characters held at most, however long a stretch a guardrail reports: longer than any private key."""


class HeldText:
    """One text that comes in pieces: at least every guardrail's look-back is held, and no finding is cut in two.

    The checks run at places that follow from the text alone, whatever pieces it came in. A stretch over
    ``MOST_HELD`` is taken out up to there, and so is what follows it up to the next blank.
    """

    def __init__(
        self, rails: tuple[Guardrail, ...], where: GuardrailContext, parts: Components, trace: TraceBuilder
    ) -> None:
        self._rails, self._where, self._parts, self._trace = rails, where, parts, trace
        self._whole = any(rail.needs_whole_answer for rail in rails)
        self._lookback = max(rail.lookback for rail in rails)
        self._before, self._pending = "", ""
        self._pieces: list[str] = []  # of an answer that is held whole: joined once, or joining would cost its square
        self._out = 0
        self._room = BATCH
        self._cut = False

    @property
    def held(self) -> int:
        """Characters that came and were not let out."""
        return len(self._pending) + sum(map(len, self._pieces))

    def release(self, text: str) -> str:
        """Take in new text; give out what no pattern can reach any more.

        Raises:
            Refusal: a guardrail with action ``block`` found something in it.
        """
        if self._whole:
            self._pieces.append(text)
            return ""
        out = []
        while len(text) >= self._room:
            self._pending += text[: self._room]
            text = text[self._room :]
            self._skip_rest_of_cut()
            if len(self._pending) > self._lookback:
                out.append(self._let_out(len(self._pending) - self._lookback))
            # What is held for long is read again in growing steps, or reading it would cost its square.
            self._room = max(BATCH, (len(self._pending) - self._lookback) // 2)
        self._pending += text
        self._room -= len(text)
        return "".join(out)

    def finish(self) -> str:
        """Give out the rest.

        Raises:
            Refusal: a guardrail with action ``block`` found something in it.
        """
        self._pending += "".join(self._pieces)
        self._pieces.clear()
        self._skip_rest_of_cut()
        return self._let_out(len(self._pending)) if self._pending else ""

    def _let_out(self, border: int) -> str:
        text, left = self._before + self._pending, len(self._before)
        found = inspected(self._rails, self._parts, text, self._where)
        limit = self._uncut(left + border, [finding for _, finding in found])
        limit = max(limit, left)
        if len(text) - limit > MOST_HELD:
            limit = left + border
        # A finding that the limit cuts is longer than may be held: its first part goes now.
        self._cut = any(finding.start < limit < finding.end for _, finding in found)
        due = [(rail, finding) for rail, finding in found if _ends(finding, text) > left and finding.start < limit]
        self._note(due, text, left)
        kept = redacted(text[left:limit], [(rail, _moved(finding, left, limit)) for rail, finding in due])
        self._before, self._pending = text[max(0, limit - BEFORE) : limit], text[limit:]
        self._out += limit - left
        return kept

    def _uncut(self, limit: int, findings: list[Finding]) -> int:
        """The last place up to ``limit`` that stands inside no finding."""
        for finding in sorted(findings, key=lambda finding: -finding.end):
            if finding.start < limit < finding.end:
                limit = finding.start
        return limit

    def _note(self, due: list[Found], text: str, left: int) -> None:
        origin = self._out - left
        for rail, finding in due:
            if finding.start >= 0:
                place = structs.replace(finding, start=finding.start + origin, end=finding.end + origin)
            else:
                place = finding
            place = self._trace.recording.finding(place, text)
            self._trace.found((place,))
            if rail.action == "block":
                raise Refusal(place)

    def _skip_rest_of_cut(self) -> None:
        if not self._cut:
            return
        blank = next((at for at, char in enumerate(self._pending) if char.isspace()), len(self._pending))
        self._cut = blank == len(self._pending)
        self._out += blank
        self._before, self._pending = "", self._pending[blank:]


def _ends(finding: Finding, text: str) -> int:
    return finding.end if finding.start >= 0 else len(text)


def _moved(finding: Finding, left: int, limit: int) -> Finding:
    if finding.start < 0:
        return finding
    return structs.replace(finding, start=max(0, finding.start - left), end=min(finding.end, limit) - left)
