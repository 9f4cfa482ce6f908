"""Promoting a classifier: it must hold its own, and there is always a way back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.training.hand_made import Ticking, comparison, hand_made

from gonogo.digest import Digest
from gonogo.domain import ClassifierPromotion
from gonogo.errors import BadInput, PromotionConflict, PromotionRefused
from gonogo.store import SqliteStore, open_store
from gonogo.training.promote import promote, promoted, roll_back, standing

OLD, NEW, NEWEST = (hand_made(bad=weight)[0] for weight in (1.0, 2.0, 3.0))
CLOCK = Ticking()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await open_store(tmp_path)
    for card in (OLD, NEW, NEWEST):
        await opened.add_classifier(card)
    yield opened
    await opened.close()


async def move(store: SqliteStore, card=NEW, current=OLD, **more) -> ClassifierPromotion:
    given = {"reason": "more rows", "author": "ana", "clock": CLOCK, **more}
    return await promote(store, card=card, current=current and current.digest, **given)


async def back(store: SqliteStore, **more) -> ClassifierPromotion:
    return await roll_back(store, name="toy", author="bo", clock=CLOCK, **more)


async def test_a_candidate_that_won_is_what_builds_pin_from_now_on(store):
    won = comparison(NEW, OLD)
    await store.add_comparison(won)
    made = await move(store)
    assert (made.comparison_id, made.override, made.revision) == (won.id, None, 1)
    assert promoted(await store.promotions(), "toy") == NEW.digest


async def test_without_a_comparison_it_is_refused_with_the_command_that_makes_one(store):
    with pytest.raises(PromotionRefused, match=r"never compared.*gonogo classifiers compare toy@.*--data") as refused:
        await move(store)
    assert refused.value.exit_code == 4
    assert await store.promotions() == []


@pytest.mark.parametrize(("outcome", "code"), [("worse", 1), ("cannot tell", 3)])
async def test_a_candidate_that_did_not_hold_its_own_is_refused(store, outcome, code):
    await store.add_comparison(comparison(NEW, OLD, outcome))
    with pytest.raises(PromotionRefused, match=outcome) as refused:
        await move(store)
    assert refused.value.exit_code == code


async def test_not_to_lose_is_enough(store):
    await store.add_comparison(comparison(NEW, OLD, "not worse"))
    assert (await move(store)).comparison_id is not None


async def test_the_newest_comparison_counts_not_the_most_welcome(store):
    await store.add_comparison(comparison(NEW, OLD, "better", CLOCK))
    await store.add_comparison(comparison(NEW, OLD, "worse", CLOCK))
    with pytest.raises(PromotionRefused):
        await move(store)


async def test_a_comparison_with_something_else_proves_nothing(store):
    await store.add_comparison(comparison(NEW, NEWEST))
    with pytest.raises(PromotionRefused, match="never compared"):
        await move(store)


async def test_rows_that_the_candidate_learned_from_prove_nothing(store):
    await store.add_comparison(comparison(NEW, OLD, independent=False))
    with pytest.raises(PromotionRefused, match="did not learn from"):
        await move(store)


async def test_an_override_is_recorded_only_where_it_was_needed(store):
    made = await move(store, override="  the old one insults customers ")
    assert (made.override, made.comparison_id) == ("the old one insults customers", None)
    await store.add_comparison(comparison(NEWEST, NEW))
    assert (await move(store, NEWEST, NEW, override="hurry")).override is None


@pytest.mark.parametrize("given", [{"reason": " "}, {"override": ""}])
async def test_reasons_are_not_empty(store, given):
    with pytest.raises(BadInput, match="needs a reason"):
        await move(store, **given)


async def test_the_first_of_its_name_has_nothing_to_lose_to(store):
    assert (await move(store, current=None)).previous is None


async def test_what_is_promoted_already_stays_as_it_is(store):
    made = await move(store, current=None)
    assert await move(store, current=NEW) == made
    assert len(await store.promotions()) == 1


async def test_somebody_faster_wins(store, monkeypatch):
    async def outdated(*_: object, **__: object) -> list[ClassifierPromotion]:
        return []

    await move(store, current=None)
    monkeypatch.setattr(store, "promotions", outdated)
    with pytest.raises(PromotionConflict, match="ana promoted"):
        await move(store, NEWEST, None)


async def test_a_rollback_goes_back_step_by_step_to_the_shipped_one_and_never_forward(store):
    await move(store, NEW, None)
    await store.add_comparison(comparison(NEWEST, NEW))
    await move(store, NEWEST, NEW)
    first, second = await back(store, reason="alarms"), await back(store)
    assert (first.digest, first.previous, first.reason, first.kind) == (NEW.digest, NEWEST.digest, "alarms", "rollback")
    assert (second.digest, second.previous) == (None, NEW.digest)
    with pytest.raises(BadInput, match="nothing to go back to"):
        await back(store)
    assert promoted(await store.promotions(), "toy") is None


async def test_what_was_rolled_back_can_be_promoted_again(store):
    await move(store, NEW, None)
    await back(store)
    await move(store, NEW, None)
    assert standing(await store.promotions("toy", "")) == [NEW.digest]


async def test_going_back_to_an_override_shows_it_again(store):
    await move(store, override="hurry")
    await store.add_comparison(comparison(NEWEST, NEW))
    await move(store, NEWEST, NEW)
    assert (await back(store)).override == "hurry"


async def test_a_mission_can_have_its_own_and_falls_back_to_that_of_all(store):
    await move(store, NEW, None)
    await store.add_comparison(comparison(NEWEST, NEW))
    await move(store, NEWEST, NEW, mission="support")
    everything = await store.promotions()
    assert promoted(everything, "toy", "support") == NEWEST.digest
    assert promoted(everything, "toy", "sales") == NEW.digest
    await back(store, mission="support")
    assert promoted(await store.promotions(), "toy", "support") == NEW.digest
    with pytest.raises(BadInput, match="toy of support"):
        await back(store, mission="support")


def test_nothing_promoted_means_the_shipped_one():
    assert promoted([], "toy") is None
    assert standing([]) == []
    rollback = ClassifierPromotion(
        name="toy", digest=None, previous=Digest("a"), author="a", created_at=1.0, revision=1, kind="rollback"
    )
    assert standing([rollback]) == []
