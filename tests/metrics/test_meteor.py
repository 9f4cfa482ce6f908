"""METEOR, by worked examples of its formula."""

from __future__ import annotations

import random

import pytest
import Stemmer
from hypothesis import given
from hypothesis import strategies as st

from gonogo.metrics.meteor import aligned, meteor

CAT = "The cat sat on the mat."
WORDS = st.lists(st.sampled_from(["cat", "cats", "sat", "sitting", "the", "mat"]), max_size=8).map(" ".join)


@pytest.mark.parametrize(
    ("text", "reference", "value"),
    [
        (CAT, CAT, 1 - 0.5 / 6**3),  # one chunk of six words
        ("on the mat sat the cat", CAT, 0.5),  # six chunks
        ("the cat was sat on the mat", CAT, 60 / 61 * (1 - 0.5 * (2 / 6) ** 3)),  # precision 6/7, two chunks
        ("The cats sat on the mats", CAT, 1 - 0.5 / 6**3),  # two by stem
        ("feline sat", "cat sat", 0.5 * (1 - 0.5)),  # no synonyms: one of two words, one chunk
        ("moon", CAT, 0.0),
        ("", CAT, 0.0),
        (CAT, "", 0.0),
    ],
)
def test_it_is_the_formula_of_the_paper(text, reference, value):
    assert meteor(text, [reference]) == pytest.approx(value, abs=1e-12)


def test_the_best_of_several_references_counts():
    assert meteor(CAT, ["moon", CAT]) == meteor(CAT, [CAT])
    assert meteor(CAT, []) == 0.0


def test_equal_words_pair_before_stems_and_repeated_ones_from_the_end():
    assert aligned(["cats", "cat"], ["cat", "cats"]) == [(0, 1), (1, 0)]
    assert aligned(["the", "mat"], ["the", "the", "mat"]) == [(0, 1), (1, 2)]


@given(WORDS, WORDS)
def test_it_is_a_share_and_words_pair_once(text, reference):
    assert 0.0 <= meteor(text, [reference]) <= 1.0
    pairs = aligned(text.split(), reference.split())
    assert len({one for one, _ in pairs}) == len({other for _, other in pairs}) == len(pairs)
    stemmed = {"cats": "cat", "sitting": "sit"}
    counts = [[stemmed.get(word, word) for word in side.split()] for side in (text, reference)]
    assert len(pairs) == sum(min(counts[0].count(word), counts[1].count(word)) for word in set(counts[0]))


class NoSynonyms:
    """Stands for WordNet, and knows no word."""

    def synsets(self, word: str) -> list[str]:
        return []


class Snowball:
    """Our stemmer, in NLTK's shape."""

    def __init__(self) -> None:
        self._stemmer = Stemmer.Stemmer("english")

    def stem(self, word: str) -> str:
        return str(self._stemmer.stemWord(word))


def test_it_agrees_with_the_reference_implementation_without_synonyms() -> None:
    reference = pytest.importorskip("nltk.translate.meteor_score")
    chance = random.Random(1)
    vocabulary = [
        "the",
        "cat",
        "cats",
        "sat",
        "sitting",
        "on",
        "a",
        "mat",
        "mats",
        "runs",
        "running",
        "house",
        "houses",
        "quick",
        "quickly",
    ]
    for _ in range(300):
        one, other = (chance.choices(vocabulary, k=chance.randint(1, 12)) for _ in range(2))
        theirs = reference.single_meteor_score(other, one, stemmer=Snowball(), wordnet=NoSynonyms())
        assert meteor(" ".join(one), [" ".join(other)]) == pytest.approx(theirs)
