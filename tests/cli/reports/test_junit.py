"""JUnit XML of a Verdict, as a parser reads it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from gonogo.cli.reports.junit import written


def test_the_verdict_is_a_test_case_and_so_is_every_task(shown):
    root = ElementTree.fromstring(written(shown(tasks=3)))
    assert root.tag == "testsuites"
    cases = root.findall("testsuite/testcase")
    assert [case.get("name") for case in cases] == ["m@2 against live m@1", "task-0000", "task-0001", "task-0002"]
    assert (cases[1].get("file"), cases[1].get("line"), cases[1].get("time")) == ("golden/tasks.yaml", "1", "0.250")
    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == ("4", "4", "0", "0")


@pytest.mark.parametrize(
    ("given", "kind"), [({}, "failure"), ({"passed": None}, "error"), ({"draft": True}, "skipped")]
)
def test_failed_is_a_failure_did_not_run_an_error_and_a_draft_is_skipped(shown, given, kind):
    case = ElementTree.fromstring(written(shown(**given))).findall("testsuite/testcase")[1]
    assert [child.tag for child in case] == [kind]


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [("GO", "system-out"), ("NO-GO", "failure"), ("INCONCLUSIVE", "failure"), ("INVALID", "error")],
)
def test_the_verdict_fails_unless_it_is_go(shown, outcome, kind):
    case = ElementTree.fromstring(written(shown(outcome))).findall("testsuite/testcase")[0]
    assert [child.tag for child in case] == [kind]


def test_what_xml_cannot_carry_is_shown_and_quotes_end_nothing(shown, nasty):
    root = ElementTree.fromstring(written(shown(answer=nasty, line=f"NO-GO  {nasty}")).encode())
    failure = root.findall("testsuite/testcase/failure")[1]
    assert failure.text is not None
    assert "\\x00\\x1b[31m" in failure.text
    assert "\\xd800" in failure.text
    assert "\"quoted\" 'too'" in failure.get("message", "")
    assert "```\n</details>" in failure.get("message", "")


def test_a_task_that_was_not_needed_is_skipped(shown):
    found = shown(tasks=2)
    run = found.proof.run
    from dataclasses import replace

    from msgspec import structs

    from gonogo.cli.reports.shown import Shown

    short = Shown(replace(found.proof, run=structs.replace(run, results=run.results[:1])))
    assert ElementTree.fromstring(written(short)).get("skipped") == "1"
