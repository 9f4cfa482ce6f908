"""From Trace: a golden task made of a request as it ran.

Here: its question, earlier turns, reference, sources, and what a good answer must show at least.
Not here: whether there is such a task already (``near_tasks``), golden files (``building``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from msgspec import Struct

from gonogo.domain import Annotation, Assertion, GoldenTask, Trace
from gonogo.errors import BadInput
from gonogo.evaluation.recorded import ABORTED, FAILED, TOOL_CALLS, earlier_turns, why_not_asked

CORRECT = "correct"
"""What people annotate an answer with: yes, or no with the right answer as the note."""
LIKENESS = 0.5
"""Least ROUGE-L against the reference: half of its words in their order. A person who knows the task writes a better
assertion."""
TAG = "from-trace"
SHOWN_DIGITS = 18

Origin = Literal["corrected", "approved", "served"]


class TaskOfTrace(Struct, frozen=True, kw_only=True):
    """A task and where its reference comes from: a person's correction, an answer that a person called correct, or
    the served answer, which nobody has read (then the task is a draft as well). ``sources`` are those it was served
    with."""

    task: GoldenTask
    origin: Origin
    sources: tuple[str, ...]


def task_from(trace: Trace, annotations: Sequence[Annotation], declines: Callable[[str], bool]) -> TaskOfTrace:
    """A shadow task: scored and shown from the next run on, and deciding nothing.

    Args:
        annotations: what people said of this Trace; of those of ``correct`` the newest counts.
        declines: whether an answer says that it cannot answer.

    Raises:
        BadInput: the store does not hold what a task needs; or a person called the answer wrong, and nobody wrote down
            the right one.
    """
    said = max((one for one in annotations if one.metric == CORRECT), key=lambda one: one.created_at, default=None)
    corrected = said is not None and said.value < 0.5
    name = trace.id[:SHOWN_DIGITS]
    if said is not None and corrected and not said.note.strip():
        raise BadInput(
            f"{said.author} called the answer of Trace {name} wrong and nobody wrote down the right one: "
            f'`gonogo annotate {name} {CORRECT} no --note "THE RIGHT ANSWER"`'
        )
    why = why_not_asked(trace)
    if why and not (corrected and why in (FAILED, ABORTED, TOOL_CALLS)):
        hint = ""
        if why in (FAILED, ABORTED):
            hint = f'; `gonogo annotate {name} {CORRECT} no --note "THE RIGHT ANSWER"` gives it one'
        raise BadInput(f"no golden task can be made of Trace {name}: {why}{hint}")
    reference = said.note.strip() if said is not None and corrected else trace.answer
    declined = not corrected and (trace.outcome == "refused" or declines(trace.answer))
    task = GoldenTask(
        id=f"trace-{name}",
        question=trace.question,
        expect=_declined() if declined else _answered(trace, reference, corrected=corrected),
        reference="" if declined else reference,
        turns=earlier_turns(trace),
        tenant=trace.tenant,
        tags=(TAG,),
        draft=said is None,
        shadow=True,
    )
    origin: Origin = "served" if said is None else "corrected" if corrected else "approved"
    return TaskOfTrace(task=task, origin=origin, sources=_sources(trace))


def _declined() -> tuple[Assertion, ...]:
    return (Assertion(kind="refuses", value=True),)


def _answered(trace: Trace, reference: str, *, corrected: bool) -> tuple[Assertion, ...]:
    likeness = Assertion(kind="rouge-n", options={"to": reference, "n": "L", "min": LIKENESS})
    # The sources of a wrong answer may be what was wrong with it.
    cited = () if corrected else tuple(Assertion(kind="cites", value=source) for source in trace.citations)
    return (Assertion(kind="refuses", value=False), likeness, *cited)


def _sources(trace: Trace) -> tuple[str, ...]:
    """What the answer cites, else what was found for it."""
    return trace.citations or tuple(dict.fromkeys(found.chunk.source for found in trace.chunks))
