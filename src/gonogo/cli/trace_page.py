"""Trace page: one Trace on a terminal, as a waterfall with what each step found.

Here: phrasing. Not here: commands (``traces``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gonogo.cli.output import coloured, columns, dim, duration, moment, money, printable, say, screen_width, shortened

if TYPE_CHECKING:
    from gonogo.domain import Span, Trace, Usage

BAR, SHORT_BAR = 32, 12
LEAST = 12
WIDE = 110
"""Columns from which the long bar fits beside what a step found."""


def print_trace(found: Trace) -> None:
    """The whole page."""
    _head(found)
    _steps(found)
    _model(found)
    _chunks(found)
    _judgements(found)


def _head(found: Trace) -> None:
    name = click.style(found.id, bold=True)
    click.echo(f"{name}  {coloured(found.outcome)}  {found.mission}@{found.version} {found.environment}")
    who = f"session {found.session or '-'}  user {found.user or '-'}  key {found.key_id or '-'}"
    click.echo(dim(f"{moment(found.created_at)}  {who}"))
    click.echo("")
    _text("asked    ", found.question)
    _text("answered ", found.answer)
    if found.error:
        click.secho(f"error    {printable(found.error)}", fg="red")


def _text(label: str, text: str) -> None:
    """Its own lines are kept, further ones stand under the first."""
    for number, line in enumerate(printable(text).split("\n")):
        say(label if number == 0 else " " * len(label), line, hang=len(label))


def _steps(found: Trace) -> None:
    width = screen_width()
    bar = BAR if width is None or width >= WIDE else SHORT_BAR
    click.echo(f"\nsteps    {duration(found.wall)}, {duration(found.cpu)} CPU")
    for span in found.spans:
        times = f"{duration(span.wall):>9}  CPU {duration(span.cpu):>9}"
        attributes = " ".join(f"{name}={value}" for name, value in span.attributes.items())
        click.echo(f"  {span.name:<18} {_bar(span, found.wall, bar)} {times}  {dim(attributes)}")


def _bar(span: Span, wall: float, width: int) -> str:
    if wall <= 0:
        return " " * width
    start = min(width - 1, int(width * span.start / wall))
    length = max(1, min(width - start, round(width * span.wall / wall)))
    return " " * start + click.style("█" * length, fg="blue") + " " * (width - start - length)


def _model(found: Trace) -> None:
    if found.routing:
        why = printable("; ".join(found.routing.reasons))
        measured = "" if found.routing.difficulty is None else f" (difficulty {found.routing.difficulty:.2f})"
        click.echo("")
        say(f"model    {found.routing.model}{measured}  ", why, hang=9)
    for call in found.calls:
        usage = call.usage
        read = _parts(usage, "cached", "cache_written", "input_audio", "input_image")
        tokens = f"{usage.input} in ({read}), {usage.output} out ({_parts(usage, 'reasoning', 'output_audio')})"
        counted = " (estimated)" if usage.estimated else ""
        error = " ERROR " + printable(call.error) if call.error else ""
        ran = f"{call.provider}/{call.returned_model or call.model} {call.fingerprint or ''}".rstrip()
        ran += f" at {call.endpoint}" if call.endpoint else ""
        say("  ", f"{call.name}: {ran}; tokens {tokens}{counted}; {money(call.cost)}{error}", hang=4)
    if found.cache:
        click.echo(f"cache    {found.cache}, from Trace {found.cached_from}")


def _parts(usage: Usage, usual: str, *others: str) -> str:
    """Parts of a whole: the usual one always, the others where there is something of them."""
    shown = [usual, *(name for name in others if getattr(usage, name))]
    return ", ".join(f"{getattr(usage, name)} {name.replace('_', ' ')}" for name in shown)


def _chunks(found: Trace) -> None:
    if found.chunks:
        click.echo("\nchunks")
    for hit in found.chunks:
        cited = click.style("cited", fg="green") if hit.chunk.source in found.citations else "     "
        head = f"  {hit.rank}. {hit.score:.3f} {cited} {printable(hit.chunk.place)}  "
        click.echo(head + dim(shortened(printable(hit.chunk.text), _room(head, 70))))


def _judgements(found: Trace) -> None:
    if found.findings:
        click.echo("\nfindings")
    for finding in found.findings:
        signals = dim(printable(", ".join(finding.signals)))
        said = f"{finding.stage} {finding.check} {finding.action} {finding.score:.2f} at {finding.where}"
        click.echo(f"  {said} {signals}")
    if found.scores:
        click.echo("\nscores")
    for score in found.scores:
        shown = f"{score.value:.3f}" if score.value is not None else score.state
        head = f"  {score.metric:<14} {shown}  "
        click.echo(head + dim(shortened(printable(score.detail), _room(head, 80))))


def _room(head: str, most: int) -> int:
    """Columns left behind ``head``, at least some and at most so many."""
    width = screen_width()
    return most if width is None else max(LEAST, min(most, width - columns(head)))
