"""Judge: a model that is asked how good an answer is, and what is known of its judgement.

Here: the noun, its digest, the labels it was held against. Not here: asking it (``judging``), whether it may decide
(``gate``), files (``building``).
"""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct, structs

from gonogo.digest import Digest, digest_of
from gonogo.domain.mission import Json

JudgeKind = Literal[
    "llm-rubric",
    "g-eval",
    "pairwise",
    "context-faithfulness",
    "answer-relevancy",
    "context-precision",
    "context-recall",
    "factual-correctness",
    "noise-sensitivity",
]
JUDGE_KINDS: tuple[JudgeKind, ...] = get_args(JudgeKind)
GRADING: frozenset[JudgeKind] = frozenset({"llm-rubric", "g-eval", "pairwise"})
"""Kinds that judge by a text of the Mission; of these pairwise has one of its own where none is written."""
NEEDS_REFERENCE: frozenset[JudgeKind] = frozenset({
    "pairwise", "context-recall", "factual-correctness", "noise-sensitivity",
})  # fmt: skip
"""Kinds that hold an answer against the task's reference."""
LESS_IS_BETTER: frozenset[JudgeKind] = frozenset({"noise-sensitivity"})
MODES: dict[JudgeKind, tuple[str, ...]] = {
    "factual-correctness": ("f1", "precision", "recall"),
    "noise-sensitivity": ("relevant", "irrelevant"),
}
"""What some kinds can count; the first is meant where nothing is said."""
FIRST_TWICE = "it preferred whichever answer stood first"
SECOND_TWICE = "it preferred whichever answer stood second"
"""Details of a pairwise Score whose two orders disagree: position bias is counted from them."""


class Judge(Struct, frozen=True, kw_only=True):
    """A model with a task: who is asked, by which text, on which scale.

    ``provider``, ``model`` and ``params`` as in a ModelSpec. ``rubric`` is what is judged by (criteria of g-eval);
    ``steps`` are those of g-eval. ``scale``: lowest and highest grade; (0, 1) asks for pass or fail. Values are brought
    to 0..1, and an answer passes at ``threshold`` or better. ``questions``: how many answer-relevancy lets the model
    write. ``mode``: see ``MODES``. ``prompts`` is the digest of the prompts around all that.
    """

    name: str
    kind: JudgeKind
    provider: str
    model: str
    params: Json = {}
    rubric: str = ""
    steps: tuple[str, ...] = ()
    scale: tuple[int, int] = (0, 1)
    threshold: float = 0.5
    questions: int = 3
    mode: str = ""
    prompts: str = ""

    @property
    def digest(self) -> Digest:
        """Over everything that can change a value. Neither name nor threshold does: moving them asks nobody again."""
        return digest_of(structs.replace(self, name="", threshold=0.0))

    @property
    def binary(self) -> bool:
        """Whether its values are pass or fail and nothing between."""
        return self.kind == "llm-rubric" and self.scale == (0, 1)

    def passes(self, value: float, threshold: float | None = None) -> bool:
        """Whether a value is good enough; ``threshold`` in place of the judge's own."""
        bound = self.threshold if threshold is None else threshold
        return value <= bound + 1e-9 if self.kind in LESS_IS_BETTER else value >= bound - 1e-9


class JudgedLabel(Struct, frozen=True, kw_only=True):
    """One answer that both a judge and a person judged: values 0..1, the judge's and the person's.

    ``trace_id`` is that of the answer. ``words``: its length. ``note``: what the judge said.
    """

    trace_id: str
    metric: str
    judged: float
    label: float
    words: int = 0
    note: str = ""


class JudgeCalibration(Struct, frozen=True, kw_only=True):
    """A judge held against people. It never changes: a Verdict that rests on it can be computed again.

    ``judge`` as it was; ``labels`` each a different answer. ``unjudged``: labelled answers that the judge failed on.
    """

    id: str
    mission: str
    judge: Judge
    digest: Digest
    labels: tuple[JudgedLabel, ...]
    created_at: float
    created_by: str = ""
    unjudged: int = 0
    format: int = 1
