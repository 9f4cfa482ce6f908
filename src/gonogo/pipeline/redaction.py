"""Redaction: what a text looks like without what guardrails found in it, for the model, the user and the store.

Here: joining the findings of several guardrails in one pass, and the form in which texts may be recorded.
Not here: finding (``guardrails``), deciding who may see which form (the steps).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from msgspec import structs

from gonogo.contracts import Components, Guardrail, GuardrailContext
from gonogo.domain import Finding, Json
from gonogo.pipeline.message_texts import is_blob, replace_texts

log = logging.getLogger("gonogo.pipeline")
Found = tuple[Guardrail, Finding]
PERSONAL = "pii"
"""The check whose findings never enter a store, whatever its action is."""
WITHHELD = "[not recorded: it could not be checked for personal data]"


def redacted(text: str, found: Iterable[Found]) -> str:
    """The text with every finding's stretch replaced by the guardrail that found it.

    Where several overlap, one stretch over all of them goes, by the guardrail of the longest. Offsets are those of
    ``text``."""
    merged = _merged(text, found)
    if not merged:
        return text
    parts, done = [], 0
    for start, end, (guardrail, finding) in merged:
        inside = structs.replace(finding, start=0, end=end - start)
        parts += [text[done:start], guardrail.redact(text[start:end], (inside,))]
        done = end
    return "".join(parts) + text[done:]


def _merged(text: str, found: Iterable[Found]) -> list[tuple[int, int, Found]]:
    # A finding without a place is about the whole text.
    placed = [((f.start, f.end) if f.start >= 0 else (0, len(text)), (rail, f)) for rail, f in found]
    if not placed:
        return []
    merged: list[tuple[int, int, Found]] = []
    longest = 0
    for (start, end), pair in sorted(placed, key=lambda item: (item[0][0], -item[0][1])):
        if merged and start < merged[-1][1]:
            first, last, kept = merged.pop()
            kept, longest = (pair, end - start) if end - start > longest else (kept, longest)
            merged.append((first, max(last, end), kept))
        else:
            merged.append((start, end, pair))
            longest = end - start
    return merged


class Recording:
    """Texts in the form a store may keep: without personal data wherever the Mission looks for it, even where the check
    only flags it; and without what a redacting guardrail hid from the model."""

    def __init__(self, parts: Components) -> None:
        self._reader = parts.reader
        self._known: dict[str, str] = {}
        self._rails: tuple[Guardrail, ...] = ()
        rails = (*parts.input_guardrails, *parts.output_guardrails)
        if not rails:
            return
        personal = [rail for rail in rails if rail.check == PERSONAL]
        self._rails = (
            *personal,
            *(rail for rail in parts.input_guardrails if rail.action == "redact" and rail.check != PERSONAL),
        )

    def text(self, text: str) -> str:
        """A text without personal data. Never raises: what cannot be checked is withheld."""
        if not self._rails or not text:
            return text
        if text not in self._known:
            self._known[text] = self._checked(text)
        return self._known[text]

    def message(self, message: Json) -> Json:
        """A message without personal data; pictures and other files are named by their size only."""
        return replace_texts(message, self.text, _sized)

    def finding(self, finding: Finding, text: str) -> Finding:
        """A Finding as it may be kept: evidence that was cut from a text with personal data is left out."""
        if finding.check == PERSONAL or not finding.excerpt or self.text(text) == text:
            return finding
        return structs.replace(finding, excerpt="", signals=tuple(map(self.text, finding.signals)))

    def _checked(self, text: str) -> str:
        context = GuardrailContext(where="record")
        try:
            features = self._reader.read(text)
            return redacted(text, [(rail, found) for rail in self._rails for found in rail.inspect(features, context)])
        except Exception:  # a plug-in's bug must cost the text, not the Trace, and never store the text unchecked
            log.exception("a text could not be checked before it was recorded")
            return WITHHELD


def _sized(blob: str) -> str:
    head = blob.partition(",")[0] if is_blob(blob) else ""
    return f"[{head[:80]} {len(blob)} characters]" if head else f"[{len(blob)} characters]"


def inspected(rails: Sequence[Guardrail], parts: Components, text: str, context: GuardrailContext) -> list[Found]:
    """What each guardrail finds in a text, in their order."""
    features = parts.reader.read(text)
    return [(rail, finding) for rail in rails for finding in rail.inspect(features, context)]
