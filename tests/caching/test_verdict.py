"""Verdict: word rules and a classifier together; what the classifier may overrule and what never."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from gonogo.caching import BoundedAnswerCache, Evidence, near_hits, needed
from gonogo.caching.meaning import meaning_of
from gonogo.caching.verdict import VETO, Verdict, ruled, verdict
from gonogo.classifiers import SHIPPED, LinearClassifier, feature_set, read_folder
from gonogo.contracts import CachedAnswer, CacheKey, Example, Judgement
from gonogo.domain import CachePolicy
from gonogo.features import Reader

ASKED = "How do I reset my password?"
PLAIN = "What is the best way to reset my password?"
SOFT = "How do I recover my password?"
SURE = 0.9


class Judge:
    """A classifier that gives one probability, or one for each question."""

    name, digest = "equivalence", "d" * 64

    def __init__(self, *probabilities: tuple[str, float], otherwise: float = 0.0) -> None:
        self._known, self._otherwise = dict(probabilities), otherwise
        self.card: Any = type("Card", (), {"threshold": type("T", (), {"value": SURE})()})()

    def judge(self, example: Example) -> Judgement:
        texts = (example.text.text, *(one.text for one in example.against))
        found = next((self._known[text] for text in texts if text in self._known), self._otherwise)
        return Judgement(probability=found, positive=found >= SURE)


def decided(reader: Reader, one: str, other: str, judge: Judge | None) -> Verdict | None:
    left, right = reader.read(one), reader.read(other)
    return verdict(left, right, ruled(meaning_of(left, reader), meaning_of(right, reader)), judge)


def test_without_a_classifier_the_rules_decide(reader: Reader) -> None:
    assert decided(reader, ASKED, PLAIN, None) == Verdict(True, 1.0)
    assert decided(reader, ASKED, SOFT, None) is None


def test_a_sure_classifier_overrules_a_soft_difference(reader: Reader) -> None:
    assert decided(reader, ASKED, SOFT, Judge(otherwise=SURE)) == Verdict(False, SURE)
    assert decided(reader, ASKED, SOFT, Judge(otherwise=SURE - 0.01)) is None


def test_a_classifier_that_finds_them_different_vetoes(reader: Reader) -> None:
    assert decided(reader, ASKED, PLAIN, Judge(otherwise=VETO)) == Verdict(True, VETO)
    assert decided(reader, ASKED, PLAIN, Judge(otherwise=VETO - 0.01)) is None


@pytest.mark.parametrize(
    "other",
    [
        "How do I not reset my password?",
        "How do I reset my password in 30 minutes?",
        "How do I reset my Windows password?",
        "How do I reset my password & user?",
        "",
    ],
)
def test_numbers_negation_names_and_signs_are_never_overruled(other: str, reader: Reader) -> None:
    assert decided(reader, ASKED, other, Judge(otherwise=1.0)) is None


def cache(reader: Reader, judge: Judge | None, *, proven: Sequence[str] = ("plain", "judged")) -> BoundedAnswerCache:
    policy = CachePolicy(max_error=0.02, ttl=100.0, semantic=True)
    known = {
        kind: Evidence.from_pairs([(1.0, True)] * 2 * needed(0.02), max_error=0.02) if kind in proven else None
        for kind in ("plain", "judged")
    }

    class Never:
        def random(self) -> float:
            return 1.0

    chance: Any = Never()
    return BoundedAnswerCache(
        policy, reader, classifier=judge, evidence=known["plain"], judged=known["judged"], chance=chance
    )


def learn(kept: BoundedAnswerCache, reader: Reader, question: str, text: str) -> None:
    answer = CachedAnswer(question=question, text=text, trace_id="t")
    kept.store(CacheKey(scope="s", question=question), reader.read(question), answer, 0.0)


def ask(kept: BoundedAnswerCache, reader: Reader, question: str) -> str | None:
    found = kept.lookup(CacheKey(scope="s", question=question), reader.read(question), 1.0)
    return None if found is None else found.text


def test_a_judged_hit_needs_evidence_of_its_own(reader: Reader) -> None:
    sure = Judge(otherwise=SURE)
    for proven, expected in ((("plain", "judged"), "steps"), (("plain",), None), (("judged",), "steps")):
        kept = cache(reader, sure, proven=proven)
        learn(kept, reader, ASKED, "steps")
        assert ask(kept, reader, SOFT) == expected


def test_a_question_that_no_rule_tells_apart_comes_before_one_that_only_the_classifier_likes(reader: Reader) -> None:
    kept = cache(reader, Judge((SOFT, 0.99), (PLAIN, 0.6)))
    learn(kept, reader, SOFT, "soft")
    learn(kept, reader, PLAIN, "plain")
    assert ask(kept, reader, ASKED) == "plain"


def test_what_a_judged_hit_would_have_given_counts_for_its_evidence_only(reader: Reader) -> None:
    kept = cache(reader, Judge(otherwise=SURE), proven=())
    learn(kept, reader, ASKED, "Open the settings and press reset.")
    learn(kept, reader, SOFT, "Open the settings and press reset.")
    known = kept.evidence()
    assert known["floors"][0]["trials"] == 0
    assert known["judged"]["floors"][0]["trials"] == 1


def test_without_a_classifier_the_evidence_is_as_it_was(reader: Reader) -> None:
    assert "judged" not in cache(reader, None).evidence()


def test_golden_questions_give_evidence_of_both_kinds(reader: Reader) -> None:
    one, soft, plain = (
        CachedAnswer(question=question, text="Open settings.", trace_id="t") for question in (ASKED, SOFT, PLAIN)
    )
    pairs, judge = [(one, soft), (one, plain)], Judge(otherwise=SURE)
    assert [right for _, right in near_hits(pairs, reader, judge)] == [True]
    assert [right for _, right in near_hits(pairs, reader, judge, "judged")] == [True]
    assert len(near_hits(pairs, reader)) == 1


@pytest.fixture(scope="module")
def shipped() -> LinearClassifier:
    return LinearClassifier(read_folder(SHIPPED / "equivalence"), feature_set("equivalence"))


def test_opposite_twins_stay_different_with_the_shipped_classifier(
    different: tuple[str, str], reader: Reader, shipped: Any
) -> None:
    assert decided(reader, *different, shipped) is None
    assert decided(reader, *reversed(different), shipped) is None


def test_the_shipped_classifier_vetoes_no_two_ways_of_asking_one_thing(
    same: tuple[str, str], reader: Reader, shipped: Any
) -> None:
    assert decided(reader, *same, shipped) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Can I replace the cell in the logger myself?", "May I change the logger's cell myself?"),
        ("Is shipping free on large orders?", "Do you ship large orders for free?"),
        ("What warranty does the sensor have?", "How long is the sensor's guarantee?"),
    ],
)
def test_the_shipped_classifier_is_never_sure_in_one_direction_only(
    one: str, other: str, reader: Reader, shipped: Any
) -> None:
    assert decided(reader, one, other, shipped) == decided(reader, other, one, shipped)


def test_what_a_lookup_compared_is_not_compared_again_when_the_answer_is_stored(reader: Reader) -> None:
    class Counting(Judge):
        asked = 0

        def judge(self, example: Any) -> Any:
            Counting.asked += 1
            return super().judge(example)

    kept = cache(reader, Counting(otherwise=SURE), proven=())
    learn(kept, reader, ASKED, "steps")
    assert ask(kept, reader, SOFT) is None
    before = Counting.asked
    learn(kept, reader, SOFT, "steps")
    assert Counting.asked == before == 1
    assert kept.evidence()["judged"]["floors"] != cache(reader, Judge()).evidence()["judged"]["floors"]


def test_a_neighbour_that_left_between_lookup_and_store_is_looked_for_anew(reader: Reader) -> None:
    kept = cache(reader, Judge(otherwise=SURE), proven=())
    learn(kept, reader, ASKED, "steps")
    assert ask(kept, reader, SOFT) is None
    kept.lookup(CacheKey(scope="s", question="Is it warm?"), reader.read("Is it warm?"), 1.0)
    kept._forget(next(iter(kept._entries)))
    learn(kept, reader, SOFT, "steps")
    assert ask(kept, reader, SOFT) == "steps"
