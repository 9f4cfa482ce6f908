"""Command serve: the gateway and the console in one process.

Here: putting routes together and starting the server. Not here: handlers (``gateway``, ``console``).
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.session import Session, pass_session
from gonogo.errors import BadInput

if TYPE_CHECKING:
    from gonogo.assembly import Settings, Workspace
    from gonogo.assembly.serving import Serving
    from gonogo.contracts import Route
    from gonogo.telemetry import Exporter, Measures


@click.command()
@click.option("--host", help="Address to listen on (default: settings, else 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one (default: settings, else 8420).")
@pass_session
def serve(session: Session, host: str | None, port: int | None) -> None:
    """Serve what is live: /v1/chat/completions, /v1/responses, /v1/messages, /v1/embeddings, /v1/models, /health, and a
    page at /. Other addresses than this machine's own need a key to exist."""
    from gonogo.telemetry.logs import scrubbed_logs

    if session.server:
        raise BadInput("`gonogo serve` starts a server on this machine: leave --server out and unset GONOGO_SERVER")
    settings = session.settings()
    with scrubbed_logs(settings.hidden, form=settings.file.server.log_format):
        run(_serve(settings, host, port))


def run(serving: Coroutine[Any, Any, None]) -> None:
    """To its end, on the faster event loop where this system has it: half the CPU of a request is the loop's."""
    try:
        import uvloop
    except ImportError:  # Windows
        import asyncio

        asyncio.run(serving)
        return
    uvloop.run(serving)


async def _serve(settings: Settings, host: str | None, port: int | None) -> None:
    import asyncio

    from gonogo.assembly import Workspace
    from gonogo.gateway import Application, Door, ServerOptions, bind, check_address
    from gonogo.gateway import serve as serve_until_stopped
    from gonogo.telemetry import Measures

    limits = settings.file.server
    options = ServerOptions(host=host or limits.host, port=limits.port if port is None else port)
    async with await Workspace.open(settings) as workspace:
        has_keys = await workspace.store.has_keys()
        check_address(options, has_keys=has_keys)
        listener = bind(options)
        if not await workspace.status():
            click.echo("Nothing is live yet: `gonogo deploy FOLDER` is taken over within a second.", err=True)
        serving, measures = workspace.serving(), Measures()
        serving.observers.append(measures.observe)
        exporter = exporting(settings, serving, measures)
        application = Application(
            routes_of(workspace, serving, measures),
            Door(workspace.store, pepper=workspace.pepper, open_locally=not has_keys),
            max_body=limits.max_body,
            max_in_flight=limits.max_in_flight,
            max_waiting=limits.max_waiting,
            max_wait=limits.max_wait,
            on_start=serving.start,
            on_stop=serving.stop,
        )
        measures.in_flight = lambda: application.turnstile.inside
        measures.waiting = lambda: application.turnstile.queued
        try:
            await serve_until_stopped(application, listener, options, _announce)
        finally:
            if exporter is not None:
                await asyncio.to_thread(exporter.stop)


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


def routes_of(workspace: Workspace, serving: Serving, measures: Measures | None = None) -> tuple[Route, ...]:
    """Every route that the server answers, with the least role for each."""
    from gonogo.assembly.embedding import NamedEmbedders
    from gonogo.console import console_routes
    from gonogo.gateway import gateway_routes
    from gonogo.gateway.api import api_routes

    file = workspace.settings.file
    embedders = NamedEmbedders(workspace.installed.embedder, file.embedders)
    gateway = gateway_routes(
        serving,
        max_messages=file.server.max_messages,
        embedders=embedders,
        measures=measures,
        keep_content=file.telemetry.content,
    )
    return (*gateway, *api_routes(workspace), *console_routes(workspace))


def _announce(address: str) -> None:
    click.echo(f"gonogo serves on {address}  (OpenAI base_url {address}/v1, page {address}/)")
