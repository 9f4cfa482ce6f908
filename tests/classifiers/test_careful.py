"""The careful tier: the sum, what a long text costs at most, and when it is asked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.classifiers import SHIPPED, Weights, read_folder
from gonogo.classifiers.careful import MOST_STRETCHES, MOST_WINDOWS, CarefulClassifier, TieredClassifier
from gonogo.contracts import Example, Judgement
from gonogo.digest import Digest
from gonogo.domain import ClassifierCard, DataFingerprint, Measure, Threshold
from gonogo.errors import BadInput
from gonogo.features import Reader, StaticEmbedder
from gonogo.features.encoder import careful_encoder

if TYPE_CHECKING:
    from gonogo.contracts.text import Matrix

READER = Reader(StaticEmbedder())


class Counting:
    """A PairEncoder: share of the judged words found in the other text, and 1. Keeps what it was asked."""

    name, digest = "counting/1", Digest("c0" * 32)

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def encode(self, pairs: Sequence[tuple[str, str]]) -> Matrix:
        self.asked += pairs
        rows = [[len(set(a.split()) & set(b.split())) / max(1, len(set(a.split()))), 1.0] for a, b in pairs]
        return np.array(rows, dtype=np.float32).reshape(-1, 2)


def card(
    name: str = "faithfulness-careful", features: str = "counting/1", code: Digest = Counting.digest
) -> ClassifierCard:
    return ClassifierCard(
        name=name, digest=Digest("ab" * 32), form="encoder", features=features, code=code, seed=0, created_at=0.0,
        data=DataFingerprint(digest=Digest("0" * 64), rows=0, positives=0),
        threshold=Threshold(value=0.5, target=0.01, false_positives=Measure(value=None)),
    )  # fmt: skip


def careful(name: str = "faithfulness-careful", encoder: Counting | None = None, **changed: Any) -> CarefulClassifier:
    tensors = {"weights": np.array([4.0, 0.5], np.float32), "line": np.array([-2.0, 0.8, 0.3], np.float32), **changed}
    return CarefulClassifier(Weights(card(name), tensors), encoder or Counting())


def example(text: str, *against: str, question: bool = False) -> Example:
    context = {"question": 1.0} if question else {}
    return Example(text=READER.read(text), against=tuple(map(READER.read, against)), context=context)


def test_the_probability_is_that_of_the_formula_and_the_tier_is_named() -> None:
    judgement = careful().judge(example("a b c d", "a b x"))
    logit = -2.0 + 4.0 * 0.5 + 0.5
    assert judgement.probability == pytest.approx(1 / (1 + math.exp(-(0.8 * logit + 0.3))), rel=1e-6)
    assert (judgement.tier, judgement.signals) == ("careful", {"careful": pytest.approx(logit)})


def test_one_chunk_that_supports_a_sentence_is_enough() -> None:
    supported, alone = careful().judge(example("a b", "x y", "a b", "z")), careful().judge(example("a b", "a b"))
    assert supported.probability == alone.probability


def test_a_text_with_nothing_to_judge_against_is_read_alone() -> None:
    encoder = Counting()
    careful("toxicity-careful", encoder).judge(example("hello you"))
    assert encoder.asked == [("hello you", "")]


def test_the_question_supports_nothing() -> None:
    encoder = Counting()
    careful(encoder=encoder).judge(example("a b", "a chunk", "a b?", question=True))
    assert [other for _, other in encoder.asked] == ["a chunk"]


def test_of_a_long_context_the_stretches_that_share_words_are_read() -> None:
    encoder = Counting()
    filler = "the weather in the mountains stays pleasant until late autumn " * 60
    judgement = careful(encoder=encoder).judge(
        example("refund within thirty days", f"{filler} refund within thirty days {filler}")
    )
    assert len(encoder.asked) == MOST_STRETCHES
    assert judgement.positive


def test_a_long_answer_is_only_as_faithful_as_its_worst_window() -> None:
    right, wrong = "alpha beta gamma " * 40, "delta epsilon " * 40
    good = careful().judge(example(right, right)).probability
    assert careful().judge(example(right + wrong, right)).probability < good


def test_a_long_text_is_as_toxic_as_its_worst_window() -> None:
    encoder = Counting()
    judgement = careful("relevance-careful", encoder).judge(example("words " * 200 + "needle", "needle"))
    assert (
        judgement.signals["careful"] > careful("relevance-careful").judge(example("words", "needle")).signals["careful"]
    )


def test_five_megabytes_are_read_at_a_bounded_number_of_places() -> None:
    encoder = Counting()
    careful("toxicity-careful", encoder).judge(example("word " * 1_000_000))
    assert len(encoder.asked) == MOST_WINDOWS


@given(
    st.text(st.characters(exclude_categories=()), max_size=200),
    st.text(st.characters(exclude_categories=()), max_size=200),
)
def test_any_texts_have_a_probability(text: str, against: str) -> None:
    assert 0.0 <= careful().judge(example(text, against)).probability <= 1.0


def test_weights_for_another_encoder_are_refused() -> None:
    for changed in ({"features": "other/1"}, {"code": Digest("d0" * 32)}):
        with pytest.raises(BadInput, match="was trained for the encoder"):
            CarefulClassifier(Weights(card(**changed), {}), Counting())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [("weights", None), ("line", np.zeros(2, np.float32)), ("weights", np.array([1.0, np.nan], np.float32))],
)
def test_broken_weights_are_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(BadInput, match=name):
        careful(**{name: value})


class Fixed:
    """A Classifier that always says the same, and counts how often it was asked."""

    def __init__(self, probability: float, tier: str) -> None:
        self.probability, self.tier, self.asked = probability, tier, 0
        self.name, self.digest, self.card = (
            "faithfulness",
            Digest(f"{int(probability * 100):02d}" * 32),
            card("faithfulness"),
        )

    def judge(self, example: Example) -> Judgement:
        self.asked += 1
        positive = self.probability >= 0.5
        return Judgement(probability=self.probability, positive=positive, signals={self.tier: 1.0}, tier=self.tier)


@pytest.mark.parametrize(("probability", "asked"), [(0.1, 0), (0.3, 1), (0.5, 1), (0.8, 1), (0.9, 0)])
def test_the_careful_one_is_asked_only_where_the_fast_one_is_unsure(probability: float, asked: int) -> None:
    second = Fixed(0.7, "careful")
    judgement = TieredClassifier(Fixed(probability, "fast"), second, (0.3, 0.8)).judge(example("a"))
    assert second.asked == asked
    assert judgement.tier == ("careful" if asked else "fast")
    mean = sum(math.log(one / (1 - one)) for one in (probability, 0.7)) / 2
    assert judgement.probability == pytest.approx(1 / (1 + math.exp(-mean)) if asked else probability)


@pytest.mark.parametrize(("fast", "slow", "positive"), [(0.4, 0.7, True), (0.4, 0.55, False), (0.5, 0.5, True)])
def test_both_opinions_weigh_alike_against_both_thresholds(fast: float, slow: float, positive: bool) -> None:
    tiers = TieredClassifier(Fixed(fast, "fast"), Fixed(slow, "careful"), (0.3, 0.8))
    assert tiers.judge(example("a")).positive is positive


def test_a_careless_certainty_of_the_careful_one_gives_no_infinity() -> None:
    for sure in (0.0, 1.0):
        judgement = TieredClassifier(Fixed(0.5, "fast"), Fixed(sure, "careful"), (0.3, 0.8)).judge(example("a"))
        assert 0.0 < judgement.probability < 1.0


def test_a_careful_judgement_keeps_the_signals_of_both() -> None:
    judgement = TieredClassifier(Fixed(0.4, "fast"), Fixed(0.7, "careful"), (0.3, 0.8)).judge(example("a"))
    assert judgement.signals == {"fast": 0.4, "careful": 1.0}


def test_the_digest_covers_both_tiers_and_the_band() -> None:
    digests = {
        TieredClassifier(Fixed(fast, "fast"), Fixed(slow, "careful"), band).digest
        for fast in (0.4, 0.5) for slow in (0.6, 0.7) for band in ((0.3, 0.8), (0.2, 0.8))
    }  # fmt: skip
    assert len(digests) == 8


@pytest.mark.parametrize("band", [(0.8, 0.3), (-0.1, 0.5), (0.5, 1.5)])
def test_a_band_that_is_none_is_refused(band: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="two probabilities in order"):
        TieredClassifier(Fixed(0.5, "fast"), Fixed(0.5, "careful"), band)


@pytest.fixture(scope="module")
def shipped() -> CarefulClassifier:
    weights = read_folder(SHIPPED / "toxicity-careful")
    return CarefulClassifier(weights, careful_encoder(weights.card.features))


@pytest.mark.needs_onnx
def test_the_shipped_one_tells_an_insult_from_a_complaint(shipped: CarefulClassifier) -> None:
    insult, complaint = (
        shipped.judge(example(text)) for text in ("You are a pathetic idiot.", "My parcel is still late.")
    )
    assert insult.positive
    assert not complaint.positive
    assert insult.tier == "careful"


@pytest.mark.needs_onnx
@pytest.mark.parametrize("text", ["", "\ud800", "🙂" * 50, "\x00\x01", "смешанный text 混合", "a" * 100_000])
def test_the_shipped_one_answers_on_any_text(shipped: CarefulClassifier, text: str) -> None:
    assert 0.0 <= shipped.judge(example(text)).probability <= 1.0


def test_the_shipped_card_names_its_data_and_holds_its_false_positives(shipped: CarefulClassifier) -> None:
    card = shipped.card
    assert {source.name for source in card.data.sources} >= {"davidson", "surge", "toxigen", "madlibs"}
    assert all(source.licence for source in card.data.sources)
    assert (card.threshold.false_positives.value or 0.0) <= card.threshold.target
