"""prompt_leak: an answer that gives the system prompt away.

Here: runs of the system prompt's own words in the answer, and canaries (strings that stand nowhere else).
Not here: requests to give it away (``injection``). A prompt of fewer words than a run is guarded by canaries only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from gonogo.contracts import GuardrailContext, TextFeatures
from gonogo.domain import Finding, GuardrailRule, GuardrailStage
from gonogo.guardrails.spans import replaced

DEFAULT_WORDS = 8
"""So many consecutive words are hardly ever shared by chance, and fewer are shared by plain politeness."""
LONGEST_WORD = 40
_WORD = re.compile(r"\w+")


class PromptLeak:
    """The rule bound to ``options.words`` (length of a run) and ``options.canaries`` (a list of strings).

    Words that the question or a retrieved chunk contains in the same order are no secret and are not counted.
    """

    needs_whole_answer = False

    def __init__(self, rule: GuardrailRule, stage: GuardrailStage) -> None:
        self.check = rule.check
        self.action = rule.action
        self._stage = stage
        self._words = int(rule.options.get("words", DEFAULT_WORDS))
        self._canaries = tuple(canary for canary in rule.options.get("canaries", ()) if canary)
        self.lookback = max([self._words * LONGEST_WORD, *map(len, self._canaries)])

    def inspect(self, text: TextFeatures, context: GuardrailContext) -> tuple[Finding, ...]:
        """One Finding for each run and each canary, with its place."""
        leaks = [*self._runs(text.text, context), *self._seen_canaries(text.text)]
        return tuple(self._finding(start, end, why, context.where) for start, end, why in sorted(leaks))

    def redact(self, text: str, findings: Sequence[Finding]) -> str:
        """``[PROMPT]`` in place of what was given away."""
        return replaced(text, findings)

    def _runs(self, text: str, context: GuardrailContext) -> list[tuple[int, int, str]]:
        secret = _shingles(context.system, self._words)
        if not secret:
            return []
        words = [(match.group().lower(), match.start(), match.end()) for match in _WORD.finditer(text)]
        public: frozenset[tuple[str, ...]] | None = None
        found: list[tuple[int, int, str]] = []
        for first in range(len(words) - self._words + 1):
            run = words[first : first + self._words]
            shingle = tuple(word for word, _, _ in run)
            if shingle not in secret:
                continue
            public = self._public(context) if public is None else public
            if shingle in public:
                continue
            start, end = run[0][1], run[-1][2]
            if found and start <= found[-1][1]:
                start = found.pop()[0]
            found.append((start, end, f"{self._words} or more consecutive words of the system prompt"))
        return found

    def _public(self, context: GuardrailContext) -> frozenset[tuple[str, ...]]:
        shown = [_shingles(chunk.chunk.text, self._words) for chunk in context.chunks]
        return _shingles(context.question, self._words).union(*shown)

    def _seen_canaries(self, text: str) -> list[tuple[int, int, str]]:
        return [
            (match.start(), match.end(), "a canary of the system prompt")
            for canary in self._canaries
            for match in re.finditer(re.escape(canary), text, re.IGNORECASE)
        ]

    def _finding(self, start: int, end: int, why: str, where: str) -> Finding:
        return Finding(
            check=self.check,
            stage=self._stage,
            action=self.action,
            score=1.0,
            where=where,
            kind="prompt",
            start=start,
            end=end,
            excerpt="[PROMPT]",
            owasp="LLM07:2025",
            signals=(why,),
        )


@lru_cache(maxsize=256)
def _shingles(text: str, size: int) -> frozenset[tuple[str, ...]]:
    """Every run of ``size`` words, lower case."""
    words = [word.lower() for word in _WORD.findall(text)]
    return frozenset(tuple(words[first : first + size]) for first in range(len(words) - size + 1))
