"""injection: attempts to override, extract or forge the instructions of the assistant.

Here: adding up the signals of ``injection_patterns`` inside a window, damping what is only talked about, the guardrail.
Not here: the patterns, undoing evasion (``features``). This is one layer: it finds attacks that look like attacks. An
instruction inside a document that reads like any other sentence is not told apart by any text classifier.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gonogo.contracts import Classifier, GuardrailContext, TextFeatures
from gonogo.domain import Finding, GuardrailRule, GuardrailStage
from gonogo.guardrails.injection_learned import Evidence, judge_document, judge_question
from gonogo.guardrails.injection_patterns import CONTEXT_SIGNALS, SIGNALS, UNDONE_WEIGHTS, Signal
from gonogo.guardrails.spans import replaced, shortened

DEFAULT_THRESHOLD = 0.5
"""For questions. False alarms measured on public benign texts: 0 of 4,700 short requests (Wilson 95 %: at most 0.08 %),
0 of 427 written instructions (at most 0.9 %), 6 of 844 long role-play prompts (0.7 %, 0.3 to 1.5 %; most are prompts
for assistants in their own right), 0 of 194 e-mails, tables and code (at most 1.9 %). Attacks found at this threshold:
template hijacks 210 of 210 (seen while tuning), jailbreaks in the wild 407 of 650 (63 %, 59 to 66 %),
the unseen half of a mixed set 13 of 60 (22 %, 13 to 34 %; many of those are mere changes of topic)."""
CONTEXT_THRESHOLD = 0.45
"""For documents. False alarms: 0 of 194 clean e-mails, tables and code (at most 1.9 %). Instructions inserted there
that read like ordinary sentences ("describe the life of a butterfly") are found in 16 of 600 cases only (2.7 %, 1.7 to
4.3 %): what is not addressed to an assistant does not look like an attack. Mark and isolate retrieved text as well."""
WINDOW = 600
"""Signals add up only when they stand within so many characters: a long text must not be condemned for its length."""
MATCHES = 64
"""Matches looked at for each signal; whoever repeats an attack more often is found by the first ones."""
LONGEST = 400_000
"""Characters looked at; the gateway's own limit on bodies is far below."""
_TALKED_ABOUT = re.compile(
    r"\b(?:what (?:does|do|is|are)|meaning of|means?|explain|example|examples|definition|define|phrase|sentence|called|"
    r"attack(?:s|er|ers)?|detect|prevent|protect|defend|mitigate|why (?:do|does|would|is)|translate|"
    r"spelling|grammar|wrote|said|says)\b"
)
_QUOTES = "\"“”«»‘’'`"
TALKED_ABOUT = 0.3
"""What is left of a weight when the match stands in quotation marks and the text before asks about it."""


REMEMBERED, REMEMBERED_CHARACTERS = 2_048, 8_000
"""Judgements kept by each guardrail, and the longest text of one: 16 MB of text at most."""


@dataclass(frozen=True, slots=True)
class _Match:
    start: int
    end: int
    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """``score`` 0..1; ``start`` and ``end`` of the evidence in the judged text, -1 without any; ``signals`` by name."""

    score: float
    start: int = -1
    end: int = -1
    signals: tuple[str, ...] = ()


def judge(text: str, *, undone: Iterable[str] = (), in_document: bool = False) -> Judgement:
    """How much a normalised text looks like an attack: 1 - product of (1 - weight) over the signals of one window.

    Args:
        undone: names of what normalisation had to undo; they count with the signals.
        in_document: whether the text was retrieved; instructions to the assistant then count as well.
    """
    matches = _matches(text[:LONGEST].lower(), in_document)
    smuggled = {f"undid {name}": UNDONE_WEIGHTS.get(name, 0.0) for name in undone}
    best = _best_window(matches)
    doubt = 1.0
    for weight in (*smuggled.values(), *(match.weight for match in best)):
        doubt *= 1.0 - weight
    signals = (*dict.fromkeys(match.name for match in best), *(name for name, weight in smuggled.items() if weight))
    if not best:
        return Judgement(1.0 - doubt, signals=signals)
    return Judgement(1.0 - doubt, min(one.start for one in best), max(one.end for one in best), signals)


def _matches(low: str, in_document: bool) -> list[_Match]:
    found: list[_Match] = []
    for signal in (*SIGNALS, *CONTEXT_SIGNALS) if in_document else SIGNALS:
        for count, match in enumerate(signal.pattern.finditer(low)):
            if count == MATCHES:
                break
            found.append(_Match(match.start(), match.end(), signal.name, _weight(signal, match, low, in_document)))
    return sorted(found, key=lambda match: match.start)


def _weight(signal: Signal, match: re.Match[str], low: str, in_document: bool) -> float:
    weight = signal.context_weight if in_document else signal.weight
    before = low[max(0, match.start() - 3) : match.start()]
    if any(quote in before for quote in _QUOTES) and _TALKED_ABOUT.search(
        low, max(0, match.start() - 80), match.start()
    ):
        return weight * TALKED_ABOUT
    return weight


def _best_window(matches: Sequence[_Match]) -> list[_Match]:
    """The strongest match of each signal within the window that leaves least doubt."""
    best: list[_Match] = []
    least, first = 1.0, 0
    for last, newest in enumerate(matches):
        while newest.start - matches[first].start > WINDOW:
            first += 1
        strongest: dict[str, _Match] = {}
        for match in matches[first : last + 1]:
            if match.name not in strongest or match.weight > strongest[match.name].weight:
                strongest[match.name] = match
        doubt = 1.0
        for match in strongest.values():
            doubt *= 1.0 - match.weight
        if doubt < least:
            least, best = doubt, list(strongest.values())
    return best


class Injection:
    """The rule bound to its threshold (``options.threshold``, 0..1).

    Args:
        classifier: judges questions by probability, against its card's threshold unless the rule sets one; documents
            by its named signals as well. Without one the patterns alone decide.
    """

    needs_whole_answer = True
    lookback = 0

    def __init__(self, rule: GuardrailRule, stage: GuardrailStage, classifier: Classifier | None = None) -> None:
        self.check = rule.check
        self.action = rule.action
        self._stage = stage
        self._classifier = classifier
        self._limit = classifier.card.threshold.value if classifier else DEFAULT_THRESHOLD
        default = CONTEXT_THRESHOLD if stage == "context" else self._limit
        self.threshold = float(rule.options.get("threshold", default))
        self._own_threshold = "threshold" in rule.options
        if self._own_threshold:
            self._limit = self.threshold
        # The same chunks come back for question after question; what is judged of one depends on its text alone.
        self._remembered: OrderedDict[str, Evidence] = OrderedDict()
        self._lock = threading.Lock()

    def inspect(self, text: TextFeatures, context: GuardrailContext) -> tuple[Finding, ...]:
        """One Finding at most: probability, named signals, and the place of the worst window."""
        evidence = self.judge(text)
        if not evidence.found:
            return ()
        placed = evidence.start >= 0 and text.normalised == text.text
        return (
            Finding(
                check=self.check,
                stage=self._stage,
                action=self.action,
                score=round(evidence.score, 4),
                where=context.where,
                kind="injection",
                start=evidence.start if placed else -1,
                end=evidence.end if placed else -1,
                excerpt=shortened(evidence.excerpt),
                owasp="LLM01:2025",
                signals=evidence.signals,
            ),
        )

    def judge(self, text: TextFeatures) -> Evidence:
        """The worst of a text and of every hidden reading of it, remembered for texts of ordinary length."""
        if len(text.text) > REMEMBERED_CHARACTERS:
            return self._judged(text)
        with self._lock:
            known = self._remembered.get(text.text)
            if known is not None:
                self._remembered.move_to_end(text.text)
                return known
        evidence = self._judged(text)
        with self._lock:
            self._remembered[text.text] = evidence
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return evidence

    def _judged(self, text: TextFeatures) -> Evidence:
        if self._classifier is None:
            return self._by_patterns(text)
        if self._stage == "context":
            return judge_document(text, self._classifier, self.threshold, self._limit)
        return judge_question(text, self._classifier, self.threshold, by_signals=not self._own_threshold)

    def _by_patterns(self, text: TextFeatures) -> Evidence:
        in_document = self._stage == "context"
        worst = _worst(text.normalised, tuple(text.undone), tuple(text.readings), in_document=in_document)
        excerpt = text.normalised[worst.start : worst.end] if worst.start >= 0 else ""
        return Evidence(worst.score, self.threshold, worst.start, worst.end, excerpt, worst.signals)

    def redact(self, text: str, findings: Sequence[Finding]) -> str:
        """``[INJECTION]`` in place of what was found."""
        return replaced(text, findings)


def _worst(text: str, undone: tuple[str, ...], readings: tuple[str, ...], *, in_document: bool) -> Judgement:
    judged = [judge(one, undone=undone, in_document=in_document) for one in (text, *readings)]
    worst = max(judged, key=lambda judgement: judgement.score)
    return worst if worst is judged[0] else Judgement(worst.score, signals=worst.signals)
