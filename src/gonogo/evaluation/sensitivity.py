"""Sensitivity: which words of the system prompt carry the behaviour, and which forms of a question change the answer.

Here: the edits' answers beside those of the unedited Version on the same golden tasks, a budget spent first on every
word and then on those that move most, the error bars. Not here: making edits (``edits``), showing the report.

Looking while the budget is spent spoils no figure: every interval holds at every moment (``mean_sequence``), so an edit
may be given up early or be asked about again. Which edits are asked about depends on earlier answers; what an edit's
own answers are does not.
"""

from __future__ import annotations

import asyncio
import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from msgspec import structs

from gonogo.contracts import Assertions, Components
from gonogo.domain import GoldenTask, Json, Trace, Version
from gonogo.domain.sensitivity import (
    PROMPT_EDITS,
    QUESTION_EDITS,
    Edit,
    EditEffect,
    PromptEdit,
    QuestionEdit,
    Reading,
    Sensitivity,
)
from gonogo.domain.tool_call import tool_call
from gonogo.errors import BadInput, GonogoError
from gonogo.evaluation.conversation import converse
from gonogo.evaluation.edits import edited_question, prompt_edits, words_of_prompt
from gonogo.evaluation.funds import NO_MONEY
from gonogo.evaluation.here import asking
from gonogo.pipeline import Reply
from gonogo.statistics import mean_sequence

CONFIDENCE = 0.95
LEAST_TASKS = 10
TO_QUESTIONS, TO_NOISE, TO_DROPS = 0.2, 0.15, 0.7
"""Shares of the budget: for forms of questions, for the unedited prompt again; of the rest, for leaving words out."""
FIRST = 8
"""Tasks that an edit is given at first."""
FEWEST_KEPT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityOptions:
    """``budget`` is the most answers that are made, those of the unedited Version included."""

    budget: int = 2_000
    prompt: tuple[PromptEdit, ...] = PROMPT_EDITS
    questions: tuple[QuestionEdit, ...] = QUESTION_EDITS
    seed: int = 0
    concurrency: int = 8
    progress: Callable[[int, int], None] | None = None
    """Called with (answers made, budget)."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What a task came out as: words of the answer, and whether it passed (``None``: it did not run)."""

    words: Counter[str]
    passed: bool | None


@dataclass(slots=True)
class _Tried:
    """One edit while it is measured; ``at`` is how many tasks of the order it has seen."""

    edit: Edit
    at: int = 0
    n: int = 0
    moved: float = 0.0
    flipped: int = 0
    broke: int = 0
    errors: int = 0
    most: tuple[float, str] = (0.0, "")

    @property
    def effect(self) -> float:
        """What edits are ranked by."""
        return (self.moved + self.flipped) / self.n if self.n else 0.0

    def take(self, task: GoldenTask, before: _Said, after: _Said) -> None:
        if before.passed is None or after.passed is None:
            self.errors += 1
            return
        moved = distance(before.words, after.words)
        self.n += 1
        self.moved += moved
        self.flipped += before.passed != after.passed
        self.broke += before.passed and not after.passed
        self.most = max(self.most, (moved, task.id))


async def sensitivity(
    version: Version, parts: Components, assertions: Assertions, options: SensitivityOptions
) -> Sensitivity:
    """Measure how far edits of the system prompt and of the questions move answers and flip golden tasks.

    Args:
        parts: Components of the Version; an edited prompt is asked with the same.

    Raises:
        BadInput: no system prompt to edit, too few golden tasks, or a budget that cannot try every word once.
        BudgetSpent, NotPriced: a model that is paid for may not be asked at all; where the money ends later, the
            report says so.
    """
    tasks = [task for task in version.mission.golden if task.gates]
    if len(tasks) < LEAST_TASKS:
        raise BadInput(
            f"{version.mission.name} has {len(tasks)} golden tasks: at least {LEAST_TASKS} are needed to tell a word's "
            "effect from chance (`gonogo golden draft` makes drafts to begin with)"
        )
    tasks.sort(key=lambda task: task.id)
    random.Random(options.seed).shuffle(tasks)
    edits = prompt_edits(version.mission.prompt.system, options.prompt) if options.prompt else []
    if options.prompt and not edits:
        raise BadInput(f"{version.mission.name} has no system prompt with words to edit: write prompt.system first")
    return await _Measuring(version, parts, assertions, options, tasks).run(edits)


@dataclass(slots=True)
class _Measuring:
    version: Version
    parts: Components
    assertions: Assertions
    options: SensitivityOptions
    tasks: list[GoldenTask]
    made: int = 0
    before: dict[str, _Said] = field(default_factory=dict)
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = 0.0
    stopped: GonogoError | None = None
    """Why no model may be asked any more: the money ended."""
    slots: asyncio.Semaphore = field(init=False)
    most: list[int] = field(init=False)
    """Answers that the first so many tasks of the order take at most."""

    def __post_init__(self) -> None:
        self.most = list(accumulate(map(most_answers, self.tasks), initial=0))
        self.slots = asyncio.Semaphore(max(1, self.options.concurrency))
        monitors = structs.replace(self.version.mission.monitors, sample=0.0)
        self.version = structs.replace(self.version, mission=structs.replace(self.version.mission, monitors=monitors))

    @property
    def left(self) -> int:
        return 0 if self.stopped else self.options.budget - self.made

    async def run(self, edits: Sequence[Edit]) -> Sensitivity:
        clock = self.parts.clock
        began, cpu = clock.monotonic(), clock.cpu()
        noise = _Tried(Edit(kind="none", said="nothing changed, asked again"))
        again = max(LEAST_TASKS, round(TO_NOISE * self.options.budget))
        await self._ask([noise], self._affordable([noise], again, self.left))
        questions = [_Tried(Edit(kind=kind, said=kind)) for kind in self.options.questions]
        if questions:
            share = TO_QUESTIONS if edits else 1.0
            each = max(1, int(share * self.options.budget / (len(questions) + 1)))
            some = self._affordable(questions, each, int(share * self.options.budget))
            await self._ask(questions, some or self._affordable(questions, 1, self.left))
        prompt = [_Tried(edit) for edit in edits]
        if prompt and not self.stopped:
            await self._spend(prompt)
        if self.stopped and not any(one.n for one in (noise, *prompt, *questions)):
            raise self.stopped
        return self._report(noise, prompt, questions, began, cpu)

    async def _spend(self, edits: list[_Tried]) -> None:
        """First every word is left out; then the other edits of the words whose absence moved most."""
        drops = [one for one in edits if one.edit.kind == "drop"]
        others = [one for one in edits if one.edit.kind != "drop"]
        if not drops:
            await self._halve(others, self.left)
            return
        await self._halve(drops, round(TO_DROPS * self.left) if others else self.left)
        ranked = sorted(drops, key=lambda one: -one.effect)
        by_word: dict[int, list[_Tried]] = {}
        for one in others:
            by_word.setdefault(one.edit.word, []).append(one)
        close: list[_Tried] = []
        for one in ranked:
            more = by_word.get(one.edit.word, [])
            if (len(close) + len(more)) * self.most[min(FIRST, len(self.tasks))] > self.left:
                break
            close += more
        if close and not self.stopped:
            await self._halve(close, self.left)

    async def _halve(self, edits: list[_Tried], budget: int) -> None:
        """Ask about all alike; then about those that moved anything, always the half that moved most, twice as often
        each time; where none is left that did, about those with the fewest answers, for an effect may be rare.

        After Karnin, Koren and Somekh 2013, "Almost optimal exploration in multi-armed bandits" (sequential halving).
        """
        end = self.made + min(budget, self.left)
        least = len(edits) * self.most[1]
        if least > end - self.made:
            needs = "one" if self.most[1] == 1 else f"{self.most[1]}, as golden tasks are conversations"
            raise BadInput(
                f"{end - self.made} answers of the budget are left for {len(edits)} edits of the prompt, and each "
                f"needs {needs}: give --budget {round(1.5 * (self.options.budget + least))}, or fewer --kinds"
            )
        chosen, step = list(edits), max(1, min(FIRST, (end - self.made) // (2 * len(edits))))
        while chosen and self.made < end:
            step = min(step, self._affordable(chosen, step, min(self.left, end - self.made)))
            if step < 1:
                break
            await self._ask(chosen, step)
            waiting = [one for one in edits if one.at < len(self.tasks)]
            moved = [one for one in waiting if one.effect > 0.0]
            kept = max(FEWEST_KEPT, len(chosen) // 2)
            chosen = sorted(moved or waiting, key=lambda one: (-one.effect, one.at))[:kept]
            step = max((one.at for one in chosen), default=0)

    def _affordable(self, edits: Sequence[_Tried], step: int, left: int) -> int:
        """How many more tasks each may see: what the unedited Version says of a task is asked once for all of them."""
        reached = max(one.at for one in edits) + step
        fresh = sum(most_answers(task) for task in self.tasks[:reached] if task.id not in self.before)

        def spent(more: int) -> int:
            return sum(self.most[min(len(self.tasks), one.at + more)] - self.most[one.at] for one in edits)

        return bisect_right(range(step + 1), left - fresh, key=spent) - 1 if left >= fresh else 0

    async def _ask(self, edits: Sequence[_Tried], step: int) -> None:
        """Bring every edit to its next ``step`` tasks of the order, all at once."""
        ahead = [(one, task) for one in edits for task in self.tasks[one.at : one.at + step]]
        await self._baseline([task for _, task in ahead])
        async with asyncio.TaskGroup() as group:
            for one, task in ahead:
                group.create_task(self._one(one, task))
        for one in edits:
            one.at = min(len(self.tasks), one.at + step)

    async def _baseline(self, tasks: Sequence[GoldenTask]) -> None:
        async def ask(task: GoldenTask) -> None:
            if (said := await self._said(task, task, self.version)) is not None:
                self.before[task.id] = said

        async with asyncio.TaskGroup() as group:
            for task in {task.id: task for task in tasks if task.id not in self.before}.values():
                group.create_task(ask(task))

    async def _one(self, tried: _Tried, task: GoldenTask) -> None:
        asked, version = task, self.version
        if tried.edit.text:
            prompt = structs.replace(version.mission.prompt, system=tried.edit.text)
            version = structs.replace(version, mission=structs.replace(version.mission, prompt=prompt))
        elif tried.edit.kind in QUESTION_EDITS:
            asked = _edited(task, _question_kind(tried.edit), self.options.seed)
        if task.id in self.before and (said := await self._said(asked, task, version)) is not None:
            tried.take(task, self.before[task.id], said)

    async def _said(self, asked: GoldenTask, task: GoldenTask, version: Version) -> _Said | None:
        """How a task comes out that is asked in the words of ``asked``, all its turns and steps; ``None`` where the
        money ended before it did."""
        words: Counter[str] = Counter()
        ask_version = asking(task, version, self.parts)

        async def ask(question: str, messages: tuple[Json, ...]) -> Reply:
            self.made += 1
            try:
                reply = await ask_version(question, messages)
            finally:
                if self.options.progress is not None:
                    self.options.progress(self.made, self.options.budget)
                # Built-in models never wait; without this, neither progress nor Ctrl-C would get a turn.
                await asyncio.sleep(0)
            self._add(reply.trace)
            words.update(words_of(reply.trace))
            return reply

        async with self.slots:
            try:
                result = await converse(asked, ask, self.assertions, repeat=0, order=0)
            except NO_MONEY as error:
                self.stopped = error
                return None
            except GonogoError:
                return _Said(Counter(), None)
        return _Said(words, result.passed)

    def _add(self, trace: Trace) -> None:
        self.tokens_in += trace.usage.input
        self.tokens_out += trace.usage.output
        self.cost = None if self.cost is None or trace.cost is None else self.cost + trace.cost

    def _report(
        self, noise: _Tried, prompt: list[_Tried], questions: list[_Tried], began: float, cpu: float
    ) -> Sensitivity:
        clock = self.parts.clock
        compared = max(1, len(prompt) + len(questions))
        floor = max(
            _reading(total, noise.n, 1.0 - (1.0 - CONFIDENCE) / 4).high for total in (noise.moved, noise.flipped)
        )
        strict = 1.0 - (1.0 - CONFIDENCE) / (4 * compared)
        words = words_of_prompt(self.version.mission.prompt.system)
        effects = [_effect(one, floor, strict) for one in prompt if one.at]
        return Sensitivity(
            mission=self.version.mission.name,
            behaviour_digest=self.version.behaviour_digest,
            seed=self.options.seed,
            budget=self.options.budget,
            answers=self.made,
            tasks=len(self.before),
            passed=sum(said.passed is True for said in self.before.values()),
            words=words,
            heat=tuple(_heat(effects, len(words))),
            noise=_effect(noise, 1.0, strict),
            prompt=tuple(sorted(effects, key=lambda one: (-one.carries, -_size(one)))),
            questions=tuple(_effect(one, floor, strict) for one in questions),
            wall=clock.monotonic() - began,
            cpu=clock.cpu() - cpu,
            tokens_in=self.tokens_in,
            tokens_out=self.tokens_out,
            cost=self.cost,
            stopped="" if self.stopped is None else str(self.stopped),
        )


def distance(before: Counter[str], after: Counter[str]) -> float:
    """Share of two answers' words that are not common to both, 0..1: one less Dice's coefficient of their bags of words
    (Dice 1945, Ecology 26:297). Two empty answers are the same."""
    total = before.total() + after.total()
    return 0.0 if not total else 1.0 - 2.0 * (before & after).total() / total


def words_of(trace: Trace) -> list[str]:
    """Of an answer and of the calls of tools in it, in lower case."""
    calls = [" ".join(map(str, tool_call(call))) for call in trace.tool_calls]
    return " ".join((trace.answer, *calls)).lower().split()


def most_answers(task: GoldenTask) -> int:
    """How many answers of the model a task takes at most: its turns, each with the steps of its tools."""
    return (1 + len(task.follow_ups)) * (task.max_steps if task.tool_results else 1)


def _question_kind(edit: Edit) -> QuestionEdit:
    return next(kind for kind in QUESTION_EDITS if kind == edit.kind)


def _edited(task: GoldenTask, kind: QuestionEdit, seed: int) -> GoldenTask:
    """Every question of a task in another form."""
    follow_ups = tuple(
        structs.replace(turn, question=edited_question(turn.question, kind, seed)) for turn in task.follow_ups
    )
    return structs.replace(task, question=edited_question(task.question, kind, seed), follow_ups=follow_ups)


def _reading(total: float, n: int, confidence: float = CONFIDENCE) -> Reading:
    interval = mean_sequence(min(total, float(n)), n, confidence)
    return Reading(value=total / n if n else None, low=interval.low, high=interval.high, n=n)


def _effect(one: _Tried, floor: float, strict: float) -> EditEffect:
    carries = any(_reading(total, one.n, strict).low > floor for total in (one.moved, float(one.flipped)))
    return EditEffect(
        edit=one.edit, moved=_reading(one.moved, one.n), flipped=_reading(one.flipped, one.n), broke=one.broke,
        errors=one.errors, carries=carries, example=one.most[1] if one.moved else "",
    )  # fmt: skip


def _size(effect: EditEffect) -> float:
    return (effect.moved.value or 0.0) + (effect.flipped.value or 0.0)


def _heat(effects: Sequence[EditEffect], words: int) -> Iterator[float | None]:
    found: list[float | None] = [None] * words
    for effect in effects:
        value, known = effect.moved.value, found[effect.edit.word]
        if value is not None and (known is None or value > known):
            found[effect.edit.word] = value
    yield from found
