"""Comparison: Versions with other models in the place of their own, run on the same golden tasks.

Here: which model a name means, the Version that a cell runs, cell after cell. Not here: running tasks and the figures
(``evaluation``), printing them (``cli``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from msgspec import structs

from gonogo.domain import Json, Mission, ModelSpec, TaskResult, Version
from gonogo.domain.matrix import Matrix
from gonogo.domain.version import behaviour_digest, gate_digest, part_digests
from gonogo.errors import BadInput, NotFound
from gonogo.evaluation import RunOptions, examine
from gonogo.evaluation.matrix import CellRun, answers_of, cells_of

if TYPE_CHECKING:
    from gonogo.assembly.paying import Payer
    from gonogo.assembly.workspace import Workspace


class ComparisonVerbs:
    """Of one Workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def compare(
        self,
        versions: Sequence[Version],
        models: Sequence[str],
        options: RunOptions,
        *,
        payer: Payer | None = None,
    ) -> Matrix:
        """Every Version with every model, on the golden tasks of the first Version.

        A cell is known by its behaviour digest: what an evaluation or an earlier comparison ran is not run again.

        Args:
            versions: at least one.
            models: names that the Mission gives its models, or PROVIDER/MODEL; none: their own, as they are.
            payer: whose limits and budgets hold; once a budget is spent nothing more is asked.

        Raises:
            BudgetSpent, NotPriced: the payer's budgets let nothing be asked at all.
            NotFound: no such model; names the nearest.
            BadInput: a provider that the settings do not know, no golden tasks, or a cap that cannot be kept.
        """
        first = versions[0]
        if not any(task.gates for task in first.mission.golden):
            raise BadInput(f"{first.name} has no golden tasks to compare on: write some, or draft them (gonogo golden)")
        cells = [
            (version, model, with_model(version, model) if model else version)
            for version in versions
            for model in (models or ("",))
        ]
        for _, _, cell in cells:
            for spec in cell.mission.models.values():
                self._workspace.installed.provider(spec)  # a misspelt one is an error before anything is spent
        tools, funds = self._workspace.evaluation_tools, None
        if payer is not None:
            tools, funds = payer.tools(), payer.funds
            options = replace(options, funds=funds)
        clock = self._workspace.clock
        began = clock.monotonic()
        runs = []
        for version, model, cell in cells:
            started_at = clock.now()
            label = f"{version.name} · {model}" if model else version.name
            run = await examine(cell, first, tools, replace(options, label=label))
            asked = sum(_made_at(result) >= int(1000 * started_at) for result in run.results)
            runs.append(CellRun(version=version.name, model=model, run=run, asked=asked))
        if funds is not None and funds.spent is not None and not funds.calls:
            raise funds.spent
        tasks = [task for task in first.mission.golden if task.gates]
        return Matrix(
            judged_by=first.name,
            cells=cells_of(runs, tasks),
            tasks=answers_of(runs, tasks),
            wall=clock.monotonic() - began,
            stopped="" if funds is None or funds.spent is None else str(funds.spent),
        )


def with_model(version: Version, name: str) -> Version:
    """The Version with one model in the place of all of its own; its number stays, its behaviour is another.

    Args:
        name: one that the Mission gives a model, or PROVIDER/MODEL. The latter is asked with the parameters that all
            models of the Mission have in common.

    Raises:
        NotFound: neither.
    """
    mission = version.mission
    spec = _meant(mission, name)
    changed = structs.replace(mission, models=dict.fromkeys(mission.models, spec))
    parts = part_digests(changed, version.index_digest, version.pins)
    return structs.replace(
        version,
        mission=changed,
        parts=parts,
        behaviour_digest=behaviour_digest(mission.name, parts),
        gate_digest=gate_digest(parts, version.pins),
    )


def _made_at(result: TaskResult) -> int:
    """Milliseconds since 1970, which the id of its Trace begins with; 0 of a task that did not run."""
    return int(result.trace_id[:12], 16) if result.trace_id else 0


def _meant(mission: Mission, name: str) -> ModelSpec:
    if name in mission.models:
        return mission.models[name]
    provider, slash, model = name.partition("/")
    if not (provider and slash and model):
        close = get_close_matches(name, mission.models, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"its models are {', '.join(mission.models)}."
        raise NotFound(f"{mission.name} has no model '{name}'; {hint} Others are written PROVIDER/MODEL")
    return ModelSpec(provider=provider, model=model, params=_common(mission))


def _common(mission: Mission) -> Json:
    """Parameters that every model of a Mission has, with the same value."""
    every = [spec.params for spec in mission.models.values()]
    return {name: value for name, value in every[0].items() if all(params.get(name) == value for params in every[1:])}
