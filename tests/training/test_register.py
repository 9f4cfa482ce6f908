"""Registering: weights first, then the row; nothing that could not be a folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs
from tests.training.hand_made import hand_made

from gonogo.digest import Digest
from gonogo.errors import BadInput
from gonogo.store import open_store
from gonogo.training.register import check_name, nearest, register


@pytest.fixture
async def store(tmp_path: Path):
    opened = await open_store(tmp_path)
    yield opened
    await opened.close()


async def test_weights_are_written_before_anybody_can_ask_for_them(store):
    card, _ = hand_made()
    written = []
    assert await register(store, card, lambda: written.append(card.digest)) == card
    assert written == [card.digest]
    assert await store.classifiers("toy") == [card]


async def test_weights_that_cannot_be_written_are_not_registered(store):
    def full() -> None:
        raise BadInput("no room")

    with pytest.raises(BadInput, match="no room"):
        await register(store, hand_made()[0], full)
    assert await store.classifiers() == []


async def test_weights_known_already_keep_the_card_they_had(store):
    card, _ = hand_made()
    await register(store, card, lambda: None)
    again = structs.replace(card, created_at=card.created_at + 1.0)
    assert await register(store, again, lambda: None) == card


@pytest.mark.parametrize("name", ["", "../toy", "a/b", "Toy", "a" * 64, "\ud800", "toy ", "1st", "ёж", "."])
async def test_a_name_that_could_leave_its_folder_is_refused_before_anything_is_written(store, name):
    card = structs.replace(hand_made()[0], name=name)
    with pytest.raises(BadInput, match="cannot name a classifier"):
        await register(store, card, lambda: pytest.fail("written"))


@pytest.mark.parametrize("digest", ["", "../../etc", "A" * 64, "0" * 63])
async def test_a_digest_that_is_none_is_refused_too(store, digest):
    card = structs.replace(hand_made()[0], digest=Digest(digest))
    with pytest.raises(BadInput, match="64 hexadecimal"):
        await register(store, card, lambda: pytest.fail("written"))


def test_names_are_names():
    assert check_name("near-miss_2") == "near-miss_2"


def test_an_unknown_name_gets_the_nearest_or_the_list():
    assert nearest("toxcity", ("injection", "toxicity")) == "did you mean 'toxicity'?"
    assert nearest("zebra", ("injection",)) == "known are: injection."
    assert nearest("zebra", ()) == "known are: none yet."
