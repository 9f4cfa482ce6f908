"""The pii guardrail: what is found, what is left alone, where, and what redaction leaves."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.contracts import GuardrailContext
from gonogo.domain import GuardrailRule
from gonogo.features import Reader
from gonogo.guardrails import personal_data, pii, secrets
from gonogo.guardrails.personal_data import FINDERS, IBAN_LENGTHS, luhn, mod97
from gonogo.guardrails.pii import LOOKBACK, PersonalData


def guardrail(*kinds: str) -> PersonalData:
    options = {"kinds": list(kinds)} if kinds else {}
    return PersonalData(GuardrailRule(check="pii", action="redact", options=options), "input")


def found(text: str, *kinds: str) -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in guardrail(*kinds).spans(text)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Write to jane.doe@example.com.", "email", "jane.doe@example.com"),
        ("<a href='mailto:x_1+tag@mail.example.co.uk'>", "email", "x_1+tag@mail.example.co.uk"),
        ('{"email":"müller@beispiel.de"}', "email", "müller@beispiel.de"),
        ("reach me: jo (at) example [dot] org", "email", "jo (at) example [dot] org"),
        ("jo@\u200bexample.org", "email", "jo@\u200bexample.org"),
        ("ｊｏ＠ｅｘａｍｐｌｅ．ｏｒｇ", "email", "ｊｏ＠ｅｘａｍｐｌｅ．ｏｒｇ"),
        ("+49 30 901820", "phone", "+49 30 901820"),
        ("+1 (415) 555-2671 ext. 12", "phone", "+1 (415) 555-2671 ext. 12"),
        ("ring +44 (0)20 7946 0958 today", "phone", "+44 (0)20 7946 0958"),
        ("from abroad 0044 20 7946 0958", "phone", "0044 20 7946 0958"),
        ("(415) 555-2671", "phone", "(415) 555-2671"),
        ("415-555-2671", "phone", "415-555-2671"),
        ("1-800-555-0199", "phone", "1-800-555-0199"),
        ("my number is 06 12 34 56 78", "phone", "06 12 34 56 78"),
        ("0171/1234567", "phone", "0171/1234567"),
        ("020 7946 0958", "phone", "020 7946 0958"),
        (r'{"text":"Anna\n415-555-2671\nBerlin"}', "phone", "415-555-2671"),
        ("tel: 5551234567", "phone", "5551234567"),
        ("call me on 555-1234", "phone", "555-1234"),
        ("هاتف +٤٩ ٣٠ ٩٠١٨٢٠", "phone", "+٤٩ ٣٠ ٩٠١٨٢٠"),
        ("4111 1111 1111 1111", "card", "4111 1111 1111 1111"),
        ("card:5555555555554444,", "card", "5555555555554444"),
        ("3782-822463-10005", "card", "3782-822463-10005"),
        ("４１１１ １１１１ １１１１ １１１１", "card", "４１１１ １１１１ １１１１ １１１１"),
        ("DE89 3704 0044 0532 0130 00 please", "iban", "DE89 3704 0044 0532 0130 00"),
        ("gb82west12345698765432", "iban", "gb82west12345698765432"),
        ("FR14 2004 1010 0505 0001 3M02 606.", "iban", "FR14 2004 1010 0505 0001 3M02 606"),
        ("078-05-1120", "ssn", "078-05-1120"),
        ("my SSN is 078 05 1120", "ssn", "078 05 1120"),
        ("sk-abcdefghijklmnopqrstuvwxyz123456", "secret", "sk-abcdefghijklmnopqrstuvwxyz123456"),
        ("AKIAIOSFODNN7EXAMPLE", "secret", "AKIAIOSFODNN7EXAMPLE"),
        ("ghp_" + "a1" * 18, "secret", "ghp_" + "a1" * 18),
        (
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdEFGH1234",
            "secret",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdEFGH1234",
        ),
        ("postgres://bob:hunter22@db/x", "secret", "hunter22"),
        ('password = "abcdEFGH1234567890"', "secret", "abcdEFGH1234567890"),
    ],
)
def test_it_is_found_with_its_place_in_the_original_text(text: str, kind: str, value: str) -> None:
    assert (kind, value) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "order 12345678901",
        "Order number: 555-123-4567",
        "invoice 2024-000123-77",
        "ticket #4155552671",
        "on 2024-01-15 at 10:30",
        "15.01.2024",
        "between 2019-2024",
        "192.168.1.1",
        "version 10.15.7 of 1.2.3.4",
        "ISBN 978-3-16-148410-0",
        "BL-20X and SKU-1234567890",
        "it costs 1 200 000 euros",
        "$4,155,552,671",
        "timestamp 1700000000",
        "https://shop.example/p/1234567890123",
        "4111 1111 1111 1112",
        "1234 5678 9012 3456",
        "DE89 3704 0044 0532 0130 01",
        "XX89 3704 0044 0532 0130 00",
        "000-12-3456",
        "666-12-3456",
        "912-34-5678",
        "123-45-0000",
        "3-4-5 and 10-20",
        "git@github.com:team/project.git",
        "numpy@1.26.4",
        "user@localhost",
        "@alice and @bob",
        "meet me at the dot",
        "password: required",
        "the secret is patience",
        "token limit = 4096",
        "task-scheduler-of-the-year-award",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "pages 100-200, 300-400",
        "room 0815",
        "3.14159265358979",
    ],
)
def test_a_look_alike_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_addresses_of_machines_are_looked_for_on_request() -> None:
    assert found("host 10.0.0.7 is down") == []
    assert found("host 10.0.0.7 is down", "ipv4") == [("ipv4", "10.0.0.7")]


def test_only_the_kinds_asked_for_are_found() -> None:
    assert found("jo@example.org +49 30 901820", "phone") == [("phone", "+49 30 901820")]


def test_overlapping_findings_become_one() -> None:
    text = "https://bob:jo@example.org"
    spans = guardrail().spans(text)
    assert all(one.end <= other.start for one, other in pairwise(spans))


def test_findings_name_kind_and_code_and_never_the_value(reader: Reader) -> None:
    (finding,) = guardrail().inspect(reader.read("I am jo@example.org"), GuardrailContext(where="question"))
    assert (finding.kind, finding.owasp, finding.where) == ("email", "LLM02:2025", "question")
    assert "jo@" not in finding.excerpt + "".join(finding.signals)


def test_redaction_puts_the_kind_in_its_place(reader: Reader) -> None:
    check = guardrail()
    text = "Mail jo@example.org or call +49 30 901820."
    findings = check.inspect(reader.read(text), GuardrailContext(where="question"))
    assert check.redact(text, findings) == "Mail [EMAIL] or call [PHONE]."


def test_redaction_keeps_what_surrounds_digits_of_another_script(reader: Reader) -> None:
    check = guardrail()
    text = "مرحبا ٤١١١ ١١١١ ١١١١ ١١١١ شكرا"
    findings = check.inspect(reader.read(text), GuardrailContext(where="question"))
    assert check.redact(text, findings) == "مرحبا [CARD] شكرا"


PIECES = st.sampled_from(
    [
        "jo@example.org",
        "+49 30 901820",
        "4111 1111 1111 1111",
        "DE89370400440532013000",
        "078-05-1120",
        "call ",
        "tel",
        "sk-abcdefghijklmnopqrstuvwxyz",
        " ",
        ".",
        "-",
        "[",
        "]",
        "555-123-4567",
        "5551234567",
        "a",
        "1",
        "@",
        ":",
        "://x:yyyy@",
        "password=abcd1234efgh5678",
        "\u200b",
        "٤",
        "order ",
    ]
)


@settings(max_examples=300, deadline=None)
@given(pieces=st.lists(PIECES, max_size=8))
def test_redacting_twice_changes_nothing_more(pieces: list[str]) -> None:
    reader, check, context = PLAIN, guardrail(*FINDERS), GuardrailContext(where="question")
    text = "".join(pieces)
    once = check.redact(text, check.inspect(reader.read(text), context))
    assert check.redact(once, check.inspect(reader.read(once), context)) == once


class _PlainReader:
    """The check looks at the text alone; reading it fully would only cost time."""

    def read(self, text: str) -> Any:
        return type("Plain", (), {"text": text})()


PLAIN = _PlainReader()


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=200))
def test_every_span_lies_inside_the_text_and_in_order(text: str) -> None:
    spans = guardrail(*FINDERS).spans(text)
    places = [place for span in spans for place in (span.start, span.end)]
    assert places == sorted(places)
    assert all(0 <= place <= len(text) for place in places)


@settings(max_examples=25, deadline=None)
@given(pieces=st.lists(PIECES, min_size=1, max_size=3))
def test_a_hundred_kilobytes_of_almost_data_are_read_with_bounded_work(pieces: list[str]) -> None:
    seed = "".join(pieces)
    spans = guardrail(*FINDERS).spans((seed * (100_000 // len(seed) + 1))[:100_000])
    assert len(spans) <= 100_000


def test_a_stream_that_holds_back_the_lookback_never_shows_half_an_address() -> None:
    longest = "a" * 64 + "@" + ".".join(["b" * 60] * 3) + ".com"
    assert len(longest) <= LOOKBACK
    assert found(longest) == [("email", longest)]


def test_the_check_digit_of_a_card_is_checked() -> None:
    assert luhn("79927398713")
    assert not any(luhn(f"7992739871{digit}") for digit in "012456789")


def test_the_check_digits_of_an_account_are_checked() -> None:
    assert mod97("GB82WEST12345698765432") == 1
    assert all(15 <= length <= 32 for length in IBAN_LENGTHS.values())


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ("phone", personal_data._PHONE),
        ("card", personal_data._CARD),
        ("iban", personal_data._IBAN),
        ("ssn", personal_data._SSN),
        ("ipv4", personal_data._IPV4),
        ("secret", secrets._ISSUED),
        ("secret", secrets._ASSIGNED),
    ],
)
@pytest.mark.parametrize("tried", [50, pytest.param(200, marks=pytest.mark.slow)])
def test_what_is_looked_at_first_hides_nothing(
    kind: str, pattern: re.Pattern[str], tried: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    @settings(max_examples=tried, deadline=None)
    @given(st.from_regex(pattern, alphabet=st.characters(max_codepoint=127)))
    def holds(text: str) -> None:
        with monkeypatch.context() as everything:
            everything.setattr(pii, "DIGITS", dict.fromkeys(personal_data.DIGITS, 0))
            everything.setattr(secrets, "SHORTEST", 0)
            searched = pii._spans(text, (kind,))
        assert pii._spans(text, (kind,)) == searched

    holds()
