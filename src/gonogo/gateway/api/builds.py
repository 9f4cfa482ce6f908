"""Builds: from a Mission folder that is sent to a Version, or to its problems.

Here: joining upload and build. Not here: what a tar may hold (``upload``), building (``building``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from gonogo.assembly.operations import Reading, Report
from gonogo.building import LOCK_FILE, load_mission
from gonogo.domain import Version
from gonogo.gateway.api.endpoint import Call, Endpoint, NoQuery
from gonogo.gateway.api.faults import ShownProblem, shown_problem
from gonogo.gateway.api.operations import OperationPage, begin
from gonogo.gateway.api.upload import relative, unpacked


class BuildQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``update_lock``: accept installed components that differ from ``mission.lock``."""

    update_lock: bool = False


class Built(Struct, frozen=True, kw_only=True):
    """The Version as the store keeps it. ``created`` is false where an equal one existed. ``lock``: what
    ``mission.lock`` holds now, to be kept beside the folder."""

    name: str
    version: Version
    created: bool
    warnings: tuple[ShownProblem, ...] = ()
    lock: str | None = None


class Checked(Struct, frozen=True, kw_only=True):
    """What stands against building a folder, and what is only worth a word."""

    usable: bool
    problems: tuple[ShownProblem, ...] = ()
    warnings: tuple[ShownProblem, ...] = ()


async def _build(call: Call[BuildQuery, bytes]) -> OperationPage | AsyncIterator[bytes]:
    return await begin(call, "build", lambda report: _built(call, report))


async def _built(call: Call[BuildQuery, bytes], report: Report) -> Built:
    workspace = call.workspace

    def progress(done: int, total: int) -> None:
        report(Reading(label="reading documents", done=done, total=total))

    async with unpacked(call.body, workspace.settings.home, workspace.clock.now()) as folder:
        # The Mission's name stands inside: it is looked at before anything is kept.
        loaded = await asyncio.to_thread(load_mission, folder, await workspace.toolbox())
        call.for_mission(loaded.mission.name)
        made = await workspace.build(
            folder, update_lock=call.query.update_lock, progress=progress, author=call.author, remember=False
        )
        return Built(
            name=made.version.name,
            version=made.version,
            created=made.created,
            warnings=tuple(shown_problem(relative(problem, folder)) for problem in made.warnings),
            lock=await asyncio.to_thread(_lock, folder),
        )


async def _validate(call: Call[NoQuery, bytes]) -> Checked:
    async with unpacked(call.body, call.workspace.settings.home, call.workspace.clock.now()) as folder:
        report = await call.workspace.validate(folder)
        return Checked(
            usable=report.usable,
            problems=tuple(shown_problem(relative(problem, folder)) for problem in report.problems),
            warnings=tuple(shown_problem(relative(problem, folder)) for problem in report.warnings),
        )


def _lock(folder: Path) -> str | None:
    path = folder / LOCK_FILE
    return path.read_text(encoding="utf-8") if path.is_file() else None


BUILDS: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="POST", path="/api/builds", name="build",
        summary="Turn a Mission folder, sent as an uncompressed tar, into one immutable Version.",
        action="build", handler=_build, query=BuildQuery, body=bytes, reply=OperationPage, status=202, streams=True,
        result=Built,
    ),
    Endpoint(
        method="POST", path="/api/validations", name="validate",
        summary="Every problem and warning of a Mission folder, sent as an uncompressed tar. Nothing is kept.",
        action="build", handler=_validate, body=bytes, reply=Checked,
    ),
)  # fmt: skip
