"""Annotations and the summary of a step."""

from __future__ import annotations

from pathlib import Path

from gonogo.cli.reports.github import MOST_OF_A_KIND, MOST_OF_SUMMARY, annotated, command, summary

HERE = Path("missions/support")


def test_a_task_is_annotated_where_it_stands(shown):
    assert annotated(shown(), HERE) == [
        "::error title=gonogo%3A NO-GO m@2::NO-GO  pass_rate -20.0 pts".replace("  ", " "),
        "::error file=missions/support/golden/tasks.yaml,line=1,title=gonogo%3A task-0000 broke"
        "::contains: missing: 14 days",
    ]


def test_what_would_end_a_command_or_a_property_is_escaped():
    said = command("error", "50 % off\r\n::set-env name=A::b", file="a,b:c.yaml", title="x")
    assert said == "::error file=a%2Cb%3Ac.yaml,title=x::50 %25 off%0D%0A::set-env name=A::b"


def test_an_annotation_is_one_line_whatever_was_answered(shown, nasty):
    assert all("\n" not in line for line in annotated(shown(answer=nasty, line=f"NO-GO  {nasty}"), HERE))


def test_no_more_than_github_shows_and_the_last_tells_of_the_rest(shown):
    lines = annotated(shown(tasks=30), HERE)
    assert len(lines) == MOST_OF_A_KIND
    assert "22 more tasks: task-0008, task-0009" in lines[-1]
    assert len(annotated(shown(tasks=9), HERE)) == MOST_OF_A_KIND


def test_under_go_only_what_broke_is_named_and_as_a_warning(shown):
    assert [line.split()[0] for line in annotated(shown("GO"), HERE)] == ["::notice", "::warning"]
    assert len(annotated(shown("GO", broke=False), HERE)) == 1


def test_without_a_known_folder_no_file_is_named(shown):
    assert not any("file=" in line for line in annotated(shown()))


def test_a_summary_keeps_within_what_is_left_of_the_bound(shown):
    found = shown(tasks=2_000, answer="ü" * 3_000)
    there = 400_000
    [text] = summary(found, there)
    assert len(text.encode()) + there <= MOST_OF_SUMMARY
    assert "left out" in text
    assert list(summary(found, MOST_OF_SUMMARY - 100)) == []
