from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.evaluation.draft_questions import question_about

SENTENCES = [
    ("The Free plan allows up to 6 loggers.", "How many loggers does the Free plan allow?", "6 loggers"),
    ("An account can have up to 15 webhooks.", "How many webhooks can an account have?", "15 webhooks"),
    (
        "The calibration certificate is kept in the app for 10 years.",
        "For how many years is the calibration certificate kept in the app?",
        "10 years",
    ),
    (
        "Refunds are paid within 15 working days after approval.",
        "Within how many working days are refunds paid after approval?",
        "15 working days",
    ),
    (
        "Unused devices can be returned within 45 days of delivery.",
        "Within how many days of delivery can unused devices be returned?",
        "45 days",
    ),
    (
        "The BL-30 RH battery lasts 15 months at a five-minute interval.",
        "How many months does the BL-30 RH battery last at a five-minute interval?",
        "15 months",
    ),
    (
        "An open alarm is repeated every 30 minutes.",
        "Every how many minutes is an open alarm repeated?",
        "30 minutes",
    ),
    ("The shortest logging interval is 10 seconds.", "What is the shortest logging interval?", "10 seconds"),
    ("The uncertainty is 0.12 °C.", "What is the uncertainty?", "0.12 °C"),
    ("Paper copies cost EUR 9 each.", "How much do paper copies cost each?", "EUR 9"),
    ("A three-point calibration costs $78.50.", "How much does a three-point calibration cost?", "$78.50"),
    (
        "Version 1 of the API is switched off on 30 September 2025.",
        "On which date is Version 1 of the API switched off?",
        "30 September 2025",
    ),
    ("The BL-20 has been sold since June 2022.", "Since when has the BL-20 been sold?", "June 2022"),
    (
        "product: Hub One; price per piece: EUR 119; stock: 4",
        'What does the table give as "price per piece" for Hub One (product)?',
        "EUR 119",
    ),
    ("BL-10 property: Weight; value: 38 g", "What does the table give for Weight (BL-10 property)?", "38 g"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "question", "fact"), SENTENCES)
def test_a_plain_sentence_with_a_figure_becomes_the_question_it_answers(sentence, question, fact):
    found = question_about(sentence)
    assert found is not None
    assert (found.question, found.fact) == (question, fact)


@pytest.mark.parametrize(
    "sentence",
    [
        "Rules are set per logger or per group.",
        "The delay of an alarm rule can be set between 0 and 240 minutes.",
        "It lasts 15 months.",
        "There are 5 kinds of rules.",
        "The warning is sent when the charge falls below 20 percent.",
        "A logger that is registered within 60 days gets one more year.",
        "The owner gets a reminder 21 days before a key expires.",
        "An annual plan must be cancelled at least 14 days before it renews.",
        "The readings are not kept for 10 years.",
        "Before a downgrade the account must hold at most 6 loggers.",
        "plan: Free; loggers: 6; users: 1",
        "device: BL-10; remove the cell first: yes",
        "# Heading",
        "",
        "The plan allows 6 loggers " + "and more " * 40,
    ],
)
def test_what_makes_no_plain_question_makes_none(sentence):
    assert question_about(sentence) is None


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["The", "plan", "plans", "allows", "is", "can", "has", "been", "up", "to", "for", "6", "9.5",
             "days", "June", "2022", "of", "a", ";", ":", "key", "and", "°C", "%", "costs", "within", "BL-10", "."]
        ),
        max_size=14,
    )
)  # fmt: skip
def test_a_fact_always_stands_literally_in_its_sentence(words):
    sentence = " ".join(words)
    found = question_about(sentence)
    if found is not None:
        assert found.fact in sentence
        assert found.question.endswith("?")
        assert "  " not in found.question


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=260))
def test_any_text_is_read_without_fault(text):
    question_about(text)
