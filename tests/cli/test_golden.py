"""golden: draft, add, check, status, promote."""

from __future__ import annotations

import pytest
import yaml

from gonogo.building.golden_writing import tasks_as_yaml
from gonogo.domain import Assertion, GoldenTask


def test_drafts_are_a_golden_file_that_validates_and_decides_nothing(support):
    said = support.fine("golden", "draft", "support", "--out", "support/golden/drafts.yaml")
    assert "Read each one" in said.out
    assert support.fine("evaluate", "support").err.startswith("support@1: 6 golden tasks and ")


def test_drafts_go_to_standard_output_where_no_file_is_named(support):
    drafts = yaml.safe_load(support.fine("golden", "draft", "support", "--limit", "2").out)
    assert len(drafts) == 2
    assert all(task["draft"] is True for task in drafts)


def test_as_json_they_are_a_list(support):
    assert support.fine("golden", "draft", "support", "--limit", "1", "--json").json[0]["draft"] is True


def test_a_file_is_never_written_over(support):
    (support.folder / "mine.yaml").write_text("mine")
    said = support("golden", "draft", "support", "--out", "mine.yaml")
    assert said.code == 65
    assert (support.folder / "mine.yaml").read_text() == "mine"


def test_documents_without_a_fact_give_no_drafts_and_say_so(support):
    for page in (support.folder / "support/knowledge").iterdir():
        page.write_text("hello there.\n")
    said = support("golden", "draft", "support")
    assert said.code == 65
    assert "no sentence" in said.err


def test_a_task_is_written_as_it_is_read(support):
    task = GoldenTask(
        id="a",
        question="Who?",
        expect=(Assertion(kind="contains", value="x"), Assertion(kind="contains", value="y", negate=True)),
        tags=("t",),
        turns=({"role": "user", "content": "before"},),
    )
    written = yaml.safe_load(tasks_as_yaml([task]))
    assert written == [
        {
            "id": "a",
            "question": "Who?",
            "tags": ["t"],
            "expect": [{"contains": "x"}, {"not-contains": "y"}],
            "turns": [{"role": "user", "content": "before"}],
        }
    ]


WARRANTY = "How many years is the guarantee of a light?"


def add(shell, question=WARRANTY, *words):
    """A Trace of a question to what is live, made a golden task."""
    return shell("golden", "add", shell.ask_live(question), *words)


def test_a_trace_becomes_a_shadow_task_and_gates_once_it_is_stable_and_read(live):
    added = add(live)
    assert (added.code, "as a shadow task" in added.out) == (0, True)
    assert "1 shadow, 0 draft" in live.fine("golden", "status", "support").out
    refused = live("golden", "promote", "support")
    assert (refused.code, "nobody has read its reference" in refused.out) == (1, True)
    assert "stays in the shadow: it was never run" in live("golden", "promote", "support", "--read").out
    assert "11 of 11 attempts passed" in live.fine("golden", "check", "support").out
    assert "24 %" in live.fine("golden", "status", "support").out
    assert "gates from the next Version on" in live.fine("golden", "promote", "support", "--read").out
    assert live.fine("golden", "status", "support", "--json").json["counts"]["gating"] == 7
    text = (live.folder / "support/golden/from-traces.yaml").read_text()
    assert "shadow" not in text
    assert "draft" not in text


def test_a_shadow_task_that_fails_is_told_and_decides_nothing(live):
    add(live)
    live.edit("support/golden/from-traces.yaml", "refuses: false", "refuses: true")
    live.edit("support/prompts/system.md", "Answer only from", "Please answer only from")
    said = live.fine("evaluate", "support")
    assert "1 shadow task decides nothing: 0 passed, 1 failed (trace-" in said.out
    assert "6 golden tasks and 1 shadow task, shown only" in said.err


def test_the_right_answer_of_a_person_is_the_reference(live):
    trace = live.ask_live(WARRANTY)
    live.fine("annotate", trace, "correct", "no", "--note", "Every light has a warranty of 3 years.")
    added = live.fine("golden", "add", trace, "--json").json
    assert (added["origin"], added["task"]["reference"]) == ("corrected", "Every light has a warranty of 3 years.")
    assert "draft" not in (live.folder / "support/golden/from-traces.yaml").read_text()


def test_a_question_that_is_asked_already_is_refused_unless_somebody_says_why(live):
    refused = add(live, "How many days do I have to return a light?")
    assert refused.code == 65
    assert "return-period (support/golden/tasks.yaml:2) asks the same already" in refused.err.replace(
        f"{live.folder}/", ""
    )
    added = add(live, "How many days do I have to return a light?", "--anyway", "as customers write it")
    assert added.code == 0, added
    assert "added anyway: as customers write it" in (live.folder / "support/golden/from-traces.yaml").read_text()


def test_other_words_for_a_task_are_refused_with_the_chance_that_this_is_wrong(live):
    live.edit("support/golden/tasks.yaml", "When do refunds reach my bank account?", "How can I reset my password?")
    refused = add(live, "How do I reset my password?")
    assert refused.code == 65
    assert "wrong in 1.0 % [0.9, 1.1] of pairs" in refused.err


def test_nonsense_is_told(live):
    for words, said in (
        (("golden", "add", "ffffff"), "there is no Trace ffffff"),
        (("golden", "add", "x"), "there is no Trace x"),
        (("golden", "status", "nowhere"), "nowhere is not a folder"),
        (("golden", "promote", "support", "nope"), "there is no golden task 'nope'"),
        (("golden", "promote", "support", "warranty"), "warranty gates already"),
        (("golden", "check", "support", "nope"), "support@1 has no golden task 'nope'"),
        (("golden", "check", "support"), "every golden task of support@1 gates"),
    ):
        found = live(*words)
        assert (found.code, said in found.err) == (65, True), found


def test_a_mission_whose_files_do_not_name_the_place_is_told_and_nothing_is_left(live):
    live.edit("support/mission.yaml", "golden: golden/*.yaml", "golden: golden/tasks.yaml")
    refused = add(live)
    assert refused.code == 65
    assert "names golden/from-traces.yaml" in refused.err
    assert not (live.folder / "support/golden/from-traces.yaml").exists()


@pytest.mark.slow
def test_a_trace_of_another_mission_is_refused(live):
    live.fine("new", "other")
    refused = add(live, WARRANTY, "--into", "other")
    assert (refused.code, "is of support, and other is the Mission other" in refused.err) == (65, True)


@pytest.mark.slow
def test_a_missing_folder_must_be_named(live):
    (live.folder / "support").rename(live.folder / "moved")
    assert "name it with --into" in add(live).err
    assert add(live, WARRANTY, "--into", "moved").code == 0


@pytest.mark.slow
def test_an_unknown_key_is_still_an_error(live):
    add(live)
    live.edit("support/golden/from-traces.yaml", "shadow: true", "shadows: true")
    assert "shadows" in live("validate", "support").out + live("validate", "support").err
    assert live("validate", "support").code == 65


def test_a_task_that_cannot_be_raised_without_touching_another_is_left_to_a_person(live):
    odd = "- {id: x, question: Who?, expect: [{refuses: true}], shadow: true}\n"
    (live.folder / "support/golden/odd.yaml").write_text(odd)
    live.fine("golden", "check", "support")
    refused = live("golden", "promote", "support")
    assert (refused.code, "by hand" in refused.err) == (65, True)
    assert (live.folder / "support/golden/odd.yaml").read_text() == odd
