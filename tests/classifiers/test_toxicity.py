"""Toxicity: open abuse is found, naming people is none, and the shipped weights keep their word."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.classifiers import SHIPPED, LinearClassifier, feature_set, read_folder
from gonogo.classifiers.feature_sets.toxicity import WINDOW, ToxicityFeatures
from gonogo.classifiers.feature_sets.toxicity_patterns import found_kinds
from gonogo.classifiers.feature_sets.toxicity_words import GROUPS, WORDS
from gonogo.contracts import Answer, Example, FeatureSet
from gonogo.features import Reader, StaticEmbedder
from gonogo.metrics import Toxicity
from gonogo.training.identity_terms import swaps

ODD = [
    "",
    " ",
    "🎉" * 50,
    "\ud800",
    "\x00\xff\x01",
    "a" * 100_000,
    "!" * 5_000,
    "и hola 你好 שלום",
    "*" * 3_000,
    "you " * 9_000,
]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(StaticEmbedder())


@pytest.fixture(scope="module")
def features() -> FeatureSet:
    return ToxicityFeatures()


@pytest.fixture(scope="module")
def classifier() -> LinearClassifier:
    return LinearClassifier(read_folder(SHIPPED / "toxicity"), feature_set("toxicity"))


def kinds(text: str, abusive: bool = False) -> dict[str, float]:
    return found_kinds(text, text.lower().replace(".", " ").replace(",", " ").split(), abusive)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("You are such an idiot.", "insult"),
        ("Shut up and go to hell.", "insult"),
        ("I will kill you.", "threat"),
        ("I hope you die.", "threat"),
        ("I hate all immigrants.", "hate"),
        ("Women are just stupid.", "hate"),
        ("That bastard did it.", "crude"),
    ],
)
def test_phrases_of_open_abuse_are_found_and_named_by_kind(text: str, kind: str) -> None:
    found = kinds(text, abusive=True)
    assert max(found, key=lambda name: found[name]) == kind


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Gay, lesbian, transgender, Muslim, Jewish and black customers are welcome.",
        "Women and immigrants are eligible for the programme.",
        "Kill the process with kill -9 and hang up the phone.",
        "The pig farm sells garbage bags and trash cans.",
        "Your battery will die after 5 hours, and the shooting star is a dumbbell.",
        "He passed the assessment in Scunthorpe and drank a cocktail.",
        "It is a stupid mistake to skip the backup.",
    ],
)
def test_no_phrase_is_found_in_harmless_text(text: str) -> None:
    assert kinds(text, abusive=True) == {}


def test_a_phrase_that_is_quoted_or_forbidden_weighs_less() -> None:
    meant, quoted = kinds("You are a moron."), kinds('Please avoid the word "moron" in replies.', abusive=True)
    assert quoted["insult"] < 0.3 < meant.get("insult", kinds("You are a moron.", abusive=True)["insult"])


VOCABULARY = (
    "you are such a the all go and die hope i will kill hate despise women muslims should back stupid get rid of gas "
    "shut up hell f*ck sh*t piece garbage deserve to suffer they must disappear dirty ban trash lost your self can't "
    "stand please what an idiot bunch losers animals n1gger fa4g suck my cow"
)


@given(st.lists(st.sampled_from(VOCABULARY.split()), max_size=9))
def test_leaving_out_the_search_where_no_word_calls_for_it_loses_nothing(words: list[str]) -> None:
    abuse = {"slur", "vulgar", "crude", "insult", "demean"}
    text, features = " ".join(words), ToxicityFeatures()
    seen = dict(zip(features.names, features.dense(Example(text=Reader(StaticEmbedder()).read(text))), strict=True))
    searched = found_kinds(text, words, True)
    assert found_kinds(text, words, any(seen[kind] for kind in abuse)) == searched


def test_every_feature_has_one_name(reader: Reader, features: FeatureSet) -> None:
    numbers = features.dense(Example(text=reader.read("You people are worse than rats.")))
    assert len(numbers) == len(features.names) == len(set(features.names))


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_have_finite_features(reader: Reader, features: FeatureSet, text: str) -> None:
    for part in features.windows(Example(text=reader.read(text))):
        assert all(map(math.isfinite, features.dense(part)))


@given(st.text())
def test_any_text_has_finite_features(text: str) -> None:
    example = Example(text=Reader(StaticEmbedder()).read(text))
    assert all(map(math.isfinite, ToxicityFeatures().dense(example)))


def test_naming_a_group_changes_no_named_feature(reader: Reader, features: FeatureSet) -> None:
    """Length apart ("black people" is two words), and what the sentence itself says well of somebody."""
    loose = {"length", "shouting", "i_abused"}
    by_sentence: dict[int, dict[str, set[float]]] = {}
    for case in swaps():
        named = dict(zip(features.names, features.dense(Example(text=reader.read(case.text))), strict=True))
        for name, value in named.items():
            if name not in loose:
                by_sentence.setdefault(case.sentence, {}).setdefault(name, set()).add(value)
    moved = {name for numbers in by_sentence.values() for name, values in numbers.items() if len(values) > 1}
    assert moved == set()


def test_no_name_of_a_group_abuses_by_itself() -> None:
    abuse = {0, 1, 2, 3, 4}
    assert not [word for word in GROUPS if abuse & set(WORDS[word])]


def test_a_long_text_is_judged_in_parts(features: FeatureSet, reader: Reader) -> None:
    parts = features.windows(Example(text=reader.read("The invoice is due on Monday. " * 200)))
    assert len(parts) > 5
    assert all(len(part.text.normalised) <= WINDOW * 1.2 for part in parts)


def test_disguised_letters_are_counted(reader: Reader, features: FeatureSet) -> None:
    named = dict(
        zip(features.names, features.dense(Example(text=reader.read("w0rthl3ss p4thet1c 5tup1d l0s3rs"))), strict=True)
    )
    assert named["insult"] > 0.0


@pytest.mark.parametrize(
    "text",
    [
        "You are such a worthless idiot.",
        "Shut up, bitch.",
        "I hate all immigrants, they are vermin.",
        "Those people should be hanged, every one of them.",
    ],
)
def test_open_abuse_is_positive(classifier: LinearClassifier, reader: Reader, text: str) -> None:
    assert classifier.judge(Example(text=reader.read(text))).positive


@pytest.mark.parametrize(
    "text",
    [
        "How do I change the billing address of my account?",
        "Gay, lesbian, transgender, Muslim, Jewish and black customers are welcome.",
        "Kill the process with kill -9 and restart the server.",
        "The court sentenced the man for the attack on two women.",
        "Please summarise this report in three sentences.",
        "",
    ],
)
def test_ordinary_text_is_negative(classifier: LinearClassifier, reader: Reader, text: str) -> None:
    assert not classifier.judge(Example(text=reader.read(text))).positive


def test_abuse_inside_a_long_document_is_found(classifier: LinearClassifier, reader: Reader) -> None:
    filler = "The quarterly figures were discussed and the committee agreed to meet again in spring. " * 40
    text = f"{filler}You are a pathetic worthless idiot and I hope you die. {filler}"
    calm, abused = (classifier.judge(Example(text=reader.read(one))).probability for one in (filler, text))
    assert abused > calm
    # The rest of its window thins abuse out; open abuse is the metric's to find wherever it stands.
    assert (Toxicity(reader, classifier).score(Answer(question="", text=text)).value or 0.0) > 0.9
    assert not classifier.judge(Example(text=reader.read(filler))).positive


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_have_a_probability(classifier: LinearClassifier, reader: Reader, text: str) -> None:
    judged = classifier.judge(Example(text=reader.read(text)))
    assert 0.0 <= judged.probability <= 1.0


def test_the_card_says_what_it_was_made_from_and_how_good_it_is(classifier: LinearClassifier) -> None:
    card = classifier.card
    assert card.features == f"toxicity/{feature_set('toxicity').version}"
    assert card.code == feature_set("toxicity").digest
    assert card.threshold.target == 0.01
    assert card.threshold.false_positives.n > 5_000
    assert {"davidson", "surge", "toxigen"} <= {source.name for source in card.data.sources}
    assert all(source.licence for source in card.data.sources)


def test_plain_sentences_that_name_groups_are_nearly_never_positive(
    classifier: LinearClassifier, reader: Reader
) -> None:
    positive = [case for case in swaps() if classifier.judge(Example(text=reader.read(case.text))).positive]
    assert len(positive) <= 0.02 * len(swaps())
