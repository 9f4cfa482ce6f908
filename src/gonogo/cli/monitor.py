"""Command monitor: how what is live fares, what changed, and what to do about it.

Here: parsing and phrasing. Not here: the statistics and the rolling back (``monitoring``).
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from gonogo.cli.deploy import environment_option
from gonogo.cli.output import dim, duration, json_option, moment, money, print_json, printable, say, shortened
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table

if TYPE_CHECKING:
    from gonogo.assembly import Workspace
    from gonogo.domain import Alert, RateReading
    from gonogo.monitoring import DriftReading, Live, MonitorReport, QuantileReading, RateWatch, Traffic

STATE_COLOURS = {"calm": "green", "watching": "cyan", "notice": "yellow", "alarm": "red"}


@click.command()
@click.argument("mission")
@environment_option
@click.option("--window", default=1000, show_default=True, type=click.IntRange(1, 10_000), help="Traces for rates.")
@click.option("--watch", is_flag=True, help="Look again and again until stopped.")
@click.option("--interval", default=5.0, show_default=True, type=click.FloatRange(0.1), help="Seconds between looks.")
@click.option("--roll-back", is_flag=True, help="Roll back when a rate of `monitors.roll_back_on` has risen.")
@json_option
@pass_session
def monitor(
    session: Session,
    mission: str,
    environment: str,
    window: int,
    watch: bool,
    interval: float,
    roll_back: bool,
    as_json: bool,
) -> int:
    """How MISSION's live Version fares: rates with intervals, tokens, cost, drift, alarms.

    Exit code 1 while an alarm stands, 0 otherwise.
    """

    from gonogo.monitoring import SignalMemory

    memory = SignalMemory()

    async def work(workspace: Workspace) -> MonitorReport:
        while True:
            report = await workspace.watch.monitor(
                mission, environment=environment, window=window, roll_back=roll_back, memory=memory
            )
            if watch and sys.stdout.isatty() and not as_json:
                click.clear()
            print_json(report) if as_json else print_report(report)
            if not watch:
                return report
            await asyncio.sleep(interval)

    return 1 if session.run(work).paging else 0


def print_report(report: MonitorReport) -> None:
    """One screen, top to bottom: release, verdict, alerts, rates, behaviour, traffic."""
    if report.live is None:
        click.echo(f"{report.note[:1].upper()}{report.note[1:]}.")
        return
    _print_strip(report.live)
    if report.note:
        say("  ", f"{printable(report.note)}.")
    if report.now is None or not report.now.requests:
        return
    colour = STATE_COLOURS.get(report.state)
    say(f"  {click.style(report.state.upper(), fg=colour, bold=True)}  ", _drift_line(report.drift), hang=4)
    for alert in report.alerts:
        _print_alert(alert)
    click.echo()
    _print_rates(report.now, report.before, report.watches)
    _print_costs(report.now, report.before)
    for shift in report.mix:
        said = f"traffic: topic {shift.topic!r} {_rate(shift.before)} -> {_rate(shift.after)} of requests"
        click.echo(dim(f"  {printable(said)} (informs, never pages)"))


def _print_strip(live: Live) -> None:
    where = click.style(f"{live.mission}:{live.environment}", bold=True)
    click.echo(f"{where}  serves {click.style(live.name, bold=True)}")
    good = f"{live.mission}@{live.last_good}" if live.last_good is not None else "none"
    why = f": {shortened(printable(live.reason), 100)}" if live.reason else ""
    click.echo(f"  since {moment(live.since)} by {printable(live.author)} ({live.kind}{why}); last good before: {good}")


def _drift_line(drift: DriftReading | None) -> str:
    from gonogo.monitoring import evidence_words

    if drift is None:
        return ""
    if drift.state == "too-little-data":
        return f"drift: too little data, needs {drift.needed} more Traces ({drift.of})"
    against = f"{drift.answers:,} answers against {drift.reference:,} of {drift.of}"
    evidence = f"drift: evidence {evidence_words(drift.evidence)}, an alarm needs {drift.threshold:,.0f}; {against}"
    if drift.state == "explained":
        return f"{evidence}; other questions explain it, or it is over"
    return evidence


def _print_alert(alert: Alert) -> None:
    from gonogo.monitoring import details

    click.echo()
    click.secho(f"  {printable(alert.message)}", fg="red" if alert.severity == "page" else "yellow", bold=True)
    for line in details(alert):
        say("    ", printable(line), hang=6)


def _print_rates(now: Traffic, before: Traffic | None, watches: tuple[RateWatch, ...]) -> None:
    by_name = {watch.name: watch for watch in watches}
    rows = []
    for reading in now.rates:
        then = None if before is None else before.rate(reading.name)
        watch = by_name.get(reading.name)
        rows.append(
            (
                reading.name.replace("_", " "),
                _rate(reading),
                "-" if then is None else _rate(then),
                "" if watch is None else _watch(watch),
            )
        )
    table(("RATE", f"@{now.version} NOW", "BEFORE" if before is None else f"@{before.version} BEFORE", "RISE"), rows)


def _watch(watch: RateWatch) -> str:
    from gonogo.monitoring import evidence_words

    evidence = f"evidence {evidence_words(watch.evidence)}, claim from {watch.threshold:,.0f}"
    if watch.state == "calm":
        return dim(evidence)
    if watch.state == "risen":
        return click.style(f"risen, {evidence}", fg="red")
    return dim({"nothing-before": "nothing to compare with", "nothing-now": "nothing judged yet"}.get(
        watch.state, f"too little before: {watch.before.total} judged"))  # fmt: skip


def _print_costs(now: Traffic, before: Traffic | None) -> None:
    click.echo()
    rows = [_cost_row(f"@{now.version} now", now)]
    if before is not None and before.requests:
        rows.append(_cost_row(f"@{before.version} before", before))
    tokens, times = ("TOKENS IN (CACHED)", "OUT (REASONING)"), ("P50", "P95", "CPU")
    table(
        ("WINDOW", "REQUESTS", *tokens, "COST A REQUEST", *times, "MODELS"), rows, yielding=("CPU", times[0], tokens[1])
    )


def _cost_row(name: str, traffic: Traffic) -> tuple[str, ...]:
    usage, cost = traffic.usage, traffic.cost
    unknown = f", {cost.unpriced} unknown" if cost.unpriced else ""
    p50, p95 = traffic.latency
    models = ", ".join(f"{printable(model.name)} {100 * (model.value or 0.0):.0f} %" for model in traffic.models)
    return (
        name,
        f"{traffic.requests:,}",
        f"{usage.input:,} ({usage.cached:,})",
        f"{usage.output:,} ({usage.reasoning:,})",
        money(cost.per_request) + unknown,
        _quantile(p50),
        _quantile(p95),
        duration(traffic.cpu),
        models or "-",
    )


def _quantile(reading: QuantileReading) -> str:
    if reading.value is None:
        return "-"
    low = "?" if reading.low is None else duration(reading.low)
    high = "?" if reading.high is None else duration(reading.high)
    return f"{duration(reading.value)} [{low}, {high}]"


def _rate(reading: RateReading) -> str:
    from gonogo.monitoring import phrased

    return phrased(reading)
