"""Components: everything one Version needs to answer, joined once by ``assembly`` and never changed.

Here: the record. Not here: joining it (``assembly``), using it (``pipeline``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gonogo.clock import Clock, SystemClock
from gonogo.contracts.classifying import Classifier
from gonogo.contracts.judging import AnswerCache, Guardrail, Metric
from gonogo.contracts.knowledge import Index
from gonogo.contracts.models import PriceList, Provider, Router
from gonogo.contracts.text import TextReader

MOST_READ = 200_000
"""Characters, about 50,000 tokens: some seconds of CPU for texts made to be slow, half a second for ordinary ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """``providers`` maps the Mission's model names to what answers under them. ``index``, ``router`` and ``cache`` are
    ``None`` where the Mission has none. ``metrics`` are scored on every sampled Trace; what ``classifiers`` (by name)
    read is kept for a share of them. ``most_read``: characters of a request that may have to be read here."""

    reader: TextReader
    providers: Mapping[str, Provider]
    prices: PriceList
    index: Index | None = None
    router: Router | None = None
    cache: AnswerCache | None = None
    input_guardrails: tuple[Guardrail, ...] = ()
    context_guardrails: tuple[Guardrail, ...] = ()
    output_guardrails: tuple[Guardrail, ...] = ()
    metrics: tuple[Metric, ...] = ()
    classifiers: Mapping[str, Classifier] = field(default_factory=dict)
    clock: Clock = field(default_factory=SystemClock)
    most_read: int = MOST_READ
