"""``gonogo knowledge``: how well pages are found, what would be better, what can go."""

from __future__ import annotations

import json
from typing import Any

import pytest


@pytest.fixture
def cited(support: Any) -> Any:
    """A Mission with 48 pages, a task for each, and 40 that nothing answers."""
    tasks = []
    folder = support.folder / "support"
    for number in range(48):
        name = f"{number:02}"
        subject = f"gadget{chr(97 + number // 26)}{chr(97 + number % 26)}"
        (folder / "knowledge" / f"page{name}.md").write_text(
            f"# {subject.title()}\n\nThe {subject} is cleaned with vinegar.\n"
        )
        tasks.append(f"- id: page-{name}\n  question: How is the {subject} cleaned?\n"
                     f"  expect: [{{cites: knowledge/page{name}.md}}]\n")  # fmt: skip
    for number in range(40):
        tasks += [f"- id: none-{number}\n  question: Who painted the ceiling of chapel {number}?\n"
                  "  expect: [{refuses: true}]\n"]  # fmt: skip
    (folder / "golden" / "pages.yaml").write_text("".join(tasks))
    return support


def test_eval_gives_figures_with_intervals_and_a_floor(cited: Any) -> None:
    said = cited.fine("knowledge", "eval", "support").out
    assert "recall@10" in said
    assert "nDCG@10" in said
    assert "AUC 1.000" in said
    found = json.loads(cited.fine("knowledge", "eval", "support", "--k", "5", "--json").out)
    assert found["k"] == 5
    assert found["recall"]["low"] <= found["recall"]["value"] <= found["recall"]["high"]
    assert found["unanswerable"] >= 40
    able = found["answerability"]
    assert able["refused_answerable"] <= 0.05 * (found["hit"]["total"] + 1)
    assert able["refused_unanswerable"] >= 38


def test_eval_searches_for_the_tenant_that_a_task_names(support: Any) -> None:
    folder = support.folder / "support"
    for tenant in ("acme", "bolt"):
        page = f"---\nteam: {tenant}\n---\n# Gadgets\n\nThe gadget of {tenant} is cleaned with vinegar.\n"
        (folder / "knowledge" / f"{tenant}.md").write_text(page)
    support.edit("support/mission.yaml", "retrieval: {", "retrieval: {tenant_field: team, ")
    task = "- {{id: {0}, question: How is the gadget cleaned?, tenant: {0}, expect: [{{cites: knowledge/{1}.md}}]}}\n"
    (folder / "golden" / "own.yaml").write_text(task.format("acme", "acme") + task.format("bolt", "bolt"))
    assert support.fine("knowledge", "eval", "support", "--k", "1", "--json").json["hit"]["hits"] == 2

    (folder / "golden" / "own.yaml").write_text(task.format("acme", "bolt") + task.format("bolt", "acme"))
    assert support.fine("knowledge", "eval", "support", "--k", "1", "--json").json["hit"]["hits"] == 0


def test_eval_without_a_task_that_cites_says_what_to_add(support: Any) -> None:
    (support.folder / "support" / "golden" / "tasks.yaml").write_text(
        "- id: a\n  question: What is it?\n  expect: [{contains: it}]\n"
    )
    found = support("knowledge", "eval", "support")
    assert found.code == 65
    assert "cites: knowledge/PAGE.md" in found.err


def test_tune_refuses_when_nothing_is_better_beyond_the_error_bar(cited: Any) -> None:
    found = cited("knowledge", "tune", "support")
    assert found.code == 1
    assert "Nothing is proven better" in found.out


def test_tune_with_few_tasks_says_how_many_are_needed(cited: Any) -> None:
    tasks = cited.folder / "support" / "golden" / "pages.yaml"
    tasks.write_text("".join(tasks.read_text().partition("- id: page-20")[0]))
    found = cited("knowledge", "tune", "support")
    assert found.code == 65
    assert "at least 40 are needed" in found.err


def test_gc_tells_then_drops_and_deleted_pages_are_gone(live: Any) -> None:
    page = live.folder / "support" / "knowledge" / "lights.md"
    page.write_text(page.read_text() + "\n\nThe password of the cellar is xylophone.\n")
    live.fine("build", "support")
    page.write_text(page.read_text().replace("The password of the cellar is xylophone.", "Ask at the desk."))
    live.fine("build", "support")
    assert "Nothing can go" in live.fine("knowledge", "gc").out
    would = live.fine("knowledge", "gc", "--keep", "1").out
    assert "would drop  snapshot" in would
    assert "support@2" in would
    assert "Nothing was dropped" in would
    done = json.loads(live.fine("knowledge", "gc", "--keep", "1", "--apply", "--json").out)
    assert done["done"]
    assert done["chunks"] >= 1
    assert done["lost"] == ["support@2"]
    assert "Nothing can go" in live.fine("knowledge", "gc", "--keep", "1").out
    asked = live("ask", "support@2", "What is the password?")
    assert asked.code == 65
    assert "build the folder again" in asked.err
    live.fine("ask", "support@1", "How long do lights last?")
    live.fine("ask", "support@3", "Where do I ask?")
    assert not any(b"xylophone" in path.read_bytes() for path in live.folder.rglob("indexes/*/*") if path.is_file())


def test_gc_keeps_at_least_one(support: Any) -> None:
    assert support("knowledge", "gc", "--keep", "0").code == 65
