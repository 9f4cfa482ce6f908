"""What is left of a text once several guardrails have found something in it."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from gonogo.contracts import GuardrailContext
from gonogo.pipeline.redaction import WITHHELD, Recording, inspected, redacted

quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@quick
@given(text=st.text("ab ", max_size=30), words=st.lists(st.text("ab", min_size=1, max_size=3), max_size=4))
def test_whatever_overlaps_nothing_that_was_found_is_left(house: Any, text: str, words: list[str]) -> None:
    rails = [house.Rail(word, "redact") for word in words]
    found = inspected(rails, house.parts(), text, GuardrailContext(where="answer"))

    clean = redacted(text, found)

    covered = {at for _, finding in found for at in range(finding.start, finding.end)}
    assert clean.replace("[WORD]", "") == "".join(char for at, char in enumerate(text) if at not in covered)


def test_a_finding_without_a_place_takes_the_whole_text(house: Any) -> None:
    rail = house.Rail("b", "redact")
    [(_, finding)] = inspected([rail], house.parts(), "abc", GuardrailContext(where="answer"))

    assert redacted("abc", [(rail, structs.replace(finding, start=-1, end=-1))]) == "[WORD]"


def test_a_mission_that_looks_for_nothing_records_texts_as_they_are(house: Any) -> None:
    assert Recording(house.parts()).text("bob@example.com") == "bob@example.com"


def test_a_text_that_cannot_be_checked_is_withheld(house: Any, caplog: Any) -> None:
    class Broken(house.Rail):
        def inspect(self, text: Any, context: Any) -> Any:
            raise ZeroDivisionError

    parts = house.parts()
    object.__setattr__(parts, "output_guardrails", (Broken("x", "flag", check="pii"),))

    assert Recording(parts).text("bob@example.com") == WITHHELD
    assert "could not be checked" in caplog.text


def test_evidence_is_kept_where_the_text_holds_nothing_personal(house: Any) -> None:
    parts = house.parts(input=[("pii", "flag")])
    [(_, finding)] = inspected([house.Rail("word", "flag")], parts, "a word", GuardrailContext(where="question"))

    assert Recording(parts).finding(finding, "a word").excerpt == "word"
    assert Recording(parts).finding(finding, "a word to bob@example.com").excerpt == ""
