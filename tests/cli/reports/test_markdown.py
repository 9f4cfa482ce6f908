"""Markdown of a Verdict: what it says, that texts stay texts, and its bound."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

from gonogo.cli.reports.markdown import MOST_OF_COMMENT, fenced, paragraph, units, written


def test_it_opens_with_the_outcome_and_what_was_compared(shown):
    assert written(shown()).startswith("## ❌ NO-GO: m@2 against live m@1\n\npass\\_rate -20.0 pts\n")


def test_metrics_stand_with_their_intervals(shown):
    row = "| pass\\_rate | 1 | 0.0 % | 100.0 % | -20.0 \\[-30.0, -10.0\\] | -5 |"
    assert row in written(shown()).splitlines()
    assert "in brackets 90 % intervals" in written(shown())


def test_a_reason_that_the_line_holds_is_not_said_twice(shown):
    assert "- **NO-GO** critical: a critical task failed" in written(shown())
    assert written(shown(line="NO-GO  a critical task failed")).count("a critical task failed") == 1


def test_an_answer_that_changed_is_folded_as_a_diff(shown):
    text = written(shown())
    assert "<details><summary><b>task-0000</b> broke <code>golden/tasks.yaml:1</code></summary>" in text
    assert "```diff\n- 30 days\n+ 14 days\n```" in text


def test_texts_stay_inside_their_fence_and_call_nobody(shown, nasty):
    text = written(shown(answer=nasty, before=nasty + "!", line=f"NO-GO  {nasty}"))
    outside = "".join(token.content for token in MarkdownIt("commonmark").parse(text) if token.type != "fence")
    assert "<script>" not in re.sub(r"\\<script\\>", "", outside)
    assert not re.search(r"(?<!\w)@octocat|#12", outside)
    assert "\x00" not in text
    assert "\x1b" not in text
    assert outside.count("</details>") == outside.count("<details>")


def test_a_fence_is_longer_than_any_in_the_text():
    assert fenced("a ```` b").startswith("`````text\n")


def test_a_number_at_the_start_makes_no_list():
    assert paragraph("1. broke") == "1\\. broke"
    assert paragraph("-1 pts") == "\\-1 pts"


def test_a_comment_never_passes_the_bound_and_says_what_it_left_out(shown):
    text = written(shown(tasks=400, answer="x" * 3_000))
    assert units(text) <= MOST_OF_COMMENT
    assert re.search(r"_3\d\d tasks left out: this text may hold 65000 characters\._", text)
    assert text.rstrip().endswith("</sub>")
    assert text.count("<details>") == text.count("</details>")


def test_signs_beyond_16_bits_count_twice(shown):
    text = written(shown(tasks=60, answer="🦜" * 900))
    assert len(text.encode("utf-16-le")) // 2 <= MOST_OF_COMMENT


def test_one_long_answer_is_cut_with_the_number_of_characters_that_are_missing(shown):
    assert "(6000 more characters)" in written(shown(answer="x" * 10_000))
