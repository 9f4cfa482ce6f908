"""The commands themselves, killed while they work: the store opens, and the next command goes on from there."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow


def test_a_killed_build_leaves_the_store_as_it_was_or_one_whole_version_more(kill):
    report = kill("build")
    assert report["at_work"] == 3
    assert set(report["found"]) <= {
        "as before",
        "one whole Version more",
        "a temporary file left beside mission.lock",
    }


def test_a_killed_evaluation_is_continued_and_comes_to_the_same_verdict(kill):
    assert kill("evaluate")["at_work"] == 3


def test_a_killed_deployment_leaves_the_pointer_where_its_history_says(kill):
    report = kill("deploy")
    assert report["at_work"] == 3
    assert set(report["found"]) <= {"as before", "moved"}


def test_every_complete_reply_of_a_killed_server_has_its_trace(kill):
    report = kill("load")
    assert report["at_work"] == 3
    assert report["found"]["JSON replies"] + report["found"]["streamed replies"] == report["acknowledged"]
    assert report["acknowledged"] >= 3


def test_replies_given_while_the_store_was_down_come_back_from_the_spool(kill):
    report = kill("outage")
    assert report["at_work"] == 1
    assert report["found"]["Traces in the spool"] >= report["acknowledged"] >= 1
