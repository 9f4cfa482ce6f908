"""Backtests of Missions whose search or rules read metadata, and the verbs from Python."""

from __future__ import annotations

import pytest
from msgspec import structs

import gonogo
from gonogo.building.scaffold import new_mission
from gonogo.domain import RoutingPolicy, RoutingRule, RuleCondition
from gonogo.errors import BadInput
from gonogo.evaluation.backtest_selection import TraceChoice

QUESTION = "How many days do I have to return a light?"


@pytest.fixture
def home(tmp_path):
    new_mission(tmp_path / "support", "support")
    page = tmp_path / "support/knowledge/returns.md"
    page.write_text("---\nregion: north\n---\n" + page.read_text(encoding="utf-8"), encoding="utf-8")
    mission = tmp_path / "support/mission.yaml"
    text = mission.read_text(encoding="utf-8")
    mission.write_text(text.replace("top_k: 5}", "top_k: 5, filter_by: [region]}"), encoding="utf-8")
    with gonogo.open(tmp_path / "home") as made:
        yield made


def ask(home, version, **metadata):
    return home.ask(version, QUESTION, keep=True, environment="production", metadata=metadata or None)


def chosen(home, version, choice=None):
    return home._wait(home._workspace.backtests._prepared(version, choice or TraceChoice())).exam.mission.golden


def test_what_narrowed_a_search_is_asked_again_with_it(home, tmp_path):
    version = home.build(tmp_path / "support").version
    trace = ask(home, version, region="north", salary=9000)
    assert trace.metadata == {"region": "north"}
    assert [task.metadata for task in chosen(home, version)] == [{"region": "north"}]
    found = home.backtest(version)
    assert (found.outcome, found.backtest.replayed) == ("INCONCLUSIVE", 1)


def test_a_request_that_named_none_is_asked_again_without(home, tmp_path):
    version = home.build(tmp_path / "support").version
    assert ask(home, version).metadata == {}
    assert [task.metadata for task in chosen(home, version)] == [{}]


def test_a_field_that_the_served_version_did_not_keep_cannot_be_asked_again(home, tmp_path):
    version = home.build(tmp_path / "support").version
    ask(home, version)
    policy = structs.replace(version.mission.retrieval, filter_by=("region", "product"))
    candidate = structs.replace(version, mission=structs.replace(version.mission, retrieval=policy))
    with pytest.raises(BadInput, match="the candidate reads metadata of the client, which is not kept"):
        chosen(home, candidate)


def test_rules_over_columns_cannot_be_asked_again_and_rules_over_words_can(home, tmp_path):
    version = home.build(tmp_path / "support").version
    ask(home, version)

    def ruled(name):
        rules = (RoutingRule(when=RuleCondition(classifier=name), to="large"),)
        routing = RoutingPolicy(simple="small", complex="large", rules=rules)
        return structs.replace(version, mission=structs.replace(version.mission, routing=routing))

    assert len(chosen(home, ruled("toxicity"))) == 1
    with pytest.raises(BadInput, match="reads metadata"):
        chosen(home, ruled("churn"))


def test_a_trace_becomes_a_golden_task_from_python(home, tmp_path):
    version = home.build(tmp_path / "support").version
    trace = home.ask(version, "How long is the guarantee of the rear light?", keep=True)
    added = home.add_golden(trace, tmp_path / "support")
    assert added.origin == "served"
    built = home.build(tmp_path / "support").version
    assert len(home.check_golden(built).results) == 11
    row = next(row for row in home.golden_status(tmp_path / "support") if row.id == added.task.id)
    assert (row.state, row.unread, row.stability.state) == ("shadow", True, "stable")
    promoted = home.promote_golden(tmp_path / "support", [row.id], read=True)
    assert [one.state for one in promoted.raised] == ["gating"]
