"""Where each command runs when a server is named: there, here and said why, or here without a store.

A new command is entered in the table by whoever adds it: that is the point.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gonogo.cli.app import cli
from gonogo.cli.remote.places import LOCAL, NO_STORE, PARTLY, SERVED
from gonogo.gateway.api.table import ENDPOINTS

ROUTES = {f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS}
OVER_HTTP_ONLY = {
    "GET /api/missions", "GET /api/versions/{name}/golden", "GET /api/verdicts",
    "GET /api/operations", "GET /api/operations/{id}", "DELETE /api/operations/{id}",
    "GET /api/environments/{mission}/{environment}", "GET /api/classifiers/{name}/comparisons",
}  # fmt: skip
"""Parts of what some command shows as one, and what a command does by waiting."""
ROWS = ("--data", "settings.toml")
WORDS = {
    "serve": (), "backup": ("copy.db",), "restore": ("copy.db",), "import": ("table", "settings.toml", "--into", "x"),
    "knowledge status": ("support",),
    "classifiers train": ("x",),
    "classifiers evaluate": ("toxicity", *ROWS), "classifiers compare": ("a", "b", *ROWS),
}  # fmt: skip


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command that does something, by its words."""
    if not isinstance(command, click.Group):
        yield " ".join(path)
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from leaves(found, (*path, name))


def test_every_command_has_its_place_and_only_one():
    places = [*SERVED, *LOCAL, *NO_STORE]
    assert sorted(places) == sorted(set(places))
    assert set(places) == set(leaves(cli))


def test_every_route_that_a_command_is_said_to_ask_is_one_and_every_route_has_a_command():
    asked = {route for routes in SERVED.values() for route in routes}
    assert asked <= ROUTES
    assert asked | OVER_HTTP_ONLY == ROUTES


def test_the_page_about_the_api_shows_the_table():
    page = (Path(__file__).parents[2] / "docs/api.md").read_text(encoding="utf-8")
    for command in (*SERVED, *LOCAL):
        assert f"`gonogo {command}`" in page


@pytest.mark.parametrize("command", LOCAL)
def test_what_is_local_by_nature_says_so_and_why_in_one_line(shell, monkeypatch, command):
    monkeypatch.setenv("GONOGO_SERVER", "http://127.0.0.1:1")
    (shell.folder / "settings.toml").write_text("")
    refused = shell(*command.split(), *WORDS[command])
    assert refused.code == 65
    assert LOCAL[command] in refused.err
    assert "--server" in refused.err
    assert len(refused.err.strip().splitlines()) == 1


def test_reasons_are_clauses():
    assert all(why.startswith("as ") for why in (*LOCAL.values(), *PARTLY.values()))
