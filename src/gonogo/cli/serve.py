"""Command serve: the gateway and the console, in one process or several.

Here: putting routes together and starting the server. Not here: handlers (``gateway``, ``console``).
"""

from __future__ import annotations

import sys
from collections.abc import Coroutine
from dataclasses import dataclass
from math import ceil
from socket import socket
from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gonogo.assembly import Settings, Workspace
    from gonogo.assembly.serving import Serving
    from gonogo.contracts import Route
    from gonogo.gateway import ServerOptions
    from gonogo.gateway.worker_pages import WorkerPages
    from gonogo.telemetry import Exporter, Measures


@click.command()
@click.option("--host", help="Address to listen on (default: settings, else 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one (default: settings, else 8420).")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that answer (default: settings, else 1).")
@click.option("--worker", type=click.IntRange(1), hidden=True, help="This process is one of them.")
@click.option("--socket", "descriptor", type=click.IntRange(0), hidden=True, help="What a worker listens on.")
@pass_session
def serve(
    session: Session,
    host: str | None,
    port: int | None,
    workers: int | None,
    worker: int | None,
    descriptor: int | None,
) -> None:
    """Serve what is live: /v1/chat/completions, /v1/responses, /v1/messages, /v1/embeddings, /v1/models, /health, and a
    page at /. Other addresses than this machine's own need a key to exist. With several workers a Trace is in the store
    a moment after its reply."""
    from gonogo.gateway import ServerOptions
    from gonogo.telemetry.logs import scrubbed_logs

    settings = session.settings()
    limits = settings.file.server
    options = ServerOptions(host=host or limits.host, port=limits.port if port is None else port)
    count = workers or limits.workers
    with scrubbed_logs(settings.hidden, form=limits.log_format):
        if worker is not None and descriptor is not None:
            run(_serve(settings, options, Place(number=worker, count=count, descriptor=descriptor)))
        elif count > 1:
            run(_oversee(settings, options, count))
        else:
            run(_serve(settings, options, None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A worker among ``count``, from 1; ``descriptor`` is the listening socket that it was started with."""

    number: int
    count: int
    descriptor: int


def run(serving: Coroutine[Any, Any, None]) -> None:
    """To its end, on the faster event loop where this system has it: half the CPU of a request is the loop's."""
    try:
        import uvloop
    except ImportError:  # Windows
        import asyncio

        asyncio.run(serving)
        return
    uvloop.run(serving)


async def _oversee(settings: Settings, options: ServerOptions, count: int) -> None:
    """Start workers and write down their Traces."""
    from gonogo.assembly import Workspace
    from gonogo.gateway import bind, check_address
    from gonogo.gateway.workers import Workers

    async with await Workspace.open(settings) as workspace:
        check_address(options, has_keys=await workspace.store.has_keys())
        listener = bind(options)
        await _say_if_nothing_is_live(workspace)

        def command(number: int) -> list[str]:
            # -P: a folder named gonogo where the command is called must not be taken for the package.
            program = [sys.executable, "-P", "-m", "gonogo", "--home", str(settings.home), "serve"]
            place = ["--workers", str(count), "--worker", str(number), "--socket", str(listener.fileno())]
            return [*program, "--host", options.host, "--port", str(options.port), *place]

        await Workers(count, command, listener, settings.home, workspace.store).run(_announce)


async def _serve(settings: Settings, options: ServerOptions, place: Place | None) -> None:
    import asyncio

    from gonogo.assembly import Workspace
    from gonogo.gateway import Application, Door, bind, check_address
    from gonogo.gateway import serve as serve_until_stopped
    from gonogo.gateway.metrics import MetricsPage
    from gonogo.gateway.worker_pages import Telling, WorkerPages
    from gonogo.store.worker_spool import WorkerSpool, bring_all_home, worker_folder
    from gonogo.telemetry import Measures

    limits, count = settings.file.server, 1 if place is None else place.count
    async with await Workspace.open(settings) as workspace:
        has_keys = await workspace.store.has_keys()
        check_address(options, has_keys=has_keys)
        if place is None:
            listener, spool, pages = bind(options), None, None
            await _say_if_nothing_is_live(workspace)
            await bring_all_home(settings.home, workspace.store)
        else:
            listener = socket(fileno=place.descriptor)
            spool = WorkerSpool(worker_folder(settings.home, place.number), durability=settings.file.durability)
            pages = WorkerPages(home=settings.home, number=place.number, count=count)
        serving, measures = workspace.serving(workers=count, spool=spool), Measures()
        serving.observers.append(measures.observe)
        exporter = exporting(settings, serving, measures)
        application = Application(
            routes_of(workspace, serving, measures, pages),
            Door(workspace.store, pepper=workspace.pepper, open_locally=not has_keys),
            max_body=limits.max_body,
            max_in_flight=ceil(limits.max_in_flight / count),
            max_waiting=ceil(limits.max_waiting / count),
            max_wait=limits.max_wait,
            on_start=serving.start,
            on_stop=serving.stop,
        )
        measures.in_flight = lambda: application.turnstile.inside
        measures.waiting = lambda: application.turnstile.queued
        ready = _announce if pages is None else Telling(pages, MetricsPage(serving, measures).mine).begin
        try:
            await serve_until_stopped(application, listener, options, ready)
        finally:
            if spool is not None:
                await spool.close()
            if exporter is not None:
                await asyncio.to_thread(exporter.stop)


async def _say_if_nothing_is_live(workspace: Workspace) -> None:
    if not await workspace.deployments.status():
        click.echo("Nothing is live yet: `gonogo deploy FOLDER` is taken over within a second.", err=True)


def exporting(settings: Settings, serving: Serving, measures: Measures) -> Exporter | None:
    """Begin to send Traces and metrics elsewhere, where the settings name an address."""
    from gonogo.telemetry import Exporter

    if settings.telemetry is None:
        return None
    exporter = Exporter(settings.telemetry)
    serving.observers.append(exporter.offer)
    measures.dropped = lambda: exporter.dropped
    exporter.start()
    return exporter


def routes_of(
    workspace: Workspace, serving: Serving, measures: Measures | None = None, workers: WorkerPages | None = None
) -> tuple[Route, ...]:
    """Every route that the server answers, with the least role for each."""
    from gonogo.assembly.embedding import NamedEmbedders
    from gonogo.console import console_routes
    from gonogo.gateway import gateway_routes
    from gonogo.gateway.api import api_routes

    file = workspace.settings.file
    embedders = NamedEmbedders(workspace.installed.embedder, file.embedders, workspace.installed.prices)
    gateway = gateway_routes(
        serving,
        max_messages=file.server.max_messages,
        embedders=embedders,
        measures=measures,
        keep_content=file.telemetry.content,
        workers=workers,
    )
    return (*gateway, *api_routes(workspace, serving), *console_routes(workspace))


def _announce(address: str) -> None:
    click.echo(f"gonogo serves on {address}  (OpenAI base_url {address}/v1, page {address}/)")
