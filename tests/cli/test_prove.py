"""evaluate and verdict: the page, exit codes, what a rerun reuses."""

from __future__ import annotations

import re


def test_go_ends_with_0_and_names_the_next_command(support):
    said = support("evaluate", "support")
    assert said.code == 0
    assert said.out.startswith("GO  pass_rate 100.0 %")
    assert "next: `gonogo deploy support@1` makes it live" in said.out


def test_a_broken_critical_task_is_no_go_and_ends_with_1(broken):
    said = broken("verdict", "support@2")
    assert said.code == 1
    assert said.out.startswith("NO-GO  ")
    assert "\n  warranty  golden/tasks.yaml:26\n" in said.out


def test_a_set_too_small_to_prove_anything_is_inconclusive_and_ends_with_3(live):
    live.edit("support/mission.yaml", "  mode: advisory\n", "")
    live.edit("support/prompts/system.md", "most two", "most three")
    said = live("evaluate", "support")
    assert said.code == 3
    assert said.out.startswith("INCONCLUSIVE  ")


def test_tasks_that_could_not_run_are_invalid_and_end_with_4(support):
    support.settings('[providers.gone]\nbase_url = "http://127.0.0.1:9/v1"\n')
    support.edit(
        "support/mission.yaml", "provider: builtin, model: extractive-small", "provider: gone, model: m-2024-01-01"
    )
    support.edit(
        "support/mission.yaml", "provider: builtin, model: extractive-large", "provider: gone, model: m-2024-01-01"
    )
    said = support("evaluate", "support")
    assert said.code == 4
    assert said.out.startswith("INVALID  ")
    assert "127.0.0.1:9" in said.out
    assert "did not run" in said.out
    assert "only tasks without a result are run" in said.out


def test_a_task_that_broke_shows_its_place_the_question_and_what_live_said(live):
    live.edit("support/knowledge/returns.md", "30 days", "14 days")
    said = live.fine("evaluate", "support")
    assert "return-period  golden/tasks.yaml:2" in said.out
    assert "asked       How many days do I have to return a light?" in said.out
    assert "answered    You can return a light within 14 days" in said.out
    assert "live said   You can return a light within 30 days" in said.out
    assert "why         contains: missing: '30 days'" in said.out


def test_no_reason_is_said_twice(live):
    live.edit("support/knowledge/returns.md", "30 days", "14 days")
    out = live.fine("evaluate", "support").out
    assert out.count("is not shown to stay within") == 1


def test_what_the_set_can_see_is_said_before_it_runs(support):
    assert "support@1: 6 golden tasks; can show a margin of" in support.fine("evaluate", "support").err


def test_drafts_are_counted_apart(support):
    support.edit("support/golden/tasks.yaml", "- id: warranty\n", "- id: warranty\n  draft: true\n")
    assert "5 golden tasks and 1 drafts that decide nothing" in support.fine("evaluate", "support").err


def test_as_json_the_verdict_is_all_of_standard_output(support):
    said = support.fine("evaluate", "support", "--json")
    assert said.json["outcome"] == "GO"
    assert said.err == ""


def test_a_name_gives_the_verdict_again_with_the_same_code(broken):
    shown = broken("verdict", "support@2")
    verdict_id = re.search(r"verdict ([0-9a-f]{32})", shown.out)
    assert verdict_id is not None
    again = broken("verdict", verdict_id[1])
    assert again == shown


def test_failed_lists_every_failed_task_and_not_only_the_named_ones(broken):
    broken.edit("support/golden/tasks.yaml", "contains: 12 hours", "contains: 99 hours")
    broken("evaluate", "support")
    assert "\n  battery-life  " not in broken("verdict", "support@3").out
    assert "\n  battery-life  " in broken("verdict", "support@3", "--failed").out


def test_a_verdict_as_json_holds_the_results(broken):
    said = broken("verdict", "support@2", "--json")
    assert said.code == 1
    assert said.json["verdict"]["outcome"] == "NO-GO"
    assert len(said.json["results"]) == 6 + 3  # the critical task that failed was asked again


def test_a_version_without_a_verdict_names_the_command_that_makes_one(support):
    support.fine("build", "support")
    said = support("verdict", "support@1")
    assert said.code == 65
    assert "gonogo evaluate support" in said.err


def test_a_rerun_of_the_same_behaviour_and_tasks_runs_nothing_again(support):
    first = support.fine("evaluate", "support", "--json").json
    assert support.fine("evaluate", "support@1", "--json").json["run_id"] == first["run_id"]


def test_fresh_runs_everything_again(support):
    first = support.fine("evaluate", "support", "--json").json
    assert support.fine("evaluate", "support@1", "--fresh", "--json").json["run_id"] != first["run_id"]


def test_only_the_golden_tasks_changed_is_go_without_a_comparison_of_answers(live):
    live.edit("support/golden/tasks.yaml", "How many years of warranty", "How many years of guarantee")
    assert live.fine("evaluate", "support").out.startswith("GO  ")


def test_a_folder_that_is_not_there_is_bad_input(shell):
    said = shell("evaluate", "nowhere/")
    assert said.code == 65
    assert "gonogo new" in said.err


def test_repeats_show_pass_at_k_and_pass_every_k_on_the_page_and_in_json(support):
    assert "pass@" not in support.fine("evaluate", "support").out
    page = support.fine("evaluate", "support", "--repeats", "2").out
    assert re.search(r"pass@2 100\.0 % \(95 % CI \d+\.\d\.\.100\.0\), pass\^2 100\.0 % .* on \d+ tasks\n", page)
    found = support.fine("evaluate", "support", "--repeats", "2", "--json").json
    assert found["outcome"] == "GO"
    assert [(at["k"], at["pass_every_k"][0]) for at in found["attempts"]] == [(1, 1.0), (2, 1.0)]


def test_a_python_file_beside_the_mission_judges_in_the_local_command_line(support):
    (support.folder / "support" / "tone.py").write_text(
        "def get_assert(output, context):\n    return 'rude' not in output\n"
    )
    (support.folder / "support" / "golden" / "tone.yaml").write_text(
        "- id: tone\n  question: How many days do I have to return a light?\n  expect: [{python: tone.py}]\n"
    )
    assert support.fine("evaluate", "support").out.startswith("GO  pass_rate 100.0 %")
    (support.folder / "support" / "tone.py").unlink()
    said = support("validate", "support")
    assert said.code == 65
    assert "golden/tone.yaml:3: expect.python: tone.py is not a file of the Mission folder" in said.out + said.err
