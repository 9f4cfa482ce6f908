"""sensitivity: which words of the prompt carry the behaviour."""

from __future__ import annotations

import pytest

from gonogo.cli.sensitivity_page import written
from gonogo.domain.sensitivity import Edit, EditEffect, Reading, Sensitivity


@pytest.fixture
def shop(support):
    """Twelve questions that the page answers, cited because the prompt says so."""
    prompt = support.folder / "support/prompts/system.md"
    prompt.write_text("Answer only from the documents.\nCite the page.\n", encoding="utf-8")
    rows = []
    page = ["# Lamps", ""]
    for number, town in enumerate(("Aachen", "Bergen", "Cadiz", "Essen", "Fulda", "Genoa", "Halle", "Izmir", "Jena",
                                   "Kassel", "Lyon", "Malmo")):  # fmt: skip
        page.append(f"The lamp shop in {town} opens at {number + 1} o'clock.\n")
        rows.append(f"- id: {town}\n  question: When does the lamp shop in {town} open?\n"
                    f"  expect: [{{contains: \"{number + 1} o'clock\"}}, {{cites: knowledge/lamps.md}}]\n")  # fmt: skip
    (support.folder / "support/knowledge/lamps.md").write_text("\n".join(page), encoding="utf-8")
    for golden in (support.folder / "support/golden").glob("*.yaml"):
        golden.unlink()
    (support.folder / "support/golden/lamps.yaml").write_text("".join(rows), encoding="utf-8")
    return support


def test_the_word_that_makes_it_cite_is_named_with_its_figures(shop):
    said = shop.fine("sensitivity", "support", "--budget", "400", "--questions", "none")
    assert 'drop "Cite"' in said.out
    assert "Cite[" in said.out
    assert "asked again without any edit: 0.0 % [0.0," in said.out
    assert "at most 400 answers" in said.err


def test_as_json_it_is_whole_and_within_its_budget(shop):
    found = shop.fine("sensitivity", "support", "--budget", "200", "--kinds", "drop,case", "--json").json
    assert found["answers"] <= found["budget"] == 200
    assert {one["edit"]["kind"] for one in found["prompt"]} <= {"drop", "case"}
    assert len(found["heat"]) == len(found["words"])


def test_the_page_is_one_file(shop, tmp_path):
    page = tmp_path / "report.html"
    shop.fine("sensitivity", "support", "--budget", "200", "--kinds", "drop", "--html", str(page))
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "src=" not in text
    assert "href=" not in text


def test_what_cannot_be_edited_is_refused_in_words(shop):
    assert shop("sensitivity", "support", "--kinds", "drip").code == 2
    assert "nothing to edit" in shop("sensitivity", "support", "--kinds", "none", "--questions", "none").err
    said = shop("sensitivity", "support", "--budget", "50", "--questions", "none")
    assert (said.code, "--budget" in said.err) in {(65, True), (0, True)}


def test_nothing_from_a_prompt_is_markup_on_the_page():
    reading = Reading(value=0.2, low=0.1, high=0.3, n=10)
    nasty = EditEffect(edit=Edit(kind="drop", said='drop "<script>"', word=0), moved=reading, flipped=reading)
    report = Sensitivity(
        mission="m", behaviour_digest="b" * 64, seed=0, budget=1, answers=1, tasks=1, passed=1,
        words=("<script>alert(1)</script>",), heat=(0.2,), noise=nasty, prompt=(nasty,), questions=(), wall=0.0,
        cpu=0.0,
    )  # fmt: skip
    assert "<script>" not in written(report)
