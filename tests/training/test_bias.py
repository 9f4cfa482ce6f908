"""Bias: a classifier that looks at group terms is found out, one that does not is left alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.domain import TrainingRow
from gonogo.statistics import Rate
from gonogo.training.bias import _fisher, agreement_by_slice, identity_gap, slice_gaps
from gonogo.training.identity_terms import IDENTITY_TERMS, Swap, exchanged, named_in, swaps


def test_a_judge_that_ignores_the_term_has_no_gap() -> None:
    found = identity_gap(lambda texts: [0.3] * len(texts), 0.5)
    assert (found.flip_rate.value, found.score_gap.value) == (0.0, 0.0)
    assert (found.flip_rate.high or 0.0) > 0.0
    assert found.terms == len(IDENTITY_TERMS)


def test_a_judge_that_looks_at_one_term_is_found_out() -> None:
    found = identity_gap(lambda texts: [0.9 if "Sikh" in text else 0.1 for text in texts], 0.5)
    assert (found.flip_rate.value, found.highest) == (1.0, "Sikh")
    assert found.score_gap.value == pytest.approx(0.8)


def test_the_gap_has_an_interval_over_sentences() -> None:
    def judge(texts: Sequence[str]) -> list[float]:
        return [(0.5 if "Muslim" in text else 0.1) + 0.001 * len(text) for text in texts]

    found = identity_gap(judge, 0.9)
    assert found.score_gap.low is not None
    assert found.score_gap.high is not None
    assert 0.4 < found.score_gap.low < found.score_gap.high < 0.41
    assert found.flip_rate.value == 0.0


def test_every_sentence_needs_every_term() -> None:
    with pytest.raises(ValueError, match="every term"):
        identity_gap(lambda texts: [0.1] * len(texts), 0.5, [Swap(0, "a", "x"), Swap(1, "b", "y")])


def test_the_sentences_differ_in_nothing_but_the_term() -> None:
    texts = [case.text for case in swaps()]
    assert len(set(texts)) == len(texts)
    assert not any("{" in text or " a a" in text.lower() or (" a e" in text.lower() and "european" not in text.lower())
                   for text in texts)  # fmt: skip
    assert "A atheist" not in " ".join(texts)


def test_exchanging_keeps_the_rest_of_a_text() -> None:
    found = exchanged("The Muslims met; Muslims and Jews talked.", 3)
    assert found is not None
    first, _, rest = found.removeprefix("The ").partition(" met; ")
    assert rest.startswith(f"{first} and ")
    assert named_in(found) == {"religion"}
    assert found == exchanged("The Muslims met; Muslims and Jews talked.", 3)
    assert exchanged("The white car is fast.", 3) is None


@given(st.text(), st.integers(0, 9))
def test_exchanging_takes_any_text(text: str, seed: int) -> None:
    other = exchanged(text, seed)
    assert (other is None) == (not named_in(text))


def rows(count: int, share: float, **told: str) -> list[TrainingRow]:
    return [TrainingRow(text=str(place), label=place < share * count, slices=told) for place in range(count)]


def test_a_slice_with_more_false_alarms_stands_out() -> None:
    both = [*rows(400, 0.5, topic="a"), *rows(400, 0.5, topic="b")]
    scores = [0.9 if row.label else 0.1 for row in both]
    for place in range(640, 680):
        scores[place] = 0.9
    first, *_ = slice_gaps(both, scores, 0.5)
    assert (first.dimension, first.rate, first.stands) == ("topic", "false_positive_rate", True)
    assert abs(first.gap.value or 0.0) == pytest.approx(0.2)


def test_slices_that_do_not_differ_hardly_ever_stand() -> None:
    draw, claims = np.random.default_rng(0), 0
    for _ in range(60):
        some = [
            TrainingRow(text=str(place), label=bool(draw.integers(2)), slices={"topic": f"t{draw.integers(5)}"})
            for place in range(400)
        ]
        claims += any(gap.stands for gap in slice_gaps(some, draw.uniform(size=400), 0.8))
    assert claims / 60 <= 0.12


def test_a_small_slice_gets_no_number() -> None:
    gaps = slice_gaps([*rows(100, 0.5, topic="a"), *rows(10, 0.5, topic="b")], [0.1] * 110, 0.5)
    small = [gap for gap in gaps if gap.name in ("a", "b")]
    assert len(small) == 4
    assert all(gap.gap.value is None and gap.adjusted_p is None and not gap.stands for gap in small)


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_fishers_test_matches_its_definition(first: int, second: int, data: st.DataObject) -> None:
    from scipy.stats import hypergeom

    a, b = data.draw(st.integers(0, first)), data.draw(st.integers(0, second))
    law = hypergeom(first + second, a + b, first)
    expected = min(1.0, 2.0 * min(law.cdf(a), law.sf(a - 1)))
    assert _fisher(Rate(hits=a, total=first), Rate(hits=b, total=second)) == pytest.approx(expected)


def test_agreement_is_told_for_each_slice() -> None:
    judged = [(row, row.label, row.label) for row in rows(60, 0.5, topic="a")]
    judged += [(row, row.label, place % 2 == 0) for place, row in enumerate(rows(60, 0.5, topic="b"))]
    judged += [(row, True, True) for row in rows(5, 0.5, topic="c")]
    found = agreement_by_slice(judged)
    assert found["topic: a"].value == 1.0
    assert found["topic: b"].value == pytest.approx(0.0)
    assert found["topic: c"].note == "n too small to say: 5 rows labelled twice, 30 needed"
    assert found["all"].n == 125


def test_labels_that_are_all_alike_have_no_kappa() -> None:
    found = agreement_by_slice([(row, True, True) for row in rows(40, 1.0)])
    assert found["all"].value is None
