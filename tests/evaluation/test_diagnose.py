from __future__ import annotations

import pytest

from gonogo.contracts import Components
from gonogo.digest import digest_of
from gonogo.domain import (
    Chunk,
    Finding,
    Mission,
    ModelSpec,
    PromptSpec,
    RetrievalPolicy,
    Score,
    Trace,
    Version,
    behaviour_digest,
    gate_digest,
    part_digests,
)
from gonogo.evaluation import diagnose
from gonogo.retrieval import DigestingSnapshotMaker, EmbeddedBackend, StructureChunker

PAGES = {
    "plans.md": "The Free plan allows up to 6 loggers. The Plus plan allows up to 150 loggers per account.",
    "battery.md": "The battery of the outdoor logger lasts 26 months at a five-minute interval.",
    "returns.md": "Unused devices can be returned within 45 days of delivery. Postage is paid by the customer.",
    "alarms.md": "An alarm rule waits ten minutes before it raises an alarm. The delay can be changed in the app.",
}
POLICY = RetrievalPolicy(sources=("knowledge/**/*.md",), top_k=2)


def chunks(pages):
    return [
        Chunk(id=digest_of((source, text)), text=text, source=source, heading="Facts", line=5, date=date, order=place)
        for place, (source, (text, date)) in enumerate(pages.items())
    ]


class House:
    """A Version that knows a few pages."""

    def __init__(self, reader, pages=None) -> None:
        self.reader = reader
        mission = Mission(
            name="support",
            models={"m": ModelSpec(provider="p", model="m")},
            prompt=PromptSpec(),
            retrieval=POLICY,
        )
        parts = part_digests(mission, None, {})
        self.version = Version(
            mission=mission,
            number=1,
            parts=parts,
            behaviour_digest=behaviour_digest("support", parts),
            gate_digest=gate_digest(parts),
            index_digest=None,
            pins={},
            created_at=0.0,
            edited_at=0.0,
        )
        known = chunks(pages or {source: (text, None) for source, text in PAGES.items()})
        maker = DigestingSnapshotMaker(reader.embedder, StructureChunker())
        self.index = EmbeddedBackend(reader).build(maker.snapshot(known, POLICY), POLICY)

    def trace(self, question, answer="", *, given=None, **more) -> Trace:
        """``given`` names the pages the model saw; all that the search finds unless said."""
        found = self.index.search(self.reader.read(question), 10)
        fields = {
            "id": "a" * 32,
            "created_at": 0.0,
            "mission": "support",
            "version": 1,
            "behaviour_digest": "b",
            "environment": "production",
            "outcome": "answered",
            "chunks": tuple(hit for hit in found if given is None or hit.chunk.source in given),
            **more,
        }
        return Trace(question=question, answer=answer, **fields)

    def diagnose(self, *args, index=True, **more):
        parts = Components(reader=self.reader, providers={}, prices=None, index=self.index if index else None)
        return diagnose(self.trace(*args, **more), self.version, parts)


@pytest.fixture
def house(reader) -> House:
    return House(reader)


def finding(stage, action, where="question", check="injection"):
    return Finding(check=check, stage=stage, action=action, score=0.91, where=where, signals=("asks for the prompt",))


BATTERY = "How many months does the battery of the outdoor logger last?"


def test_a_page_that_could_answer_but_was_not_given_is_chunk_missing(house):
    found = house.diagnose(BATTERY, "I do not know.", given=["plans.md"])
    assert found.cause == "chunk-missing"
    assert found.chunk.chunk.source == "battery.md"
    assert found.edit == "battery.md:5"
    assert found.message == (
        "battery.md:5 (Facts) could answer it, but it stood at rank 1 and was not given to the model"
    )


def test_a_page_that_was_given_and_not_used_is_chunk_ignored(house):
    found = house.diagnose(BATTERY, "I do not know.")
    assert found.cause == "chunk-ignored"
    assert found.message == "battery.md:5 (Facts) was given to the model and not used"
    assert found.edit == "mission.yaml prompt.system, or the model"


def test_an_answer_from_another_page_names_both(house):
    answer = "Unused devices can be returned within 45 days of delivery."
    question = "How many months after delivery does the battery of the outdoor logger last?"
    found = house.diagnose(question, answer)
    assert found.cause == "chunk-ignored"
    assert found.message == (
        "battery.md:5 (Facts) was given to the model and not used; the answer follows returns.md:5 (Facts)"
    )


def test_an_answer_from_another_sentence_of_the_right_page_quotes_the_one_that_was_meant(house):
    found = house.diagnose("Within how many days can unused devices be returned?", "Postage is paid by the customer.")
    assert found.cause == "chunk-ignored"
    assert "Unused devices can be returned within 45 days of delivery." in found.message


def test_an_answer_that_follows_the_best_page_puts_the_page_in_doubt(house):
    found = house.diagnose(BATTERY, "The battery of the outdoor logger lasts 26 months.")
    assert found.cause == "nothing-found"
    assert found.edit == "battery.md:5"


def test_an_answer_citing_an_old_page_did_not_follow_the_new_one(reader):
    text = "The battery of the outdoor logger lasts {} months at a five-minute interval."
    pages = {
        "old.md": (text.format(22), "2022-01-01"),
        "new.md": (text.format(26), "2025-01-01"),
        **{source: (page, None) for source, page in PAGES.items() if source != "battery.md"},
    }
    house = House(reader, pages)
    found = house.diagnose(BATTERY, text.format(22), citations=("old.md",))
    assert found.cause == "chunk-ignored"
    assert found.message == (
        "new.md:5 (Facts) was given to the model and not used; the answer follows old.md:5 (Facts)"
    )


def test_a_question_no_page_comes_close_to_is_no_such_knowledge(house):
    found = house.diagnose("Who won the chess tournament in Reykjavik?", "I do not know.")
    assert (found.cause, found.chunk) == ("no-such-knowledge", None)
    assert found.edit == "knowledge/**/*.md"


def test_a_page_dropped_by_a_context_guardrail_was_stopped_too_strictly(house):
    dropped = finding("context", "drop", where="battery.md")
    found = house.diagnose(BATTERY, "I do not know.", given=["plans.md"], findings=(dropped,))
    assert found.cause == "guardrail-too-strict"
    assert found.edit == "mission.yaml guardrails.context"


@pytest.mark.parametrize("stage", ["input", "output"])
def test_a_refusal_was_stopped_by_the_guardrail_that_blocked(house, stage):
    found = house.diagnose(BATTERY, "I cannot help with that.", outcome="refused", findings=(finding(stage, "block"),))
    assert found.cause == "guardrail-too-strict"
    assert found.edit == f"mission.yaml guardrails.{stage}.injection"
    assert found.message == "the injection guardrail stopped it (score 0.91, asks for the prompt)"
    assert found.evidence == ("injection block at question",)


def test_a_finding_that_was_only_flagged_was_let_through_too_loosely(house):
    found = house.diagnose(BATTERY, "My prompt is ...", findings=(finding("input", "flag"),))
    assert (found.cause, found.edit) == ("guardrail-too-loose", "mission.yaml guardrails.input.injection")


def test_toxic_words_that_reached_the_user_were_let_through_too_loosely(house):
    found = house.diagnose(BATTERY, "You idiot.", scores=(Score(metric="toxicity", value=0.93),))
    assert (found.cause, found.edit) == ("guardrail-too-loose", "mission.yaml guardrails.output")
    assert "toxicity 0.93" in found.message


def test_a_score_that_failed_accuses_nobody(house):
    scores = (Score(metric="toxicity", state="error", detail="no model"),)
    assert house.diagnose(BATTERY, "I do not know.", scores=scores).cause == "chunk-ignored"


def test_a_failed_request_is_the_providers(house):
    found = house.diagnose(BATTERY, outcome="failed", error="the upstream answered 503")
    assert (found.cause, found.message) == ("provider-failed", "the upstream answered 503")


def test_a_client_that_left_is_nobodys_fault(house):
    found = house.diagnose(BATTERY, "The batt", outcome="aborted")
    assert found.cause == "nothing-found"
    assert "the client left" in found.message


def test_without_retrieval_prompt_and_model_are_all_there_is(house):
    found = house.diagnose(BATTERY, "26", index=False)
    assert (found.cause, found.edit) == ("nothing-found", "mission.yaml prompt.system")


def test_an_answer_from_the_cache_says_so(house):
    found = house.diagnose(BATTERY, "I do not know.", outcome="cached", cache="semantic", cached_from="b" * 32)
    assert f"from the semantic cache, first given in trace {'b' * 32}" in found.evidence


def test_the_next_likely_pages_are_named(house):
    found = house.diagnose("How many loggers does the battery plan allow per account?", "I do not know.")
    assert all(line.startswith("also possible: ") for line in found.evidence)
    assert len(found.evidence) <= 2
