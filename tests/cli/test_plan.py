"""plan: what an evaluation shows, costs and takes, before it runs."""

from __future__ import annotations

import re

PRICES = """[gone."m-2024-01-01"]
input = 2.0
output = 8.0
dated = "2026-01-01"
source = "made up"
"""


def to_gone(support):
    support.settings('[providers.gone]\nbase_url = "http://127.0.0.1:9/v1"\n')
    for size in ("small", "large"):
        support.edit(
            "support/mission.yaml",
            f"provider: builtin, model: extractive-{size}",
            "provider: gone, model: m-2024-01-01",
        )


def test_before_anything_was_run_it_is_a_bound_by_sizes_and_the_time_is_unknown(support):
    said = support.fine("plan", "support")
    assert "support: 6 golden tasks; can show a margin of" in said.out
    assert "to ask: 6 of support\n" in said.out
    assert re.search(r"at most \d+ tokens, cost \$0, time unknown: by sizes of prompts and prices", said.out)


def test_planning_stores_nothing(support):
    support.fine("plan", "support")
    assert support("log", "support").code == 65


def test_after_a_run_it_is_what_that_run_took(support):
    run = support.fine("evaluate", "support", "--json").json
    results = support.fine("verdict", run["id"], "--json").json["results"]
    found = support.fine("plan", "support", "--fresh", "--json").json
    assert found["tokens"] == sum(one["usage"]["input"] + one["usage"]["output"] for one in results)
    assert found["sides"][0]["source"] == "earlier runs"
    assert 0 < found["seconds"] < 5


def test_what_is_known_is_not_counted(support):
    support.fine("evaluate", "support")
    found = support.fine("plan", "support", "--json").json
    assert (found["tokens"], found["cost"], found["seconds"]) == (0, 0.0, 0.0)
    assert "nothing to ask: every result is known" in support.fine("plan", "support").out


def test_the_live_version_is_counted_where_it_has_to_answer_too(live):
    live.edit("support/golden/tasks.yaml", "How many years of warranty", "How many years of guarantee")
    live.edit("support/prompts/system.md", "You", "Today you")
    said = live.fine("plan", "support")
    assert "to ask: 6 of support and 1 of support@1 (live); 5 results known already" in said.out
    assert "an early stop takes less" in said.out


def test_a_version_that_behaves_as_live_asks_nothing(live):
    assert "nothing to ask: it behaves as live support@1 by digest" in live.fine("plan", "support@1").out
    assert live.fine("plan", "support@1", "--json").json["same_behaviour"] is True


def test_an_unknown_price_is_unknown_and_names_the_model(support):
    to_gone(support)
    assert "cost unknown (no price of large, small)" in support.fine("plan", "support").out
    assert support.fine("plan", "support", "--json").json["cost"] is None


def test_a_known_price_gives_a_bound_in_dollars(support):
    to_gone(support)
    (support.home / "prices.toml").write_text(PRICES)
    found = support.fine("plan", "support", "--json").json
    assert 6 * 1000 * 8 / 1e6 < found["cost"] < found["tokens"] * 8 / 1e6  # a thousand tokens are assumed of an answer


def test_repeats_are_counted(support):
    assert "to ask: 18 of support" in support.fine("plan", "support", "--repeats", "3").out


def test_a_set_that_can_never_pass_is_told(support):
    support.edit("support/mission.yaml", "  mode: advisory\n", "")
    assert "warning: 6 tasks; at least 59 at margin 0.05" in support.fine("plan", "support").out


def test_an_evaluation_opens_with_its_plan(live):
    live.edit("support/prompts/system.md", "You", "Today you")
    said = live.fine("evaluate", "support")
    assert "to ask: 6 of support@2; 6 results known already\ntakes about " in said.err


def test_clusters_and_what_they_are_worth_are_said_before_anything_is_spent(support):
    tasks = support.folder / "support/golden/tasks.yaml"
    tasks.write_text(tasks.read_text().replace("  expect:", "  cluster: pages\n  expect:"))
    assert "6 golden tasks in 1 cluster, worth about 2 independent ones" in support.fine("plan", "support").out
    assert "in 1 cluster, worth 1 independent ones" in support.fine("evaluate", "support").out


def test_a_metric_that_an_assertion_measures_may_be_required(support):
    tasks = support.folder / "support/golden/tasks.yaml"
    tasks.write_text(
        tasks.read_text().replace("    - contains: 30 days", "    - contains: 30 days\n    - source-recall: returns.md")
    )
    support.edit("support/mission.yaml", "{pass_rate: {margin: 0.05}}", "{source-recall: {min: 0.2}}")
    found = support.fine("evaluate", "support", "--json").json
    assert [(one["metric"], one["tasks"]) for one in found["comparisons"] if one["metric"] == "source-recall"] == [
        ("source-recall", 1)
    ]
