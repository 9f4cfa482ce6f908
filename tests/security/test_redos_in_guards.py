"""No guardrail takes longer than the text is long: a hundred kilobytes that nearly match are read like any other text.

Work that grew with the square would keep this from ever ending; there is no clock in it.
"""

from __future__ import annotations

import pytest
from tests.guardrails.conftest import shipped_injection

from gonogo.contracts import GuardrailContext
from gonogo.domain import GuardrailRule
from gonogo.features import Reader, StaticEmbedder
from gonogo.guardrails import KNOWN, build
from gonogo.telemetry.logs import Scrubber

SIZE = 100_000
ADVERSARIAL = (
    "a.a.", "a@a.", "1-", "+1 (", "4111 ", "ignore ", "((((", "a" * 50 + "!", "https://a.", "DE89 3704", "\u200b", "{{",
    "= ", "gng_1_", "Bearer ", "sk-a", "\n\n", "<|im_start|>", "ignore all previous ", "-----BEGIN ",
)  # fmt: skip
PLAIN = [name for name, check in KNOWN.items() if check.metric is None and name != "toxicity"]


@pytest.fixture(scope="module")
def own_reader() -> Reader:
    return Reader(StaticEmbedder())


@pytest.mark.parametrize("piece", ADVERSARIAL)
@pytest.mark.parametrize("name", PLAIN)
def test_a_hundred_kilobytes_that_nearly_match_are_read_to_their_end(own_reader, name, piece):
    check = KNOWN[name]
    stage = next(iter(check.actions))
    rule = GuardrailRule(check=name, action=check.actions[stage][0])
    rail = build(rule, stage, classifiers={"injection": shipped_injection()})
    text = (piece * (SIZE // len(piece) + 1))[:SIZE]
    found = rail.inspect(own_reader.read(text), GuardrailContext(where="question", system="Answer from the documents."))
    assert all(one.end <= len(text) for one in found)


@pytest.mark.parametrize("piece", ADVERSARIAL)
def test_the_scrubber_of_logs_reads_them_too(piece):
    assert Scrubber(["a secret of ours"])(piece * (SIZE // len(piece)))
