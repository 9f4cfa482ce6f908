"""--report: where reports go, what is refused, what a failure to write does."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gonogo.cli.reports import targets
from gonogo.cli.verdict_page import print_verdict


def test_several_reports_are_written_beside_the_page(broken):
    said = broken("verdict", "support@2", "--report", "v.md", "--report", "v.html", "--report", "junit=out.txt")
    assert said.code == 1
    assert said.out.startswith("NO-GO  ")
    assert (broken.folder / "v.md").read_text(encoding="utf-8").startswith("## ❌ NO-GO: support@2")
    assert (broken.folder / "v.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert ElementTree.fromstring((broken.folder / "out.txt").read_text()).get("failures") == "2"
    assert sorted(path.name for path in broken.folder.iterdir() if ".part" in path.name) == []


def test_evaluate_writes_them_too_and_json_stays_alone_on_standard_output(live):
    live.edit("support/knowledge/lights.md", "3 years", "2 years")
    said = live("evaluate", "support", "--json", "--report", "v.json")
    written = json.loads((live.folder / "v.json").read_text())
    assert written["verdict"]["id"] == said.json["id"]
    assert len(written["results"]) == 6


def test_a_dash_takes_the_place_of_the_page(broken):
    said = broken("verdict", "support@2", "--report", "markdown=-")
    assert said.out.startswith("## ❌ NO-GO: support@2")
    assert "next:" not in said.out


def test_a_workflow_is_annotated_at_the_golden_file_and_its_summary_is_added_to(broken, monkeypatch):
    summary = broken.folder / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_WORKSPACE", str(broken.folder))
    said = broken("verdict", "support@2", "--json", "--report", "github")
    assert said.json["verdict"]["outcome"] == "NO-GO"
    assert "::error file=support/golden/tasks.yaml,line=26,title=gonogo%3A warranty broke::" in said.err
    assert summary.read_text(encoding="utf-8").startswith("before\n## ❌ NO-GO")


@pytest.mark.parametrize(
    ("wanted", "said", "code"),
    [
        (["gone/v.md"], "there is no folder gone", 65),
        (["support"], "of what kind?", 2),
        (["v.txt"], "of what kind?", 2),
        (["pdf=v.pdf"], "of what kind?", 2),
        (["v.md", "markdown=v.md"], "two of them go to v.md", 2),
        (["markdown=-", "junit=-"], "two of them go to standard output", 2),
        (["html=support"], "is a folder", 65),
    ],
)
def test_what_can_never_be_written_is_refused_before_anything_is_run(support, wanted, said, code):
    options = [word for one in wanted for word in ("--report", one)]
    refused = support("evaluate", "support", *options)
    assert refused.code == code
    assert said in refused.err
    assert support("log", "support").code == 65  # nothing was built


def test_json_and_a_report_on_standard_output_are_refused(support):
    assert support("evaluate", "support", "--json", "--report", "markdown=-").code == 2


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk without room."""

    def refuse(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(targets, "_replace", refuse)


@pytest.mark.usefixtures("full")
def test_a_go_whose_report_cannot_be_written_is_no_success_and_the_verdict_is_kept(support):
    said = support("evaluate", "support", "--report", "v.md")
    assert said.code == 75
    assert said.out.startswith("GO  ")
    assert "v.md was not written: No space left on device. The Verdict is stored" in said.err
    assert support("verdict", "support@1").code == 0


@pytest.mark.usefixtures("full")
def test_a_no_go_keeps_its_code_and_the_other_reports_are_written(broken, capsys):
    said = broken("verdict", "support@2", "--report", "v.md", "--report", "github")
    assert said.code == 1
    assert "v.md was not written" in said.err
    assert "::error" in said.err


def test_a_file_that_is_replaced_is_never_left_half_written(tmp_path, monkeypatch):
    path = tmp_path / "v.md"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("no")))
    with pytest.raises(OSError, match="no"):
        targets._replace(path, b"new")
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["v.md"]


def test_what_an_upstream_said_never_begins_a_line_of_the_page(shown, capsys):
    print_verdict(shown(line="INVALID  upstream: no\n::add-mask::secret", outcome="INVALID").proof)
    assert "\n::add-mask::" not in capsys.readouterr().out
