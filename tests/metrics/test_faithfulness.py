"""Faithfulness: one wrong number or name is caught, close paraphrases are not accused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonogo.contracts import Example, Judgement
from gonogo.contracts.judging import Answer, Metric
from gonogo.domain import Chunk, RetrievedChunk
from gonogo.features import Reader
from gonogo.metrics import Faithfulness, without_citations

Make = Callable[..., Answer]

SUPPORTED = [
    "The BL-20X blender has a 26-month warranty.",
    "The BL-20X comes with a warranty of 26 months.",
    "You can return an item within thirty days after delivery [1].",
    "The money goes back to your original card within five business days.",
    "No, opened software can't be returned.",
    "The Pro plan costs $10 per month and has twelve seats.",
    "Basic costs 5 dollars per month.",
    "Maria Lopez in Lisbon is available on weekdays between 9 am and 5 pm, from 9:00 to 17:00.",
    "The warranty covers motor faults but not damage from dropping.",
    "The maximum upload size is 25 MB, as the EU sets the rules.",
    "The warranty lasts 26 months [docs/warranty.md#Warranty].",
]
UNSUPPORTED = [
    ("The BL-20X comes with a warranty of 24 months.", "24"),
    ("The BL-30X has a 26-month warranty.", "bl-30x"),
    ("Refunds are paid to the original card within 7 business days.", "7"),
    ("Opened software can be returned.", "opposite"),
    ("The Pro plan costs 5 dollars per month.", "5 belongs"),
    ("The Basic plan has 12 seats.", "12 belongs"),
    ("Contact Maria Gomez in the Lisbon office.", "gomez"),
    ("Contact Maria Lopez in the Madrid office.", "madrid"),
    ("Support started in May 2019.", "may"),
    ("The minimum upload size is 25 MB.", "maximum"),
    ("Returns are accepted within thirty-five days.", "35"),
    ("Blue whales sing songs below the ocean surface.", "not found: blue"),
]


@pytest.mark.parametrize("text", SUPPORTED)
def test_a_close_paraphrase_is_not_accused(reader: Reader, answer: Make, text: str) -> None:
    metric = Faithfulness(reader)
    assert metric.unsupported(answer(text)) == []
    assert (metric.score(answer(text)).value or 0.0) >= 0.8


@pytest.mark.parametrize(("text", "said"), UNSUPPORTED)
def test_one_wrong_number_name_or_statement_is_caught(reader: Reader, answer: Make, text: str, said: str) -> None:
    ((sentence, reason),) = Faithfulness(reader).unsupported(answer(text))
    assert sentence == text
    assert said in reason


@pytest.mark.parametrize(("text", "said"), UNSUPPORTED)
def test_it_is_caught_inside_an_otherwise_good_answer(reader: Reader, answer: Make, text: str, said: str) -> None:
    good = "Returns are accepted within 30 days of delivery."
    metric = Faithfulness(reader)
    mixed = answer(f"{good} {text} The maximum upload size is 25 MB.")
    assert [sentence for sentence, _ in metric.unsupported(mixed)] == [text]
    whole, part = metric.score(answer(good)).value, metric.score(mixed).value
    assert whole == 1.0
    assert part is not None
    assert part < 0.8
    assert said in metric.score(mixed).detail


def test_a_fully_copied_answer_scores_one(reader: Reader, answer: Make) -> None:
    score = Faithfulness(reader).score(answer("The BL-20X blender has a 26-month warranty."))
    assert (score.state, score.value, score.detail) == ("value", pytest.approx(1.0), "")


def test_sentences_count_by_their_content_words(reader: Reader, answer: Make) -> None:
    supports = Faithfulness(reader).supports(answer("Returns are accepted within 30 days of delivery. Unicorns sing."))
    assert [support.weight for support in supports] == [6, 2]


def test_a_number_of_the_question_may_be_denied_but_not_affirmed(reader: Reader, answer: Make) -> None:
    metric, question = Faithfulness(reader), "Can I return it after 45 days?"
    assert metric.unsupported(answer("No, returns are not accepted after 45 days.", question)) == []
    assert metric.unsupported(answer("Yes, returns are accepted within 45 days.", question)) != []


def test_questions_lead_ins_and_lines_of_sources_claim_nothing(reader: Reader, answer: Make) -> None:
    text = (
        "Here is what I found:\n- Returns are accepted within 30 days\n\nAnything else on unicorns?\nSources: rainbows"
    )
    assert Faithfulness(reader).unsupported(answer(text)) == []


def test_the_detail_names_the_worst_sentence(reader: Reader, answer: Make) -> None:
    score = Faithfulness(reader).score(answer("Support started in March 2019. The BL-20X has a 24-month warranty."))
    assert score.detail == '"The BL-20X has a 24-month warranty.": the number 24 is not in the documents'


@pytest.mark.parametrize(
    ("text", "changes", "said"),
    [
        ("I do not know: the documents do not say.", {}, "refusal"),
        ("Blocked.", {"refused": True}, "refusal"),
        ("It takes 30 days.", {"chunks": ()}, "no chunks"),
        ("  ", {}, "empty"),
        ("And so on?", {}, "claims nothing"),
    ],
)
def test_where_nothing_can_be_said_the_score_is_not_applicable(
    reader: Reader, answer: Make, text: str, changes: dict[str, object], said: str
) -> None:
    score = Faithfulness(reader).score(answer(text, **changes))
    assert (score.state, score.value) == ("not-applicable", None)
    assert said in score.detail
    assert Faithfulness(reader).unsupported(answer(text, **changes)) == []


def test_headings_and_titles_are_evidence(reader: Reader) -> None:
    chunk = Chunk(id="1", text="It has 26 months of it.", source="a.md", heading="Warranty", title="The BL-20X")
    rests = Answer(
        question="?", text="The BL-20X has 26 months.", chunks=(RetrievedChunk(chunk=chunk, score=1, rank=1),)
    )
    assert Faithfulness(reader).unsupported(rests) == []


def test_citations_are_taken_out_and_other_brackets_stay(answer: Make) -> None:
    chunks = answer("").chunks
    text = "In 30 days [1][2, 3] [docs/warranty.md#returns] [warranty.md] [note] [link](a.md)"
    assert without_citations(text, chunks) == "In 30 days [note] [link](a.md)"


class Judge:
    """A classifier that is as sure as it is told, and remembers what it was shown."""

    def __init__(self, probability: float) -> None:
        self.probability = probability
        self.seen: list[Example] = []

    def judge(self, example: Example) -> Judgement:
        self.seen.append(example)
        return Judgement(probability=self.probability, positive=self.probability >= 0.4)


def test_with_a_classifier_the_value_is_its_probability(reader: Reader, answer: Make) -> None:
    judge = Judge(0.9)
    metric = Faithfulness(reader, judge)  # type: ignore[arg-type]
    score = metric.score(answer("Broken machines are repaired for a long time.", "How long?"))
    assert (score.value, score.detail) == (pytest.approx(0.9), "")
    (seen,) = judge.seen
    assert seen.context == {"question": 1.0}
    assert [text.text for text in seen.against][-1] == "How long?"
    assert "Warranty" in [text.text for text in seen.against]


def test_a_contradiction_counts_whatever_the_classifier_says(reader: Reader, answer: Make) -> None:
    metric = Faithfulness(reader, Judge(0.99))  # type: ignore[arg-type]
    score = metric.score(answer("The BL-20X has a 24-month warranty."))
    assert score.value == 0.0
    assert "the number 24" in score.detail


def test_a_sentence_that_the_classifier_doubts_is_named_with_its_probability(reader: Reader, answer: Make) -> None:
    metric = Faithfulness(reader, Judge(0.1))  # type: ignore[arg-type]
    ((_, reason),) = metric.unsupported(answer("Returns are accepted within 30 days of delivery."))
    assert reason == "support is unlikely (probability 0.10)"


def test_it_is_a_metric(reader: Reader) -> None:
    metric: Metric = Faithfulness(reader)
    assert metric.name == "faithfulness"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=100))
def test_any_answer_has_a_score_or_a_reason_for_none(reader: Reader, answer: Make, text: str) -> None:
    score = Faithfulness(reader).score(answer(text))
    assert score.value is None or 0.0 <= score.value <= 1.0


@pytest.mark.parametrize("unit", ["a", "5 ", "Name ", "[1]", "\ud800", "😀", ". A", "A5-"])
def test_a_long_monotonous_answer_is_scored(reader: Reader, answer: Make, unit: str) -> None:
    Faithfulness(reader).score(answer(unit * (50_000 // len(unit))))
