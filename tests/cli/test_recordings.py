"""An evaluation is recorded where the keys are, and replayed where they are not."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def recorded(slow, model_server):
    """``calls.jsonl`` beside the Mission; the server that answered is gone, and so is the store."""
    model_server.released.set()
    first = slow("evaluate", "support", "--record", "support/calls.jsonl", "--json")
    assert len(model_server.questions) == 6
    return slow, first.json


def test_a_replay_gives_the_verdict_of_the_recording_and_asks_nothing(recorded, model_server):
    shell, first = recorded
    again = shell("evaluate", "support", "--replay", "support/calls.jsonl", "--json")
    assert len(model_server.questions) == 6
    assert (again.json["outcome"], again.json["comparisons"]) == (first["outcome"], first["comparisons"])


def test_a_replay_needs_no_settings_of_the_provider_that_was_recorded(recorded):
    shell, first = recorded
    shell.settings('[providers.slow]\nbase_url = "http://127.0.0.1:9/v1"\napi_key_env = "NOT_SET"\n')
    assert shell("evaluate", "support", "--replay", "support/calls.jsonl", "--json").json["outcome"] == first["outcome"]


def test_a_changed_prompt_is_invalid_on_replay_and_the_verdict_says_which_task_and_how_to_record(recorded):
    shell, _ = recorded
    shell.edit("support/prompts/system.md", "You", "Today you")
    said = shell("evaluate", "support", "--replay", "support/calls.jsonl")
    assert said.code == 4
    assert "the system message changed" in said.out
    assert "--record support/calls.jsonl instead of --replay" in " ".join(said.out.split())


def test_a_recording_holds_no_key_and_no_address(slow, model_server, monkeypatch):
    monkeypatch.setenv("SLOW_KEY", "sk-very-secret-0123456789")
    slow.settings(f'[providers.slow]\nbase_url = "{model_server.url}"\napi_key_env = "SLOW_KEY"\n')
    model_server.released.set()
    slow("evaluate", "support", "--record", "calls.jsonl")
    written = (slow.folder / "calls.jsonl").read_text()
    assert len(written.splitlines()) == 6
    assert "secret" not in written
    assert "127.0.0.1" not in written


def test_recording_and_replaying_at_once_is_refused(support):
    said = support("evaluate", "support", "--record", "a.jsonl", "--replay", "a.jsonl")
    assert said.code == 2
    assert "give one of them" in said.err


def test_a_recording_that_is_not_there_is_named(support):
    said = support("evaluate", "support", "--replay", "none.jsonl")
    assert said.code == 65
    assert "there is no recording none.jsonl" in said.err


def test_a_cap_on_tokens_stops_an_evaluation_that_goes_on_with_the_same_command(slow, model_server):
    model_server.released.set()
    said = slow("evaluate", "support", "--max-tokens", "1")
    assert said.code == 4
    assert "Stopped by --max-tokens 1" in said.err
    assert len(model_server.questions) == 1
    slow("evaluate", "support", "--max-tokens", "1000000")
    assert len(model_server.questions) == 6


def test_a_cap_in_dollars_is_refused_where_no_price_is_known(slow, model_server):
    said = slow("evaluate", "support", "--max-cost", "1")
    assert said.code == 65
    assert "the price of model" in said.err
    assert json.dumps(model_server.questions) == "[]"
