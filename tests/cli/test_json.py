"""Every command that prints facts also prints them as JSON, and then nothing else."""

from __future__ import annotations

import json

import pytest

from gonogo.cli.app import COMMANDS, cli

QUESTION = "How many days do I have to return a light?"
WITHOUT = {"new", "serve", "schema"}
"""They make files, answer for ever, and print JSON anyway."""


def commands():
    for name in COMMANDS:
        command = cli.get_command(None, name)  # type: ignore[arg-type]
        for sub in getattr(command, "commands", {"": command}).values():
            yield name, sub


def test_every_command_offers_json():
    offering = {name for name, command in commands() if any("--json" in parameter.opts for parameter in command.params)}
    assert set(COMMANDS) - offering == WITHOUT


@pytest.mark.parametrize(
    "words",
    [
        "validate support", "build support", "log", "log support --part prompt", "show support@1",
        "diff support@1 support@1", "evaluate support", "verdict support@1", "deploy support@1", "status",
        "history support", "keys create", "keys list", "traces", "golden draft support", "monitor support",
        "classifiers list",
    ],
)  # fmt: skip
def test_standard_output_is_json_and_nothing_else(words, live):
    live.ask_live(QUESTION)
    json.loads(live.fine(*words.split(), "--json").out)


@pytest.mark.parametrize("words", ["log", "status", "traces", "keys list"])
def test_a_listing_of_nothing_is_an_empty_list(words, shell):
    assert shell.fine(*words.split(), "--json").json == []


def test_rollback_trace_and_diagnose_too(live):
    trace_id = live.ask_live(QUESTION)
    assert live.fine("trace", trace_id, "--json").json["id"] == trace_id
    assert live.fine("diagnose", trace_id, "--json").json["replay"] is None
    live.edit("support/prompts/system.md", "most two", "most three")
    live.fine("evaluate", "support", "--json")
    live.fine("deploy", "support@2", "--json")
    assert live.fine("rollback", "support", "--json").json["version"] == 1
