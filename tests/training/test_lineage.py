"""From data to weights to the Versions that use them, where those are live, and what went wrong since."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from tests.training.hand_made import Ticking, comparison, hand_made

from gonogo.domain import (
    Alert,
    Deployment,
    Mission,
    ModelSpec,
    PromptSpec,
    Version,
    behaviour_digest,
    gate_digest,
    part_digests,
)
from gonogo.store import SqliteStore, open_store
from gonogo.training.lineage import lineage, uses
from gonogo.training.promote import promote

SHIPPED, NEW = hand_made(bad=1.0)[0], hand_made(bad=2.0)[0]


def version(pins: dict[str, str], mission: str = "support") -> Version:
    built = Mission(
        name=mission, models={"small": ModelSpec(provider="local", model="m")}, prompt=PromptSpec(system="Answer.")
    )
    parts = part_digests(built, None, pins)
    return Version(
        mission=built,
        number=0,
        parts=parts,
        behaviour_digest=behaviour_digest(mission, parts),
        gate_digest=gate_digest(parts),
        index_digest=None,
        pins=pins,
        created_at=1.0,
        edited_at=1.0,
    )


def deployment(number: int, revision: int, previous: int | None = None, kind: str = "deploy") -> Deployment:
    return Deployment(
        id=f"d{revision}", mission="support", environment="production", version=number, previous=previous, kind=kind,
        author="ana", created_at=float(revision), revision=revision, reason="worse",
    )  # fmt: skip


async def no_alerts(mission: str, environment: str) -> Sequence[Alert]:
    return ()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await open_store(tmp_path)
    yield opened
    await opened.close()


async def test_the_shipped_one_is_the_root_with_the_versions_that_pin_it(store):
    await store.add_version(version({"classifier.toy": SHIPPED.digest}), None)
    found = await lineage(store, "toy", SHIPPED, no_alerts)
    [root] = found.weights
    assert (root.shipped, root.promoted_for) == (True, ())
    assert [use.version for use in root.versions] == ["support@1"]
    assert found.unknown == ()


async def test_it_shows_where_they_are_live_what_the_monitors_say_and_what_was_rolled_back(store):
    asked: list[tuple[str, str]] = []
    alert = Alert(
        monitor="errors", mission="support", version=1, severity="page", message="errors rose", evidence=9.0,
        threshold=5.0, bound="1 in 20", since=3.0,
    )  # fmt: skip

    async def alerts(mission: str, environment: str) -> Sequence[Alert]:
        asked.append((mission, environment))
        return [alert]

    await store.add_classifier(NEW)
    for digest in (SHIPPED.digest, NEW.digest):
        await store.add_version(version({"classifier.toy": digest}), None)
    await store.move(deployment(1, 1), 0)
    await store.move(deployment(2, 2, previous=1), 1)
    await store.move(deployment(1, 3, previous=2, kind="rollback"), 2)
    new, root = (await lineage(store, "toy", SHIPPED, alerts)).weights
    assert root.versions[0].live_in == ("support:production",)
    assert root.versions[0].alerts == (alert,)
    assert asked == [("support", "production")]
    assert new.versions[0].live_in == ()
    assert [one.id for one in new.versions[0].rolled_back] == ["d3"]


async def test_it_says_how_weights_came_to_be_promoted(store):
    await store.add_classifier(NEW)
    await store.add_comparison(comparison(NEW, SHIPPED))
    await promote(store, card=NEW, current=SHIPPED.digest, author="ana", clock=Ticking(), reason="more rows")
    new, root = (await lineage(store, "toy", SHIPPED, no_alerts)).weights
    assert new.promoted_for == ("all Missions",)
    assert [one.reason for one in new.promotions] == ["more rows"] == [one.reason for one in root.promotions]
    assert [one.outcome for one in new.comparisons] == ["better"]


async def test_versions_whose_weights_have_no_card_here_are_named(store):
    await store.add_version(version({"classifier.toy": "f" * 64}), None)
    assert (await lineage(store, "toy", None, no_alerts)).unknown == ("support@1",)


def test_versions_without_a_pin_use_none():
    assert uses([version({})], "toy") == {}
