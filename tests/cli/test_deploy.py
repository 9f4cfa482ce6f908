"""deploy, rollback, status, history."""

from __future__ import annotations

import subprocess
import sys


def second(shell):
    """``support@2``, proven against what is live as far as an advisory gate asks."""
    shell.edit("support/prompts/system.md", "most two", "most three")
    shell.fine("evaluate", "support")


def test_the_first_deployment_says_where_and_what_next(support):
    support.fine("evaluate", "support")
    said = support.fine("deploy", "support@1")
    assert said.out.startswith("support:production now serves support@1 (deploy)\n")
    assert "from edit to live:" in said.out
    assert "gonogo serve" in said.out


def test_without_a_verdict_nothing_goes_live_and_the_exit_code_is_4(support):
    said = support("deploy", "support")
    assert said.code == 4
    assert "gonogo evaluate support@1" in said.err
    assert "Nothing is live yet" in support.fine("status").out


def test_no_go_is_refused_with_1_and_the_reason(broken):
    said = broken("deploy", "support@2")
    assert said.code == 1
    assert "warranty" in said.err
    assert "support:production  serves support@1" in broken.fine("status").out


def test_an_override_is_shown_in_status_and_history_with_its_reason(broken):
    said = broken.fine("deploy", "support@2", "--override", "the shop is down")
    assert "OVERRIDE: the shop is down" in said.out
    assert "the shop is down" in broken.fine("status").out
    assert "OVERRIDE: the shop is down" in broken.fine("history", "support").out


def test_an_override_needs_a_reason(broken):
    said = broken("deploy", "support@2", "--override", " ")
    assert said.code == 65
    assert "needs a reason" in said.err
    assert broken("deploy", "support@2", "--override").code == 2


def test_an_override_that_was_not_needed_is_not_recorded_and_that_is_said(support):
    support.fine("evaluate", "support")
    said = support.fine("deploy", "support@1", "--override", "to be sure")
    assert "not needed" in said.out
    assert "OVERRIDE" not in support.fine("history", "support").out


def test_what_is_live_already_stays_and_that_is_said(live):
    assert "already serves support@1; nothing was changed" in live.fine("deploy", "support@1").out
    assert len(live.fine("history", "support", "--json").json) == 1


def test_an_advisory_deployment_is_marked(live):
    second(live)
    assert "ADVISORY" in live.fine("deploy", "support@2").out
    assert "ADVISORY" in live.fine("history", "support").out
    assert "advisory" in live.fine("status").out


def test_rollback_serves_what_was_live_before_and_keeps_the_history(live):
    second(live)
    live.fine("deploy", "support@2")
    assert "now serves support@1 (rollback)" in live.fine("rollback", "support", "-m", "complaints").out
    changes = [(row["kind"], row["version"]) for row in live.fine("history", "support", "--json").json]
    assert changes == [("rollback", 1), ("deploy", 2), ("deploy", 1)]
    assert "complaints" in live.fine("history", "support").out


def test_there_must_be_something_to_go_back_to(live):
    said = live("rollback", "support")
    assert said.code == 65
    assert "nothing before it" in said.err


def test_rollback_to_what_was_never_live_names_what_was(live):
    second(live)
    said = live("rollback", "support", "--to", "2")
    assert said.code == 65
    assert "@1" in said.err


def test_status_says_that_the_folder_was_edited_and_which_parts(live):
    assert "its folder is unchanged" in live.fine("status").out
    live.edit("support/prompts/system.md", "most two", "most three")
    live.edit("support/knowledge/returns.md", "30 days", "14 days")
    assert (
        "its folder was edited since: prompt, index (1 chunk); answers come from support@1" in live.fine("status").out
    )


def test_status_of_a_folder_that_is_gone_or_broken_says_so(live):
    live.edit("support/mission.yaml", "retrieval:", "retreival:")
    assert "cannot be built now" in live.fine("status").out


def test_status_as_json_names_the_edited_parts(live):
    live.edit("support/prompts/system.md", "most two", "most three")
    [row] = live.fine("status", "--json").json
    assert row["name"] == "support@1"
    assert row["folder_edited"] is True
    assert row["edited_parts"] == ["prompt"]


def test_an_environment_of_its_own_is_deployed_and_shown_apart(live):
    second(live)
    live.fine("deploy", "support@1", "-e", "staging")
    assert "support:staging  serves support@1" in live.fine("status", "support").out
    assert "deployed to elsewhere yet" in live.fine("history", "support", "-e", "elsewhere").out


def test_a_built_mission_that_was_never_deployed_has_an_empty_status_and_history(support):
    support.fine("build", "support")
    assert "Nothing of support is live yet" in support.fine("status", "support").out
    assert "Nothing of support was deployed yet" in support.fine("history", "support").out
    assert support("rollback", "support").code == 65


def test_of_two_deployments_at_once_exactly_one_wins_and_the_other_is_told(support):
    """Both were proven against nothing being live; the one that comes second no longer is."""
    support.fine("evaluate", "support")
    support.edit("support/prompts/system.md", "most two", "most three")
    support.fine("evaluate", "support")
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "gonogo", "deploy", f"support@{number}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in (1, 2)
    ]
    said = [process.communicate() for process in both]
    codes = [process.returncode for process in both]
    assert sorted(code == 0 for code in codes) == [False, True], said
    loser = 0 if codes[0] else 1
    assert codes[loser] in (1, 3, 4, 75)
    assert said[loser][1].startswith("Error: ")
    [only] = support.fine("history", "support", "--json").json
    assert only["version"] == (2 if loser == 0 else 1)
