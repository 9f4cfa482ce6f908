"""ask, traces, trace, diagnose."""

from __future__ import annotations

import pytest

QUESTION = "How many days do I have to return a light?"
UNANSWERED = "Do you sell helmets for children?"


def test_ask_prints_the_answer_alone_on_standard_output(live):
    said = live.fine("ask", "support@1", QUESTION)
    assert said.out == "You can return a light within 30 days of delivery [knowledge/returns.md].\n"
    assert said.err.startswith("support@1, answered, model small, about ")


def test_ask_of_an_edited_folder_answers_from_the_edit_and_stores_nothing(live):
    live.edit("support/knowledge/returns.md", "30 days", "14 days")
    assert "14 days" in live.fine("ask", "support/", QUESTION).out
    assert "No Traces" in live.fine("traces").out


def test_ask_as_json_is_the_trace(live):
    trace = live.fine("ask", "support@1", QUESTION, "--json").json
    assert trace["outcome"] == "answered"
    assert trace["chunks"]


@pytest.mark.parametrize("words", [("", "x"), ("support", " ")])
def test_ask_needs_a_name_and_a_question(words, live):
    said = live("ask", *words)
    assert said.code == 65
    assert said.err.startswith("Error: ")


def test_traces_lists_the_newest_first_with_what_it_cost(live):
    live.ask_live(QUESTION)
    live.ask_live(UNANSWERED)
    lines = live.fine("traces").out.splitlines()
    assert UNANSWERED in lines[1]
    assert QUESTION in lines[2]
    assert "$0" in lines[2]


def test_traces_can_be_narrowed_and_none_like_that_is_said(live):
    live.ask_live(QUESTION)
    assert QUESTION in live.fine("traces", "support", "--version", "1", "--outcome", "answered").out
    assert live.fine("traces", "support", "--outcome", "failed").out.startswith("No Traces like that.")


def test_traces_as_json_is_a_list(live):
    trace_id = live.ask_live(QUESTION)
    assert [trace["id"] for trace in live.fine("traces", "--json").json] == [trace_id]
    assert live.fine("traces", "--outcome", "failed", "--json").json == []


def test_a_trace_is_found_by_the_beginning_that_the_listing_shows(live):
    trace_id = live.ask_live(QUESTION)
    shown = live.fine("traces").out.splitlines()[1].split()[0]
    assert trace_id.startswith(shown)
    assert live.fine("trace", shown).out.startswith(trace_id)


def test_a_trace_shows_steps_model_chunks_and_scores(live):
    out = live.fine("trace", live.ask_live(QUESTION)).out
    for step in ("input_guardrails", "cache_lookup", "retrieve", "route", "generate", "output_guardrails"):
        assert f"  {step} " in out
    assert "model    small" in out
    assert "cited knowledge/returns.md:" in out
    assert "  faithfulness " in out


def test_a_trace_that_is_not_there_names_the_listing(live):
    said = live("trace", "00000000")
    assert said.code == 65
    assert "gonogo traces" in said.err


def test_a_beginning_that_is_too_short_says_how_long(live):
    trace_id = live.ask_live(QUESTION)
    said = live("trace", trace_id[:4])
    assert said.code == 65
    assert "6 digits" in said.err


def test_diagnose_names_cause_file_and_the_next_command(live):
    trace_id = live.ask_live(UNANSWERED)
    out = live.fine("diagnose", trace_id).out
    assert "no-such-knowledge" in out
    assert "edit     knowledge/" in out
    assert f"gonogo diagnose {trace_id[:18]} --replay FOLDER" in out


def test_replay_asks_the_edited_folder(live):
    trace_id = live.ask_live(QUESTION)
    assert "the folder now answers: the same answer" in live.fine("diagnose", trace_id, "--replay", "support").out
    live.edit("support/knowledge/returns.md", "30 days", "14 days")
    assert "within 14 days" in live.fine("diagnose", trace_id, "--replay", "support").out


def test_golden_keeps_the_case_as_a_draft_that_validates(live):
    trace_id = live.ask_live(UNANSWERED)
    live.fine("diagnose", trace_id, "--golden", "support/golden/from-traces.yaml")
    live.fine("validate", "support")
    text = (live.folder / "support/golden/from-traces.yaml").read_text()
    assert f"id: trace-{trace_id[:12]}" in text
    assert "draft: true" in text


def test_golden_adds_to_a_file_and_loses_nothing_of_it(live):
    before = (live.folder / "support/golden/tasks.yaml").read_text()
    live.fine("diagnose", live.ask_live(UNANSWERED), "--golden", "support/golden/tasks.yaml")
    assert (live.folder / "support/golden/tasks.yaml").read_text().startswith(before)
    assert "7 golden tasks" not in live.fine("evaluate", "support").err


def test_the_same_case_is_kept_once(live):
    trace_id = live.ask_live(UNANSWERED)
    live.fine("diagnose", trace_id, "--golden", "kept.yaml")
    said = live("diagnose", trace_id, "--golden", "kept.yaml")
    assert said.code == 65
    assert "already" in said.err


@pytest.mark.parametrize("content", ["a: mapping\n", "- [unclosed\n", b"\xff\xfe"])
def test_a_file_that_is_no_list_of_tasks_is_left_as_it_is(content, live):
    path = live.folder / "other.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = path.read_bytes()
    said = live("diagnose", live.ask_live(UNANSWERED), "--golden", "other.yaml")
    assert said.code == 65
    assert path.read_bytes() == before


def test_a_golden_file_in_no_folder_is_refused(live):
    said = live("diagnose", live.ask_live(UNANSWERED), "--golden", "nowhere/x.yaml")
    assert said.code == 65
    assert "there is no folder nowhere" in said.err


def test_diagnose_as_json_is_whole(live):
    found = live.fine("diagnose", live.ask_live(UNANSWERED), "--replay", "support", "--json").json
    assert found["diagnosis"]["cause"] == "no-such-knowledge"
    assert found["replay"]["mission"] == "support"
