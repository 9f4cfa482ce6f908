"""pii: personal data and secrets in a question, a document or an answer.

Here: the guardrail; findings carry offsets in the original text, whatever script its digits are in.
Not here: the shapes (``personal_data``, ``secrets``). What it cannot find: names, postal addresses, dates of birth.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from gonogo.contracts import GuardrailContext, TextFeatures
from gonogo.domain import Finding, GuardrailRule, GuardrailStage
from gonogo.guardrails.personal_data import DIGITS, DOMAIN, FINDERS, LOCAL_PART
from gonogo.guardrails.readable import readable
from gonogo.guardrails.spans import Redacted, Span, merged, replaced

DEFAULT_KINDS = ("email", "phone", "card", "iban", "ssn", "secret")
"""All kinds but ``ipv4``: addresses of machines are mostly not personal, and version numbers look like them."""
LOOKBACK = LOCAL_PART + 1 + DOMAIN
"""An e-mail address is the longest thing that is recognised only when it is complete. What is recognised earlier and
goes on (a long token) is held as long as its finding touches the end of the text."""
ROUNDS = 5
_DIGIT = re.compile(r"\d")
REMEMBERED, LONGEST_REMEMBERED = 128, 4_000
"""Texts whose spans are kept, and characters of the longest of them: a request's texts are looked at before a model
sees them and again before they are recorded."""


class PersonalData:
    """The rule bound to what it looks for: ``options.kinds`` names kinds of `personal_data.FINDERS`."""

    needs_whole_answer = False
    lookback = LOOKBACK

    def __init__(self, rule: GuardrailRule, stage: GuardrailStage) -> None:
        self.check = rule.check
        self.action = rule.action
        self._stage = stage
        self._kinds = tuple(rule.options.get("kinds", DEFAULT_KINDS))

    def inspect(self, text: TextFeatures, context: GuardrailContext) -> tuple[Finding, ...]:
        """One Finding for each stretch; overlapping ones are one."""
        return tuple(self._finding(span, context.where) for span in self.spans(text.text))

    def spans(self, text: str) -> list[Span]:
        """Where in ``text`` personal data stands, in order, none overlapping.

        What was found is looked at again as it will read after redaction: with an address gone, a number may come
        to stand beside the word that makes it a phone number, and redacting twice would then find more than once.
        """
        found = _remembered if len(text) <= LONGEST_REMEMBERED else _spans
        return list(found(text, self._kinds))

    def redact(self, text: str, findings: Sequence[Finding]) -> str:
        """``[EMAIL]`` and the like in place of what was found. Redacting twice changes nothing more."""
        return replaced(text, findings)

    def _finding(self, span: Span, where: str) -> Finding:
        return Finding(
            check=self.check,
            stage=self._stage,
            action=self.action,
            score=span.score,
            where=where,
            kind=span.kind,
            start=span.start,
            end=span.end,
            excerpt=f"[{span.kind.upper()}]",
            owasp="LLM02:2025",
            signals=(f"{span.kind} of {span.end - span.start} characters",),
        )


def _spans(text: str, kinds: tuple[str, ...]) -> tuple[Span, ...]:
    known = _found(text, kinds)
    if not known:
        return ()
    for _ in range(ROUNDS - 1):
        redacted = Redacted(text, known)
        fresh = [span for found in _found(redacted.text, kinds) if (span := redacted.original(found))]
        if not fresh:
            break
        known = merged([*known, *fresh])
    return tuple(known)


_remembered = lru_cache(maxsize=REMEMBERED)(_spans)


def _found(text: str, kinds: tuple[str, ...]) -> list[Span]:
    view = readable(text)
    digits = len(_DIGIT.findall(view.plain))
    found = [span for kind in kinds if digits >= DIGITS[kind] for span in FINDERS[kind](view.plain)]
    return merged(Span(*view.span(span.start, span.end), span.kind, span.score) for span in found) if found else []
