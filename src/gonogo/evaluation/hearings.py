"""Hearings: which judges a golden task needs, and what their words make of its result.

Here: the questions to judges, their Scores put in place, a result read anew when a judge gained or lost its say; pure.
Not here: asking them (``judging``), assertions that need no model (``judge``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct, structs

from gonogo.domain import (
    LESS_IS_BETTER,
    Assertion,
    GoldenTask,
    Hearing,
    Judge,
    Score,
    TaskResult,
    asks_a_judge,
    hearing_of,
)
from gonogo.evaluation.conversation import MAX_STEPS
from gonogo.evaluation.judge import TASK_SCORE, outcome_of
from gonogo.gate.judges import only_shown

Key = tuple[str, str]
"""(judge, rubric of the task): asked once for an answer, however many assertions and rules want to know."""


class Asked(Struct, frozen=True, kw_only=True):
    """One Score that a judge gives. ``place`` is that of its assertion; ``None``: a metric that the gate requires."""

    name: str
    hearing: Hearing
    place: int | None = None

    @property
    def key(self) -> Key:
        """What the judge is asked."""
        return self.hearing.judge.name, self.hearing.rubric


def asked_of(task: GoldenTask, judges: Mapping[str, Judge], required: frozenset[str]) -> tuple[Asked, ...]:
    """Every Score that judges give for a task: those of its assertions in their order, then required metrics."""
    return tuple(_asked(task.expect, judges, required))


def _asked(expect: tuple[Assertion, ...], judges: Mapping[str, Judge], required: frozenset[str]) -> Iterator[Asked]:
    used: dict[str, int] = {}
    for place, assertion in enumerate(expect):
        if asks_a_judge(assertion):
            hearing = hearing_of(assertion, judges)
            name = f"not-{hearing.judge.name}" if hearing.negate else hearing.judge.name
            used[name] = used.get(name, 0) + 1
            yield Asked(name=name if used[name] == 1 else f"{name}-{used[name]}", hearing=hearing, place=place)
    for name in sorted(required & set(judges)):
        if name not in used:
            yield Asked(name=name, hearing=Hearing(judge=judges[name]))


def was_answered(task: GoldenTask, result: TaskResult) -> bool:
    """Whether there is an answer to judge: a task whose request failed has no Trace."""
    return bool(result.trace_id) and (bool(task.follow_ups) or len(result.scores) >= len(task.expect))


def known_scores(result: TaskResult, asked: tuple[Asked, ...]) -> dict[Key, Score]:
    """What these very judges said already; what they failed on is not known."""
    found = {(score.metric, score.judge): score for score in result.scores if score.judge and score.state != "error"}
    known = {one.key: found.get((one.name, one.hearing.judge.digest)) for one in asked}
    return {key: score for key, score in known.items() if score is not None}


def with_scores(
    task: GoldenTask, result: TaskResult, asked: tuple[Asked, ...], said: Mapping[Key, Score]
) -> TaskResult:
    """The result with every judge's Score in its place; a Score of an earlier judge goes."""
    count = 0 if task.follow_ups else len(task.expect)
    ours = list(result.scores[:count])
    rest = [score for score in result.scores[count:] if not score.judge]
    for one in asked:
        score = structs.replace(_read(one, said[one.key]), metric=one.name)
        if one.place is None:
            rest.append(score)
        else:
            ours[one.place] = score
    return structs.replace(result, scores=(*ours, *rest))


def settled(task: GoldenTask, result: TaskResult, judges: Mapping[str, Judge], deciding: frozenset[str]) -> TaskResult:
    """The result as the judges who may decide make it. Asks nobody.

    What the others say is shown and decides nothing; where nothing else says anything, they make the result that is
    shown, and the gate leaves the task out.
    """
    if not judges or task.follow_ups or not was_answered(task, result) or not any(map(asks_a_judge, task.expect)):
        return result
    count, asked = len(task.expect), {one.place: one for one in asked_of(task, judges, frozenset())}
    scores = [_read(asked[at], score) if at in asked else score for at, score in enumerate(result.scores[:count])]
    alone = only_shown(task, judges, deciding)
    counted = tuple(
        _silenced(score) if at in asked and not alone and asked[at].hearing.judge.name not in deciding else score
        for at, score in enumerate(scores)
    )
    total, passed, error = outcome_of(task, counted)
    rest = [score for score in result.scores[count:] if score.metric != TASK_SCORE]
    if passed and any(score.metric == MAX_STEPS and score.passed is False for score in rest):
        passed = False
    mean = () if total is None else (total,)
    return structs.replace(result, scores=(*scores, *mean, *rest), passed=passed, error=error)


def _read(asked: Asked, score: Score) -> Score:
    """A threshold may have moved since the judge was asked."""
    if score.value is None:
        return score
    share = min(1.0, max(0.0, score.value))
    turned = asked.hearing.negate != (asked.hearing.judge.kind in LESS_IS_BETTER)
    credit = 1.0 - share if turned else share
    return structs.replace(score, passed=asked.hearing.passes(score.value), credit=credit)


def _silenced(score: Score) -> Score:
    return Score(metric=score.metric, state="not-applicable", detail="its judge may not decide")
