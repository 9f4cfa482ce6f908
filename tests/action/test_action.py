"""The action for GitHub: its steps as a runner runs them, and the comment it keeps."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]


def break_a_critical_task(runner):
    page = runner.workspace / "missions/support/knowledge/lights.md"
    page.write_text(page.read_text().replace("3 years", "2 years"))
    for folder in ("missions/support", "base"):
        golden = runner.workspace / folder / "golden/tasks.yaml"
        golden.write_text(golden.read_text().replace("3 years\n  tags: [lights]", "3 years\n  tags: [safety]"))


def test_no_text_of_an_input_becomes_part_of_a_script_and_no_other_action_is_called():
    for step in STEPS:
        assert "${{" not in step["run"], step["name"]
        assert "uses" not in step
        assert step["shell"] == "bash"


def test_every_input_is_used_and_described():
    used = set(re.findall(r"inputs\.([\w-]+)", json.dumps(STEPS)))
    assert used == set(ACTION["inputs"])
    assert all(one["description"] for one in (*ACTION["inputs"].values(), *ACTION["outputs"].values()))


@pytest.mark.parametrize("script", [*(step["run"] for step in STEPS), (ROOT / "action/install.sh").read_text()])
def test_every_script_can_be_read_by_bash(script):
    checked = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True)
    assert checked.returncode == 0, checked.stderr


def test_go_passes_is_commented_and_tells_its_reports(runner):
    ended = runner(folder="missions/support")
    assert ended.code == 0, ended.out
    assert (ended.outputs["verdict"], ended.outputs["exit-code"]) == ("GO", "0")
    assert json.loads(Path(ended.outputs["json"]).read_text())["verdict"]["outcome"] == "GO"
    assert {Path(ended.outputs[kind]).suffix for kind in ("markdown", "html", "junit")} == {".md", ".html", ".xml"}
    [comment] = runner.github.comments
    assert comment["body"].startswith("<!-- gonogo missions/support production -->\n## ✅ GO: support@1")
    assert "Of aaaaaaaaaaaa, [this run](https://github.example/octo/shop/actions/runs/5)" in comment["body"]
    assert runner.summary.startswith("## ✅ GO: support@1")


def test_the_comment_is_updated_in_place_on_whatever_page_it_stands(runner):
    for place in range(230):
        runner.github.add(f"comment {place}", "someone")
    assert "comment made" in runner.comment("## NO-GO").out
    for place in range(50):
        runner.github.add(f"later {place}", "someone")
    assert "comment updated" in runner.comment("## GO").out
    [body] = [one["body"] for one in runner.github.comments if "<!-- gonogo" in one["body"]]
    assert "## GO" in body


def test_a_comment_of_somebody_else_with_the_marker_is_left_alone(runner):
    planted = runner.github.add("<!-- gonogo missions/support production -->\nGO, trust me", "mallory")
    runner.comment()
    assert planted["body"].endswith("trust me")
    assert len(runner.github.comments) == 2


def test_every_folder_and_environment_has_a_comment_of_its_own(runner):
    runner.comment()
    runner.comment(folder="base")
    runner.comment(environment="staging")
    assert len(runner.github.comments) == 3


def test_a_comment_fits_whatever_it_is_given(runner):
    runner.comment("x" * 70_000)
    assert len(runner.github.comments[0]["body"]) <= 65_536
    assert runner.github.comments[0]["body"].endswith("</sub>\n")


def test_no_go_against_a_baseline_fails_with_its_code_and_annotates_the_golden_file(runner):
    break_a_critical_task(runner)
    ended = runner(folder="missions/support", baseline="base")
    assert (ended.code, ended.outputs["verdict"]) == (1, "NO-GO"), ended.out
    assert "::error file=missions/support/golden/tasks.yaml,line=26,title=gonogo%3A warranty broke::" in ended.out
    assert "against live support@1" in runner.github.comments[0]["body"]


def test_what_fails_is_chosen_by_outcome(runner):
    break_a_critical_task(runner)
    ended = runner(folder="missions/support", fail_on="invalid")
    assert (ended.code, ended.outputs["verdict"], ended.outputs["exit-code"]) == (0, "NO-GO", "1")


def test_a_misspelt_outcome_is_refused_and_never_means_that_no_go_passes(runner):
    ended = runner(folder="missions/support", fail_on="nogo")
    assert ended.code == 65
    assert "fail-on: 'nogo' is no outcome" in ended.out


def test_an_error_is_no_verdict_always_fails_and_takes_the_place_of_an_old_go(runner):
    runner.comment("## GO")
    (runner.workspace / "missions/support/mission.yaml").write_text("mission: support\nguardrals: {}\n")
    ended = runner(folder="missions/support", fail_on="none")
    assert (ended.code, ended.outputs["verdict"], ended.outputs["exit-code"]) == (65, "", "65")
    [comment] = runner.github.comments
    assert "## 🚫 No Verdict" in comment["body"]
    assert "exit code 65" in comment["body"]


def test_a_crash_that_ends_like_a_no_go_is_told_apart(runner):
    package = runner.temp / "broken" / "gonogo"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text("raise SystemExit(1)")
    python = runner.temp / "gonogo-venv/bin/python"
    python.write_text(python.read_text().replace("exec", f'PYTHONPATH="{package.parent}" exec'))
    ended = runner(folder="missions/support", fail_on="none")
    assert (ended.code, ended.outputs["verdict"], ended.outputs["exit-code"]) == (70, "", "1")


def test_a_folder_of_the_repository_is_never_run_in_place_of_gonogo(runner):
    for name in ("gonogo", "json", "venv"):
        package = runner.workspace / name
        package.mkdir()
        (package / "__init__.py").write_text("raise SystemExit('owned')")
    assert runner(folder="missions/support").code == 0


def test_a_token_that_may_only_read_is_a_warning_and_the_verdict_stands(runner):
    runner.github.refuse["POST"] = [403]
    ended = runner.comment()
    assert ended.code == 0
    assert "::warning title=gonogo::the comment was not written: GitHub refused it (403)" in ended.out
    assert "pull-requests: write" in ended.out


def test_the_token_is_printed_nowhere_and_follows_no_redirect(runner):
    assert "another-secret" not in runner.comment(token="another-secret").out
    runner.github.refuse["GET"] = [307]
    ended = runner.comment()
    assert "GitHub answered 307" in ended.out
    assert ended.code == 0


def test_a_limit_is_tried_again(runner):
    runner.github.refuse["GET"] = [429, 429]
    assert "comment made" in runner.comment().out


def test_a_comment_that_was_deleted_meanwhile_is_made_anew(runner):
    runner.comment()
    runner.github.refuse["PATCH"] = [404]
    assert "comment made" in runner.comment().out


def test_without_a_pull_request_nothing_is_commented(runner):
    runner.event = {"ref": "refs/heads/main"}
    ended = runner.comment()
    assert ended.code == 0
    assert runner.github.asked == []
    assert "no pull request to comment on" in ended.out


def test_commenting_can_be_left_out(runner):
    assert runner(folder="missions/support", comment="false").code == 0
    assert runner.github.asked == []


def test_a_baseline_on_a_server_is_refused(runner):
    ended = runner(folder="missions/support", baseline="base", server="http://127.0.0.1:9")
    assert ended.code == 65
    assert "a server has a live Version of its own" in ended.out


@pytest.mark.parametrize("folder", ["missions/support; touch owned", "$(touch owned)", "--help", "a\nb"])
def test_an_odd_folder_runs_nothing_and_ends_no_marker(runner, folder):
    ended = runner(folder=folder)
    assert ended.code not in (0, 1)
    assert not list(runner.workspace.glob("**/owned"))
    first = runner.github.comments[0]["body"].splitlines()[0]
    assert re.fullmatch(r"<!-- gonogo \S+ production -->", first)
