"""weigh: how much vectors should count."""

from __future__ import annotations

import pytest

TOWNS = (
    "Aachen", "Bergen", "Cadiz", "Dresden", "Essen", "Fulda", "Genoa", "Halle", "Izmir", "Jena", "Kassel", "Lyon",
    "Malmo", "Nantes", "Oslo", "Parma", "Riga", "Siena", "Turku", "Ulm", "Varna", "Worms", "Xanten", "Zadar",
)  # fmt: skip


@pytest.fixture
def judged(support):
    """Tasks that say on which page their answer stands."""
    tasks = []
    for number, town in enumerate(TOWNS):
        page = f"knowledge/{town.lower()}.md"
        (support.folder / "support" / page).write_text(
            f"# {town}\n\nThe shop in {town} opens at {number + 1} o'clock.\n"
        )
        tasks.append(f"- id: {town}\n  question: When does the shop in {town} open?\n  expect: [{{cites: {page}}}]\n")
    (support.folder / "support/golden/towns.yaml").write_text("".join(tasks))
    return support


def test_each_weight_is_compared_with_words_alone_and_one_is_proposed(judged):
    lines = judged.fine("weigh", "support").out.splitlines()
    assert lines[0].split()[:4] == ["WEIGHT", "HIT", "nDCG", "MRR"]
    assert lines[1].split()[:3] == ["0", "(BM25)", "24/24"]
    assert any(line.startswith("retrieval: {dense_weight: 0}") for line in lines)


def test_as_json_it_is_whole(judged):
    found = judged.fine("weigh", "support", "--json").json
    assert found["dense_weight"] == 0
    assert found["baseline"]["hit"] == {"hits": 24, "total": 24}


def test_with_too_few_tasks_that_cite_pages_nothing_is_chosen(support):
    said = support("weigh", "support")
    assert said.code == 65
    assert "at least 20 are needed" in said.err
