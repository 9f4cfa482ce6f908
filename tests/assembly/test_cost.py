"""Costs are grouped as asked; unknown stays unknown, and sums add up whatever the grouping."""

from __future__ import annotations

import itertools

import pytest

from gonogo.assembly.cost import GROUPINGS, report
from gonogo.domain import (
    ClassifierCard,
    Consumption,
    CostCell,
    DataFingerprint,
    Measure,
    Threshold,
    TrainingCost,
    Usage,
)
from gonogo.errors import BadInput


def cell(day="2026-11-26", mission="support", version=1, key="k1", model="openai/m", tenant="acme", **took):
    usage = Usage(**{"calls": 0, **took.pop("usage", {})})
    return CostCell(
        day=day, tenant=tenant, mission=mission, version=version, key=key, model=model,
        took=Consumption(usage=usage, **took),
    )  # fmt: skip


def card(created_at, cost):
    return ClassifierCard(
        name="toxicity", digest="d", form="linear", features="f", code="c", seed=0, created_at=created_at,
        data=DataFingerprint(digest="d", rows=1, positives=1), cost=cost,
        threshold=Threshold(value=0.5, target=0.01, false_positives=Measure(value=0.01, n=100)),
    )  # fmt: skip


CELLS = (
    cell(requests=2, spent=3_000_000_000, usage={"input": 10, "cached": 4, "calls": 2}, cpu=0.5),
    cell(model="own/x", requests=1, unpriced=1, usage={"output": 5, "calls": 1}, cpu=0.25),
    cell(day="2026-11-27", version=2, key="", requests=4, spent=1_000_000_000, usage={"input": 1, "calls": 4}),
    cell(mission="sales", model="", requests=1, cached=1),
)


def test_the_dearest_group_is_first_and_an_unknown_cost_is_unknown_and_counted():
    found = report(CELLS, (), by=("model",), since="")
    assert [(row.group["model"], row.requests, row.cost, row.unpriced) for row in found.rows] == [
        ("openai/m", 6, 4.0, 0), ("", 1, 0.0, 0), ("own/x", 1, None, 1),
    ]  # fmt: skip
    assert (found.total.requests, found.total.cost, found.total.unpriced, found.total.calls) == (8, 4.0, 1, 7)


def test_days_are_in_order_and_a_version_is_named_with_its_mission():
    found = report(CELLS, (), by=("day", "version"), since="")
    assert [tuple(row.group.values()) for row in found.rows] == [
        ("2026-11-26", "support@1"), ("2026-11-26", "sales@1"), ("2026-11-27", "support@2"),
    ]  # fmt: skip


@pytest.mark.parametrize("by", [*itertools.combinations(GROUPINGS, 1), *itertools.combinations(GROUPINGS, 2)])
def test_whatever_the_grouping_the_rows_add_up_to_the_total(by):
    found = report(CELLS, (), by=by, since="")
    assert sum(row.requests for row in found.rows) == found.total.requests == 8
    assert sum(row.usage.input for row in found.rows) == found.total.usage.input == 11
    assert sum(row.cost or 0 for row in found.rows) == found.total.cost == 4.0
    assert sum(row.cpu_seconds for row in found.rows) == found.total.cpu_seconds == 0.75


@pytest.mark.parametrize("by", [("hour",), ("day", "day"), ()])
def test_a_grouping_that_does_not_exist_is_refused_with_those_that_do(by):
    with pytest.raises(BadInput, match="by mission, version, model, key, tenant, day"):
        report(CELLS, (), by=by, since="")


def test_training_is_that_of_cards_since_and_what_no_card_says_is_unknown():
    cards = (
        card(86_400.0 * 5, TrainingCost(cpu_seconds=60.0, wall_seconds=70.0, gpu_hours=1.5)),
        card(86_400.0 * 6, None),
        card(0.0, TrainingCost(cpu_seconds=9.0, wall_seconds=9.0)),
    )
    training = report((), cards, by=("mission",), since="1970-01-03").training
    assert (training.classifiers, training.cpu_seconds, training.gpu_hours, training.unknown) == (2, 60.0, 1.5, 1)
