"""Golden tasks: run often enough to see whether they are stable, and how those of a folder stand.

Here: both over HTTP. Not here: writing them (``assembly.golden``, at a shell), those of a Version (``versions``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct

from gonogo.assembly.golden import GoldenRow
from gonogo.assembly.operations import Report
from gonogo.domain import EvaluationRun
from gonogo.evaluation.stability import MOST_FLAKE
from gonogo.gateway.api.endpoint import Call, Endpoint, NoQuery
from gonogo.gateway.api.folders import started
from gonogo.gateway.api.operations import OperationPage, begin, payer_of
from gonogo.gateway.api.proofs import RunBody
from gonogo.gateway.api.versions import named


class CheckBody(RunBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``tasks``: ids; none: every golden task of the Version that does not gate."""

    version: Annotated[str, Meta(min_length=1, max_length=300)]
    tasks: Annotated[tuple[str, ...], Meta(max_length=10_000)] = ()


class FlakeQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``most``: the share of attempts that may differ from the usual result."""

    most: Annotated[float, Meta(gt=0, lt=1)] = MOST_FLAKE


class GoldenRows(Struct, frozen=True, kw_only=True):
    """Every golden task of a folder, with its state and how stable it is."""

    items: tuple[GoldenRow, ...]


async def _check(call: Call[NoQuery, CheckBody]) -> OperationPage | AsyncIterator[bytes]:
    asked, payer = call.body, payer_of(call, patience=0.0)
    version = await named(call, asked.version)

    async def work(report: Report) -> EvaluationRun:
        return await call.workspace.golden.check(version, asked.tasks, options=asked.options(report), payer=payer)

    return await begin(call, "evaluation", work)


async def _status(call: Call[FlakeQuery, bytes]) -> OperationPage | AsyncIterator[bytes]:
    async def told(folder: Path, _: Report) -> GoldenRows:
        return GoldenRows(items=tuple(await call.workspace.golden.status(folder, most=call.query.most)))

    return await started(call, told)


GOLDEN: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="POST", path="/api/golden/checks", name="checkGolden",
        summary="Run golden tasks often enough to see whether they are stable; nothing is decided.",
        action="evaluate", handler=_check, body=CheckBody, reply=OperationPage, status=202, streams=True,
        result=EvaluationRun,
    ),
    Endpoint(
        method="POST", path="/api/folders/golden", name="goldenStatus",
        summary="Which golden tasks of a folder gate, and which give other results from run to run.",
        action="evaluate", handler=_status, query=FlakeQuery, body=bytes, reply=OperationPage, status=202,
        streams=True, result=GoldenRows,
    ),
)  # fmt: skip
