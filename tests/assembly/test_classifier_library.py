"""Weights by name and digest, shipped or in the home folder; a Version gets exactly what it pins."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.training.hand_made import hand_made
from tests.training.toy import ToyFeatures

from gonogo.assembly.classifier_library import HomeLibrary
from gonogo.classifiers import write_folder
from gonogo.contracts import Classifier, Example
from gonogo.domain import ClassifierCard
from gonogo.errors import BadInput, NotFound
from gonogo.features import Reader, StaticEmbedder

READER = Reader(StaticEmbedder())


def toy_features(name: str) -> ToyFeatures:
    if name != "toy":
        raise NotFound(name)
    return ToyFeatures()


def said_of(classifier: Classifier, text: str) -> float:
    return classifier.judge(Example(text=READER.read(text))).probability


Keep = Callable[..., ClassifierCard]


@pytest.fixture
def library(tmp_path: Path) -> HomeLibrary:
    card, tensors = hand_made(bad=1.0)
    write_folder(tmp_path / "shipped" / "toy", card, tensors)
    return HomeLibrary(tmp_path / "home", tmp_path / "shipped", toy_features)


@pytest.fixture
def keep(library: HomeLibrary) -> Keep:
    def kept(bad: float, **more: object) -> ClassifierCard:
        card, tensors = hand_made(bad=bad, **more)
        library.keep(card, tensors)
        return card

    return kept


def test_the_shipped_one_answers_where_no_digest_is_asked_for(library):
    assert library.names() == ("toy",)
    assert library.classifier("toy").digest == hand_made(bad=1.0)[0].digest


def test_weights_of_the_home_folder_stand_beside_the_shipped_ones(library, keep):
    card = keep(4.0)
    strong, weak = library.classifier("toy", card.digest), library.classifier("toy")
    assert said_of(strong, "bad") > said_of(weak, "bad")
    assert library.here("toy") == {card.digest, weak.digest}


def test_weights_are_loaded_once_also_by_many_threads(library, keep):
    card = keep(2.0)
    found: list[Classifier] = []
    threads = [threading.Thread(target=lambda: found.append(library.classifier("toy", card.digest))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(one) for one in found}) == 1


def test_a_version_gets_the_digest_it_pins_and_without_a_pin_the_shipped_one(library, keep):
    card = keep(2.0)
    assert library.pinned({"classifier.toy": card.digest, "embedder": "e"}).classifier("toy").digest == card.digest
    assert library.pinned({"embedder": "e"}).classifier("toy") is library.classifier("toy")
    assert library.pinned({"classifier.own": "a"}).names() == ("own", "toy")


def test_a_pinned_digest_that_is_not_here_names_what_where_and_the_next_step(library):
    pinned = library.pinned({"classifier.toy": "f" * 64})
    for ask in (pinned.check, lambda: pinned.classifier("toy")):
        with pytest.raises(NotFound) as refused:
            ask()
        said = str(refused.value)
        assert "toy@ffffffffffff is neither shipped nor in" in said
        assert str(library.root / "toy") in said
        assert "gonogo classifiers register FOLDER" in said
        assert "--update-lock" in said


def test_altered_weights_are_refused_naming_the_file(library, keep):
    card = keep(2.0)
    path = library.root / "toy" / card.digest / "weights.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"weights\.safetensors.*digest") as refused:
        library.classifier("toy", card.digest)
    assert str(path) in str(refused.value)


def test_a_folder_under_the_name_of_another_digest_is_refused(library, keep):
    card = keep(2.0)
    os.rename(library.root / "toy" / card.digest, library.root / "toy" / ("e" * 64))
    with pytest.raises(BadInput, match="the card is that of"):
        library.classifier("toy", "e" * 64)


def test_an_unknown_name_gets_the_nearest(library):
    with pytest.raises(NotFound, match="did you mean 'toy'"):
        library.classifier("tooy")


def test_features_this_gonogo_has_not_are_told_with_the_way_out(library, keep):
    card = keep(2.0, features="smell/1")
    with pytest.raises(BadInput, match=r"reads the features smell/1.*upgrade gonogo, or train it again"):
        library.classifier("toy", card.digest)


def test_a_digest_is_found_by_its_beginning(library, keep):
    card, shipped = keep(2.0), library.shipped("toy")
    assert library.digest("toy", card.digest[:8]) == card.digest
    assert library.digest("toy", "shipped") == shipped.digest
    for beginning in ("zz", "", "../.."):
        with pytest.raises(NotFound):
            library.digest("toy", beginning)


def test_a_beginning_of_two_is_refused(library, keep):
    found = sorted([keep(number / 7.0).digest for number in range(2, 24)])
    twice = next(a[0] for a, b in pairwise(found) if a[0] == b[0])
    with pytest.raises(BadInput, match="more digits"):
        library.digest("toy", twice)


def test_shipped_weights_that_are_pinned_survive_an_upgrade(library, tmp_path):
    shipped = library.shipped("toy")
    library.keep_shipped({"classifier.toy": shipped.digest})
    upgraded = HomeLibrary(tmp_path / "home", tmp_path / "other", toy_features)
    write_folder(tmp_path / "other" / "toy", *hand_made(bad=9.0))
    assert upgraded.pinned({"classifier.toy": shipped.digest}).classifier("toy").digest == shipped.digest
    assert upgraded.classifier("toy").digest == hand_made(bad=9.0)[0].digest


def test_what_is_not_pinned_is_not_copied(library):
    library.keep_shipped({"classifier.toy": "f" * 64})
    assert not library.root.exists()


def test_unfinished_and_foreign_folders_are_no_weights(library, keep):
    card = keep(2.0)
    for name in (".unfinished.x1", "notes", "a" * 64):
        (library.root / "toy" / name).mkdir()
    (library.root / "README").write_text("")
    assert library.here("toy") == {card.digest, library.shipped("toy").digest}
    assert library.names() == ("toy",)


def test_a_home_without_any_has_none(tmp_path):
    empty = HomeLibrary(tmp_path / "home", tmp_path / "shipped", toy_features)
    assert (empty.names(), empty.here("toy"), empty.shipped("toy")) == ((), frozenset(), None)
    with pytest.raises(NotFound, match="known are: none yet"):
        empty.classifier("toy")


ODD = st.text(st.characters() | st.sampled_from("\ud800\x00/.@"), max_size=70) | st.text(
    "0123456789abcdef", max_size=64
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=ODD | st.just("toy"), digest=ODD)
def test_whatever_is_asked_for_is_found_or_refused_in_words(name, digest, library):
    asks = (
        lambda: library.digest(name, digest),
        lambda: library.folder(name, digest),
        lambda: library.classifier(name, digest),
        lambda: library.pinned({f"classifier.{name}": digest}).check(),
    )
    for ask in asks:
        with contextlib.suppress(BadInput):  # with words of ours; anything else fails here
            ask()
