"""Golden verbs: tasks made from Traces, kept in the shadow until they are stable, raised to gating.

Here: a Mission folder's golden files joined to Traces, Annotations, the classifier that tells near-duplicates, and
stored results. Not here: what becomes a task (``evaluation.from_trace``), the files (``building.golden_writing``).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, structs

from gonogo.assembly.problem_places import placed
from gonogo.building import MISSION_FILE, Report, Toolbox, validate
from gonogo.building.golden_writing import add_task, raised, read_as_is, without_keys, write_whole
from gonogo.contracts import Classifier, TextReader
from gonogo.domain import Annotation, EvaluationRun, GoldenTask, Mission, TaskResult, Trace, Version
from gonogo.errors import BadInput, MissionInvalid, NotFound
from gonogo.evaluation import RunOptions, examine
from gonogo.evaluation.from_trace import SHOWN_DIGITS, TaskOfTrace, task_from
from gonogo.evaluation.near_tasks import NearTask, nearest_task
from gonogo.evaluation.reuse import result_digests
from gonogo.evaluation.stability import MOST_FLAKE, Stability, least_attempts, stability
from gonogo.metrics import is_refusal

if TYPE_CHECKING:
    from gonogo.assembly.paying import Payer
    from gonogo.assembly.workspace import Workspace

NEAR = "equivalence"
"""The classifier that tells whether two questions deserve the same answer."""
FILE = Path("golden") / "from-traces.yaml"
MOST_RUNS = 100
"""Newest runs of a Mission whose results are counted."""
ORIGINS = {
    "corrected": "the reference is what a person wrote as the right answer",
    "approved": "the reference is what was served, and a person called it correct",
    "served": "the reference is what was served, and nobody has read it: correct it, then promote it with --read",
}

State = Literal["gating", "shadow", "draft"]


class Added(Struct, frozen=True, kw_only=True):
    """A task that was added: from which Trace, where its reference comes from, into which file. ``near``: a task that
    asks the same, which somebody did not mind."""

    task: GoldenTask
    trace: str
    origin: str
    sources: tuple[str, ...]
    file: str
    near: NearTask | None = None


class GoldenRow(Struct, frozen=True, kw_only=True):
    """A golden task, its state, and how stable its results are. ``unread``: nobody has read its reference."""

    id: str
    question: str
    state: State
    unread: bool
    source: str
    stability: Stability


class Promoted(Struct, frozen=True, kw_only=True):
    """Tasks that gate from now on, and those that may not yet, each with why."""

    raised: tuple[GoldenRow, ...]
    kept: tuple[tuple[GoldenRow, str], ...]


class GoldenVerbs:
    """One for each open Workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def add(self, trace: Trace, folder: Path, *, anyway: str = "") -> Added:
        """Make a Trace a shadow task of a folder's golden set.

        Args:
            anyway: why it is added although a task asks the same already.

        Raises:
            BadInput: the Trace does not hold what a task needs, or a task asks the same already.
            MissionInvalid: the folder has problems.
        """
        workspace = self._workspace
        classifier = await workspace.classifiers.load(NEAR, mission=await self._built(trace.mission))
        return await add_to_folder(
            trace, await workspace.store.annotations(trace.id), folder, await workspace.toolbox(),
            classifier, workspace.installed.reader, anyway=anyway,
        )  # fmt: skip

    async def _built(self, mission: str) -> str | None:
        return mission if mission in await self._workspace.store.missions() else None

    async def status(self, folder: Path, *, most: float = MOST_FLAKE) -> list[GoldenRow]:
        """Every task of a folder with its state and how stable it is, by the newest behaviour it was run on.

        Raises:
            MissionInvalid: the folder has problems.
        """
        mission = await read_folder(folder, await self._workspace.toolbox())
        found = await self._attempts(mission)
        return [_row(task, *found.get(task.id, ((), 0)), most=most) for task in mission.golden]

    async def check(
        self,
        version: Version,
        names: Sequence[str] = (),
        *,
        options: RunOptions | None = None,
        payer: Payer | None = None,
    ) -> EvaluationRun:
        """Run tasks of a Version, so that it shows whether they are stable; what is known is not run again.

        Args:
            names: ids of tasks; none: every task that does not gate.
            options: ``repeats`` of each; ``only`` is what ``names`` say.
            payer: whose limits and budgets hold; once a budget is spent nothing more is asked.

        Raises:
            NotFound: no such task, or no task at all.
            BudgetSpent, NotPriced: the payer's budgets let nothing be asked at all.
        """
        known = {task.id for task in version.mission.golden}
        for name in names:
            if name not in known:
                raise NotFound(f"{version.name} has no golden task '{name}': `gonogo golden status FOLDER` lists them")
        chosen = frozenset(names) or frozenset(task.id for task in version.mission.golden if not task.gates)
        if not chosen:
            raise NotFound(f"every golden task of {version.name} gates: name those to check, or add one of a Trace")
        options = replace(options or RunOptions(repeats=least_attempts()), only=chosen)
        tools = self._workspace.evaluation_tools
        if payer is not None:
            tools, options = payer.tools(), replace(options, funds=payer.funds)
        run = await examine(version, version, tools, options)
        if payer is not None and payer.funds.spent is not None and not payer.funds.calls:
            raise payer.funds.spent
        return structs.replace(run, results=tuple(result for result in run.results if result.task_id in chosen))

    async def promote(
        self, folder: Path, names: Sequence[str] = (), *, read: bool = False, most: float = MOST_FLAKE
    ) -> Promoted:
        """Let stable shadow tasks gate: ``shadow: true`` goes from their golden files.

        Args:
            names: ids of tasks; none: every shadow task that is stable.
            read: drafts among them were read by a person, so that they may gate too.

        Raises:
            NotFound: no such task, or it gates already.
            BadInput: a file is written so that only a person can take the key out.
        """
        return await promote_in(folder, lambda: self.status(folder, most=most), names, read=read, most=most)

    async def _attempts(self, mission: Mission) -> dict[str, tuple[Sequence[TaskResult], int]]:
        """By task: its results of the newest behaviour that it was run on as it is now, and that Version's number."""
        store, known = self._workspace.store, set(await self._workspace.store.missions())
        found: dict[str, tuple[list[TaskResult], int]] = {}
        behaviour: dict[str, str] = {}
        digests: dict[int, dict[str, str]] = defaultdict(dict)
        for run in await store.runs(mission.name, MOST_RUNS) if mission.name in known else ():
            version = await store.version(mission.name, run.version)
            whole = await store.run(run.id)
            if version is None or whole is None:
                continue
            if version.number not in digests:
                digests[version.number].update(result_digests(version, structs.replace(version, mission=mission)))
            for result in whole.results:
                if result.digest is None or result.digest != digests[version.number].get(result.task_id):
                    continue
                if behaviour.setdefault(result.task_id, run.behaviour_digest) == run.behaviour_digest:
                    found.setdefault(result.task_id, ([], run.version))[0].append(result)
        return {task_id: (results, number) for task_id, (results, number) in found.items()}


async def promote_in(
    folder: Path,
    status: Callable[[], Awaitable[list[GoldenRow]]],
    names: Sequence[str],
    *,
    read: bool,
    most: float,
) -> Promoted:
    """As ``GoldenVerbs.promote``, with whoever tells how the tasks of the folder stand now."""
    chosen = _chosen(await status(), names)
    kept = [(row, why) for row in chosen if (why := _why_not(row, read=read, most=most))]
    held = {row.id for row, _ in kept}
    ready = [row for row in chosen if row.id not in held]
    await asyncio.to_thread(_raise_all, folder, ready)
    now = {row.id: row for row in await status()}
    return Promoted(raised=tuple(now[row.id] for row in ready), kept=tuple(kept))


async def add_to_folder(
    trace: Trace,
    annotations: Sequence[Annotation],
    folder: Path,
    toolbox: Toolbox,
    classifier: Classifier,
    reader: TextReader,
    *,
    anyway: str = "",
) -> Added:
    """As ``GoldenVerbs.add``, of a Trace that may have come from elsewhere."""
    mission = await read_folder(folder, toolbox)
    if mission.name != trace.mission:
        raise BadInput(
            f"Trace {trace.id[:SHOWN_DIGITS]} is of {trace.mission}, and {folder} is the Mission {mission.name}: "
            "name the folder of that Mission with --into"
        )
    made = task_from(trace, annotations, is_refusal)
    near = await asyncio.to_thread(nearest_task, made.task, mission.golden, classifier, reader)
    if near is not None and not anyway.strip():
        raise BadInput(_asks_the_same(near, classifier, folder))
    path = folder / FILE
    before = path.read_bytes() if path.exists() else None
    await asyncio.to_thread(_write, path, trace, made, near, anyway)
    report = await asyncio.to_thread(validate, folder, toolbox)
    written = () if report.mission is None else report.mission.golden
    task = next((one for one in written if one.id == made.task.id), None)
    if task is None:
        _restore(path, before)
        if report.mission is None:
            raise MissionInvalid(placed(folder, report.problems))
        raise BadInput(
            f"no pattern under `golden` of {folder / MISSION_FILE} names {FILE.as_posix()}, where tasks made of Traces "
            "stand: add it there"
        )
    return Added(task=task, trace=trace.id, origin=made.origin, sources=made.sources, file=str(path), near=near)


def _restore(path: Path, before: bytes | None) -> None:
    if before is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(before)


async def read_folder(folder: Path, toolbox: Toolbox) -> Mission:
    """The Mission of a folder; nothing is chunked or embedded.

    Raises:
        NotFound: no such folder.
        MissionInvalid: with every problem.
    """
    report: Report = await asyncio.to_thread(validate, folder, toolbox)
    if report.mission is None:
        raise MissionInvalid(placed(folder, report.problems))
    return report.mission


def _write(path: Path, trace: Trace, made: TaskOfTrace, near: NearTask | None, anyway: str) -> None:
    path.parent.mkdir(exist_ok=True)
    note = [f"From Trace {trace.id} ({trace.mission}@{trace.version}): {ORIGINS[made.origin]}."]
    if made.sources:
        note.append(f"Served with {', '.join(made.sources)}.")
    if near is not None:
        note.append(f"{near.task.id} asks the same ({near.probability:.2f}); added anyway: {anyway.strip()}")
    add_task(path, made.task, note)


def _asks_the_same(near: NearTask, classifier: Classifier, folder: Path) -> str:
    threshold = classifier.card.threshold
    wrong = threshold.false_positives
    sure = ""
    if near.probability < 1.0:
        sure = f", probability {near.probability:.2f}, from {threshold.value:.2f} on"
        if wrong.value is not None and wrong.low is not None and wrong.high is not None:
            sure += (
                f" wrong in {100 * wrong.value:.1f} % [{100 * wrong.low:.1f}, {100 * wrong.high:.1f}] of pairs that "
                "ask different things"
            )
    place = f" ({folder / near.task.source})" if near.task.source else ""
    return (
        f"{near.task.id}{place} asks the same already: {near.task.question!r}{sure}. Add it all the same with "
        '--anyway "WHY"'
    )


def _row(task: GoldenTask, results: Sequence[TaskResult], version: int, *, most: float) -> GoldenRow:
    state: State = "shadow" if task.shadow else "draft" if task.draft else "gating"
    known = stability(results, version=version, most=most)
    return GoldenRow(
        id=task.id, question=task.question, state=state, unread=task.draft, source=task.source, stability=known
    )


def _chosen(rows: Sequence[GoldenRow], names: Collection[str]) -> list[GoldenRow]:
    if not names:
        return [row for row in rows if row.state == "shadow"]
    by_id = {row.id: row for row in rows}
    for name in names:
        if name not in by_id:
            waiting = ", ".join(row.id for row in rows if row.state != "gating") or "none"
            raise NotFound(f"there is no golden task '{name}'; tasks that do not gate yet: {waiting}")
        if by_id[name].state == "gating":
            raise NotFound(f"{name} gates already")
    return [by_id[name] for name in dict.fromkeys(names)]


def _why_not(row: GoldenRow, *, read: bool, most: float) -> str:
    """Why a task may not gate yet; empty where it may."""
    known = row.stability
    if row.unread and not read:
        return "nobody has read its reference: read it, then say so with --read"
    if known.state == "stable":
        return ""
    bound = f"at most {100 * most:g} % of attempts may differ from the usual result"
    if known.state == "unknown":
        return "it was never run: `gonogo golden check FOLDER` shows whether it is stable"
    seen = f"{known.differing} of {known.attempts} did, so that up to {100 * known.high:.0f} % may"
    return f"{bound}, and {seen} (95 %): {known.more} more like the others would prove it"


def _raise_all(folder: Path, rows: Sequence[GoldenRow]) -> None:
    by_file: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in rows:
        file, _, place = row.source.rpartition(":")
        by_file[file].append((int(place), row.id))
    for file, places in by_file.items():
        path = folder / file
        text, jsonl = read_as_is(path), file.endswith((".jsonl", ".ndjson"))
        wanted = without_keys(text, {task_id for _, task_id in places}, jsonl=jsonl)
        for line, task_id in sorted(places, reverse=True):  # from the end, so that the lines above keep their numbers
            text = raised(text, line, name=f"{path}:{line} {task_id}", jsonl=jsonl)
        if without_keys(text, (), jsonl=jsonl) != wanted:
            names = ", ".join(task_id for _, task_id in places)
            raise BadInput(f"{path}: take `shadow: true` of {names} away by hand; nothing was changed")
        write_whole(path, text, over=True)
