"""Commands over keys: create, list, rotate, limit, revoke.

Here: parsing and showing a secret once. Not here: the verbs (``assembly.keys``), hashing (``access``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gonogo.access import ROLES, NewKey, Role
from gonogo.cli.moments import LENGTH
from gonogo.cli.output import counted, dim, duration, json_option, moment, money, print_json, printable
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table
from gonogo.domain import RateLimits

if TYPE_CHECKING:
    from gonogo.assembly import Workspace
    from gonogo.assembly.keys import ShownKey


LIFTED = ("requests-per-minute", "tokens-per-minute", "concurrency", "max-output-tokens", "daily-budget")


@click.group()
def keys() -> None:
    """Create, list, rotate, limit and revoke keys for the gateway. Once one exists, every request needs one."""


@keys.command()
@click.option("--role", type=click.Choice(ROLES), default="viewer", show_default=True)
@click.option("--tenant", default="default", show_default=True)
@click.option("--name", default="", help="What it is for, in your words.")
@click.option(
    "--mission", "missions", multiple=True, help="A Mission it may call; again for more (default: every one)."
)
@click.option("--expires", type=LENGTH, help="How long it opens: 24h, 30d (default: until it is revoked).")
@click.option("--requests-per-minute", type=click.IntRange(min=1), help="Most requests in 60 seconds.")
@click.option("--tokens-per-minute", type=click.IntRange(min=1), help="Most tokens, read and written, in 60 seconds.")
@click.option("--concurrency", type=click.IntRange(min=1), help="Most requests at once.")
@click.option("--max-output-tokens", type=click.IntRange(min=1), help="Most tokens written for one request.")
@click.option("--daily-budget", type=click.FloatRange(min=0), help="Most dollars a day (UTC).")
@json_option
@pass_session
def create(
    session: Session,
    role: Role,
    tenant: str,
    name: str,
    missions: tuple[str, ...],
    expires: float | None,
    requests_per_minute: int | None,
    tokens_per_minute: int | None,
    concurrency: int | None,
    max_output_tokens: int | None,
    daily_budget: float | None,
    as_json: bool,
) -> None:
    """Make a key. Its secret is shown once; the store keeps a keyed hash."""
    limits = RateLimits(
        requests_per_minute=requests_per_minute,
        tokens_per_minute=tokens_per_minute,
        concurrency=concurrency,
        max_output_tokens=max_output_tokens,
    )

    async def work(workspace: Workspace) -> tuple[bool, NewKey]:
        first = not await workspace.store.has_keys()
        made = await workspace.keys.create(
            role=role,
            tenant=tenant,
            name=name,
            missions=missions,
            valid_for=expires,
            limits=limits,
            daily_budget=daily_budget,
        )
        return first, made

    first, made = session.run(work)
    if as_json:
        print_json({"id": made.id, "secret": made.secret, **_fields(made)})
        return
    click.echo(made.secret)
    of = f" for {', '.join(missions)}" if missions else ""
    click.echo(f"Key {made.id}, role {role}, tenant {tenant}{of}. It is shown only this once.", err=True)
    if first:
        click.echo("From now on every request needs a key; a `gonogo serve` that runs asks within a second.", err=True)


@keys.command(name="list")
@json_option
@pass_session
def list_keys(session: Session, as_json: bool) -> None:
    """List keys, newest first. Secrets are not kept, so none is shown."""
    rows = session.run(lambda workspace: workspace.keys.list())
    if as_json:
        print_json(rows)
        return
    if not rows:
        click.echo("No keys: the gateway answers this machine only. `gonogo keys create` makes one.")
        return
    header = ("KEY", "ROLE", "TENANT", "MISSIONS", "CREATED", "STATE", "LIMITS", "NAME")
    table(header, [_line(row) for row in rows], yielding=("LIMITS", "CREATED", "MISSIONS"))


@keys.command()
@click.argument("key_id")
@click.option("--overlap", type=LENGTH, default="24h", show_default=True, help="How long the old secret still opens.")
@json_option
@pass_session
def rotate(session: Session, key_id: str, overlap: float, as_json: bool) -> None:
    """Give a key a new secret. Its id, role, Missions, limits and budget stay."""
    made = session.run(lambda workspace: workspace.keys.rotate(key_id, overlap=overlap))
    if as_json:
        print_json({"id": made.id, "secret": made.secret, "old_secret_until": made.key.previous_until})
        return
    click.echo(made.secret)
    click.echo(
        f"Key {key_id} has a new secret, shown only this once. The old one opens for {_length(overlap)}.", err=True
    )


@keys.command()
@click.argument("key_id")
@click.option("--requests-per-minute", type=click.IntRange(min=1), help="Most requests in 60 seconds.")
@click.option("--tokens-per-minute", type=click.IntRange(min=1), help="Most tokens, read and written, in 60 seconds.")
@click.option("--concurrency", type=click.IntRange(min=1), help="Most requests at once.")
@click.option("--max-output-tokens", type=click.IntRange(min=1), help="Most tokens written for one request.")
@click.option("--daily-budget", type=click.FloatRange(min=0), help="Most dollars a day (UTC).")
@click.option("--lift", multiple=True, type=click.Choice(LIFTED), help="A limit to take away; again for more.")
@json_option
@pass_session
def limit(
    session: Session,
    key_id: str,
    requests_per_minute: int | None,
    tokens_per_minute: int | None,
    concurrency: int | None,
    max_output_tokens: int | None,
    daily_budget: float | None,
    lift: tuple[str, ...],
    as_json: bool,
) -> None:
    """Change what a key may take; what is not named stays."""
    named = {
        "requests_per_minute": requests_per_minute, "tokens_per_minute": tokens_per_minute, "concurrency": concurrency,
        "max_output_tokens": max_output_tokens,
    }  # fmt: skip
    given = {name: number for name, number in named.items() if number is not None}
    gone = [name.replace("-", "_") for name in lift]
    if twice := {*given, *(["daily_budget"] if daily_budget is not None else ())} & {*gone}:
        raise click.UsageError(f"{', '.join(sorted(twice))} is both set and lifted")
    if not given and daily_budget is None and not gone:
        raise click.UsageError("name a limit to set, or one to --lift")

    async def work(workspace: Workspace) -> ShownKey:
        key = await workspace.keys.limit(key_id, lift=gone, daily_budget=daily_budget, **given)
        return shown(key, workspace.clock.now())

    from gonogo.assembly.keys import shown

    changed = session.run(work)
    if as_json:
        print_json(changed)
        return
    click.echo(f"Key {key_id} may take: {', '.join(_limits(changed)) or 'whatever the settings allow'}.")


@keys.command()
@click.argument("key_id")
@json_option
@pass_session
def revoke(session: Session, key_id: str, as_json: bool) -> None:
    """Refuse this key from now on, within a second everywhere."""
    session.run(lambda workspace: workspace.keys.revoke(key_id))
    if as_json:
        print_json({"id": key_id, "revoked": True})
        return
    click.echo(f"Key {key_id} is revoked.")


def _fields(made: NewKey) -> dict[str, object]:
    key = made.key
    return {
        "role": key.role,
        "tenant": key.tenant,
        "name": key.name,
        "missions": key.missions,
        "expires_at": key.expires_at,
        "limits": key.limits,
        "daily_budget": key.daily_budget,
    }


def _line(row: ShownKey) -> tuple[str, ...]:
    return (
        row.id,
        row.role,
        row.tenant,
        ", ".join(row.missions) or dim("all"),
        moment(row.created_at),
        _state(row),
        ", ".join(_limits(row)) or dim("-"),
        printable(row.name) or dim("-"),
    )


def _state(row: ShownKey) -> str:
    if row.revoked_at is not None:
        return f"revoked {moment(row.revoked_at)}"
    if row.expires_at is not None:
        return f"{'expired' if row.state == 'expired' else 'until'} {moment(row.expires_at)}"
    return row.state


def _limits(row: ShownKey) -> list[str]:
    limits = row.limits
    shown = [
        limits.requests_per_minute and f"{limits.requests_per_minute} requests/min",
        limits.tokens_per_minute and f"{limits.tokens_per_minute} tokens/min",
        limits.concurrency and f"{limits.concurrency} at once",
        limits.max_output_tokens and f"{limits.max_output_tokens} tokens out",
        None if row.daily_budget is None else f"{money(row.daily_budget)}/day",
    ]
    return [text for text in shown if text]


def _length(seconds: float) -> str:
    return counted(int(seconds // 3600), "hour") if seconds >= 3600 and seconds % 3600 == 0 else duration(seconds)
