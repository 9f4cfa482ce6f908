"""Cluster: the options of commands whose golden tasks other machines may answer.

Here: ``--on`` and ``--workers``. Not here: the cluster (``assembly.cluster``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gonogo.cli.session import Session

if TYPE_CHECKING:
    from gonogo.assembly import Workspace
    from gonogo.domain import Verdict, Version

Command = TypeVar("Command", bound=Callable[..., Any])
RAY = "ray"


def cluster_options(command: Command) -> Command:
    """``--on ray`` and ``--workers N``; they come as ``on`` and ``workers``."""
    on = click.option(
        "--on", type=click.Choice(["here", RAY]), default="here", show_default=True, help="Where golden tasks are run."
    )
    many = click.IntRange(1, 1024)
    workers = click.option("--workers", type=many, help="With --on ray: processes; left out, one for each CPU.")
    return on(workers(command))


def check_cluster(session: Session, on: str, workers: int | None, *, taped: bool) -> None:
    """Refuse what these options cannot be given with.

    Raises:
        UsageError: --workers without --on ray, or --on ray with recorded calls or a server.
    """
    if on != RAY and workers is not None:
        raise click.UsageError("--workers counts the processes of --on ray: give both or none")
    if on == RAY and taped:
        raise click.UsageError("--record and --replay use a file of this machine: leave --on ray out")
    if on == RAY and session.server:
        raise click.UsageError("--on ray starts from this machine: leave --server out and unset GONOGO_SERVER")


@asynccontextmanager
async def evaluating(
    workspace: Workspace, version: Version, environment: str, on: str, workers: int | None
) -> AsyncIterator[Callable[..., Awaitable[Verdict]]]:
    """``Workspace.evaluate`` here, or on workers that live as long as that takes.

    Raises:
        ExtraMissing: Ray is not installed.
        BadInput, Unreachable: as ``Workspace.cluster``.
    """
    if on != RAY:
        yield workspace.evaluate
        return
    cluster = await workspace.cluster(version, environment=environment, workers=workers)
    try:
        yield partial(workspace.evaluate, on=cluster)
    finally:
        await cluster.close()
