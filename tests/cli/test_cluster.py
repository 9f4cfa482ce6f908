from __future__ import annotations

import sys

import pytest


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--workers", "2"], "--workers counts the processes of --on ray"),
        (["--on", "ray", "--replay", "calls.jsonl"], "--record and --replay use a file of this machine"),
        (["--on", "ray", "--record", "calls.jsonl"], "--record and --replay use a file of this machine"),
    ],
)
def test_options_that_contradict_each_other_are_refused_before_anything_is_built(support, words, said):
    refused = support("evaluate", "support", *words)
    assert refused.code == 2
    assert said in refused.err


def test_on_ray_without_ray_prints_the_install_line(support, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    refused = support("evaluate", "support", "--on", "ray")
    assert refused.code == 65
    assert "--on ray needs an optional part that is not installed: pip install 'gonogo[ray]'" in refused.err


def test_a_server_is_never_asked_to_use_this_machine_s_cluster(shell):
    refused = shell("--server", "http://127.0.0.1:9", "evaluate", "support", "--on", "ray")
    assert refused.code == 2
    assert "leave --server out" in refused.err
