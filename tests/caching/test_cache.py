"""The bounded cache: exact and near hits, scopes, age, bounds, and what it learns."""

from __future__ import annotations

import random
from typing import Any

import pytest

from gonogo.caching import BoundedAnswerCache, Evidence, near_hits, needed
from gonogo.contracts import CachedAnswer, CacheKey
from gonogo.domain import CachePolicy, Chunk, RetrievedChunk
from gonogo.features import Reader

ASKED = "How do I reset my password?"
NEAR = "What is the best way to reset my password?"
TWIN = "How do I not reset my password?"
STEPS = "Open settings, choose security and press reset."


class Never(random.Random):
    """No hit is ever chosen for an audit."""

    def random(self) -> float:
        return 1.0


class Always(random.Random):
    """Every hit is chosen for an audit."""

    def random(self) -> float:
        return 0.0


class House:
    """A cache with the little talk that every test needs."""

    def __init__(
        self, reader: Reader, *, proven: bool = True, chance: random.Random | None = None, **options: Any
    ) -> None:
        policy = CachePolicy(
            max_error=options.pop("max_error", 0.02),
            ttl=options.pop("ttl", 100.0),
            semantic=options.pop("semantic", True),
        )
        evidence = None
        if proven and policy.max_error:
            evidence = Evidence.from_pairs([(1.0, True)] * 2 * needed(policy.max_error), max_error=policy.max_error)
        self.reader = reader
        self.cache = BoundedAnswerCache(policy, reader, evidence=evidence, chance=chance or Never(), **options)

    def ask(self, question: str, *, scope: str = "s", now: float = 1.0) -> CachedAnswer | None:
        return self.cache.lookup(CacheKey(scope=scope, question=question), self.reader.read(question), now)

    def learn(self, question: str, text: str = STEPS, *, scope: str = "s", now: float = 0.0, **fields: Any) -> None:
        answer = CachedAnswer(question=question, text=text, trace_id="t1", **fields)
        self.cache.store(CacheKey(scope=scope, question=question), self.reader.read(question), answer, now)


@pytest.fixture
def house(reader: Reader) -> House:
    return House(reader)


def test_the_same_question_is_answered_from_the_cache(house: House) -> None:
    house.learn(ASKED, now=3.0)
    hit = house.ask(ASKED, now=4.0)
    assert hit is not None
    assert (hit.text, hit.kind, hit.similarity, hit.stored_at, hit.trace_id) == (STEPS, "exact", 1.0, 3.0, "t1")


def test_case_blanks_and_closing_marks_do_not_matter(house: House) -> None:
    house.learn(ASKED)
    assert house.ask("  how do i RESET my  password ").kind == "exact"  # type: ignore[union-attr]


def test_an_unknown_question_is_not_answered(house: House) -> None:
    assert house.ask(ASKED) is None


def test_a_proven_near_question_is_answered_with_its_similarity(house: House) -> None:
    house.learn(ASKED)
    hit = house.ask(NEAR)
    assert hit is not None
    assert hit.kind == "semantic"
    assert 0.7 <= hit.similarity < 1.0
    assert hit.question == ASKED


def test_a_near_question_is_not_answered_before_there_is_evidence(reader: Reader) -> None:
    house = House(reader, proven=False)
    house.learn(ASKED)
    assert house.ask(NEAR) is None


def test_an_error_bound_of_nothing_means_exact_hits_only(reader: Reader) -> None:
    house = House(reader, max_error=0.0)
    house.learn(ASKED)
    assert house.ask(NEAR) is None
    assert house.ask(ASKED) is not None


def test_a_mission_may_want_exact_hits_only(reader: Reader) -> None:
    house = House(reader, semantic=False)
    house.learn(ASKED)
    assert house.ask(NEAR) is None
    assert house.ask(ASKED) is not None


def test_opposite_twins_never_hit_whatever_is_proven(different: tuple[str, str], reader: Reader) -> None:
    house = House(reader)
    house.learn(different[0])
    assert house.ask(different[1]) is None


def test_two_ways_of_asking_hit_when_they_are_near_enough(same: tuple[str, str], reader: Reader) -> None:
    house = House(reader)
    house.learn(same[0])
    one, other = (reader.read(text).vector for text in same)
    assert (house.ask(same[1]) is not None) is (float(one @ other) >= 0.7)


def test_another_scope_never_hits(house: House) -> None:
    house.learn(ASKED, scope="tenant a")
    assert house.ask(ASKED, scope="tenant b") is None
    assert house.ask(NEAR, scope="tenant b") is None


def test_an_answer_past_its_time_is_not_given(house: House) -> None:
    house.learn(ASKED, now=0.0)
    assert house.ask(ASKED, now=99.0) is not None
    assert house.ask(ASKED, now=100.0) is None
    assert house.ask(NEAR, now=100.0) is None


def test_storing_again_makes_an_answer_young(house: House) -> None:
    house.learn(ASKED, now=0.0)
    house.learn(ASKED, "new", now=90.0)
    assert house.ask(ASKED, now=150.0).text == "new"  # type: ignore[union-attr]
    assert len(house.cache) == 1


def test_an_agreeing_answer_is_evidence_for(reader: Reader) -> None:
    house = House(reader, proven=False)
    house.learn(ASKED)
    house.learn(NEAR, STEPS)
    assert trials(house) == (1, 0)


def test_a_disagreeing_answer_is_evidence_against(reader: Reader) -> None:
    house = House(reader, proven=False)
    house.learn(ASKED)
    house.learn(NEAR, "Please call our support desk.")
    assert trials(house) == (1, 1)


def test_a_question_without_neighbour_is_no_evidence(reader: Reader) -> None:
    house = House(reader, proven=False)
    house.learn(ASKED)
    house.learn(TWIN, "It stays as it is.")
    house.learn(ASKED, "Something else.")
    assert trials(house) == (0, 0)


def test_evidence_opens_the_cache_by_itself(reader: Reader) -> None:
    house = House(reader, proven=False, max_error=0.2)
    for number in range(2 * needed(0.2)):
        house.learn(f"How do I reset lamp L{number}A?", "Press the button.")
        house.learn(f"How can I reset lamp L{number}A, please?", "Press the button.")
    house.learn("How do I clean the lamp?")
    assert house.ask("How can I clean the lamp?").kind == "semantic"  # type: ignore[union-attr]


def test_a_share_of_proven_hits_is_asked_again(reader: Reader) -> None:
    house = House(reader, chance=Always())
    house.learn(ASKED)
    assert house.ask(NEAR) is None
    assert house.ask(ASKED) is not None


def test_failing_audits_shut_the_cache(reader: Reader) -> None:
    house = House(reader)
    for number in range(4):
        house.learn(f"How do I reset lamp L{number}A?", "Press the button.")
        house.learn(f"How can I reset lamp L{number}A, please?", "It cannot be done.")
    house.learn(ASKED)
    assert house.ask(NEAR) is None
    assert house.cache.evidence()["alarms"] == 1


def test_the_least_recently_used_answer_leaves_first(reader: Reader) -> None:
    house = House(reader, entries=2)
    house.learn("How do I clean the lamp?")
    house.learn("Where is the invoice?")
    house.ask("How do I clean the lamp?")
    house.learn("Who is the owner?")
    assert house.ask("Where is the invoice?") is None
    assert house.ask("How do I clean the lamp?") is not None
    assert len(house.cache) == 2


def test_bytes_are_bounded_and_given_back(reader: Reader) -> None:
    house = House(reader, size=20_000)
    for number in range(50):
        house.learn(f"How do I clean lamp L{number}?", "x" * 1000)
        assert house.cache.size <= 20_000
    assert 0 < len(house.cache) < 20


def test_an_answer_larger_than_the_cache_is_not_kept(reader: Reader) -> None:
    house = House(reader, size=5_000)
    house.learn(ASKED, "x" * 10_000)
    assert (len(house.cache), house.cache.size) == (0, 0)


def test_retrieved_chunks_count_as_bytes_and_come_back(reader: Reader) -> None:
    chunk = RetrievedChunk(chunk=Chunk(id="c", text="y" * 5000, source="s.md"), score=1.0, rank=1)
    house = House(reader)
    house.learn(ASKED, chunks=(chunk,), citations=("s.md",))
    assert house.cache.size > 5000
    hit = house.ask(ASKED)
    assert hit is not None
    assert (hit.chunks, hit.citations) == ((chunk,), ("s.md",))


@pytest.mark.parametrize("bad", [{"entries": 0}, {"size": 0}])
def test_a_cache_without_room_is_refused(bad: dict[str, int], reader: Reader) -> None:
    with pytest.raises(ValueError, match="room"):
        House(reader, **bad)


def test_offline_pairs_become_evidence(reader: Reader) -> None:
    one = CachedAnswer(question=ASKED, text=STEPS, trace_id="1")
    agreeing = CachedAnswer(question=NEAR, text=STEPS, trace_id="2")
    opposite = CachedAnswer(question=TWIN, text="Leave it.", trace_id="3")
    ((similarity, right),) = near_hits([(one, agreeing), (one, opposite)], reader)
    assert right
    assert similarity >= 0.7


def test_no_question_makes_the_cache_fail(house: House) -> None:
    for question in ("", "?", "\x00", "😀", "a" * 20_000, "\ud800", "what is what"):
        house.learn(question)
        assert house.ask(question) is not None


def trials(house: House) -> tuple[int, int]:
    lowest = house.cache.evidence()["floors"][0]
    return lowest["trials"], lowest["failures"]
