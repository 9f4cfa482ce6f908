"""Overlap of texts, by the examples of the papers and, where they are installed, by the reference implementations."""

from __future__ import annotations

import random

import pytest

from gonogo.metrics.overlap import bleu, bleu_tokens, gleu, levenshtein, longest_common, rouge_l, rouge_n

WORDS = [
    "the",
    "cat",
    "sat",
    "on",
    "a",
    "mat",
    "3.5",
    "1,000",
    "e.g.",
    "(well)",
    "it's",
    "2-3",
    "end.",
    "Yes,",
    "&amp;",
]


def texts(seed: int, most: int = 14) -> str:
    chance = random.Random(seed)
    return " ".join(chance.choice(WORDS) for _ in range(chance.randint(1, most)))


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2), ("same", "same", 0)],
)
def test_edit_distance_of_known_pairs(one: str, other: str, edits: int) -> None:
    assert levenshtein(one, other) == levenshtein(other, one) == edits


def slow_distance(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for at, left in enumerate(one, 1):
        before, row[0] = row[0], at
        for place, right in enumerate(other, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (left != right))
    return row[-1]


def test_edit_distance_agrees_with_the_table_of_the_textbook() -> None:
    chance = random.Random(5)
    for _ in range(400):
        one, other = ("".join(chance.choices("abcü", k=chance.randint(0, 90))) for _ in range(2))
        assert levenshtein(one, other) == slow_distance(one, other)


def test_rouge_of_the_sentences_in_the_paper() -> None:
    # Lin 2004, section 3.1: with LCS, S2 is nearer to S1 than S3; with bigrams both are alike.
    first, second, third = "police killed the gunman", "police kill the gunman", "the gunman kill police"
    assert rouge_l(second, first) == 0.75
    assert rouge_l(third, first) == 0.5
    assert rouge_n(second, first, 2) == rouge_n(third, first, 2) == pytest.approx(1 / 3)
    assert rouge_n("a b", "a b c d") == pytest.approx(2 * 1.0 * 0.5 / 1.5)
    assert rouge_n("a", "a b", 2) == rouge_n("", "") == rouge_l("", "x") == 0.0


def test_the_longest_common_subsequence_keeps_order() -> None:
    assert longest_common(["a", "b", "c", "d"], ["d", "a", "c", "b", "d"]) == 3
    assert longest_common([], ["a"]) == longest_common(["a"], []) == 0


def test_bleu_clips_repeated_words_as_in_the_paper() -> None:
    # Papineni et al. 2002, section 2.1: modified unigram precision 2/7; no bigram matches, so smoothing takes over.
    value = bleu("the the the the the the the", ["the cat is on the mat", "there is a cat on the mat"])
    assert value == pytest.approx((2 / 7 * (1 / 2) / 6 * (1 / 4) / 5 * (1 / 8) / 4) ** 0.25)
    assert bleu("the cat is on the mat", ["the cat is on the mat"]) == pytest.approx(1.0)
    assert bleu("", ["a"]) == bleu("x", ["a"]) == bleu("x", [""]) == 0.0


def test_bleu_takes_off_for_brevity() -> None:
    assert bleu("a b", ["a b c d"]) == pytest.approx(2.718281828459045**-1)


def test_tokens_keep_numbers_whole_and_set_punctuation_apart() -> None:
    assert bleu_tokens('It\'s 3.5, (or "1,000").') == ["It's", "3.5", ",", "(", "or", '"', "1,000", '"', ")", "."]


def test_gleu_takes_the_smaller_of_precision_and_recall() -> None:
    # 4 words: 10 n-grams; the text has 3 of them in its own 3.
    assert gleu("a b", ["a b c d"]) == gleu("a b c d", ["a b"]) == pytest.approx(0.3)
    assert gleu("", [""]) == 0.0


def test_rouge_agrees_with_the_reference_implementation() -> None:
    scorer = pytest.importorskip("rouge_score.rouge_scorer").RougeScorer(["rouge1", "rouge2", "rougeL"])
    for seed in range(200):
        one, other = texts(2 * seed), texts(2 * seed + 1)
        theirs = scorer.score(other, one)
        assert rouge_n(one, other) == pytest.approx(theirs["rouge1"].fmeasure)
        assert rouge_n(one, other, 2) == pytest.approx(theirs["rouge2"].fmeasure)
        assert rouge_l(one, other) == pytest.approx(theirs["rougeL"].fmeasure)


def test_bleu_agrees_with_the_reference_implementation() -> None:
    metric = pytest.importorskip("sacrebleu.metrics").BLEU(effective_order=True)
    for seed in range(300):
        one, others = texts(3 * seed), [texts(3 * seed + 1), texts(3 * seed + 2)]
        assert 100 * bleu(one, others) == pytest.approx(metric.sentence_score(one, others).score)


def test_gleu_agrees_with_the_reference_implementation() -> None:
    reference = pytest.importorskip("nltk.translate.gleu_score")
    for seed in range(200):
        one, others = texts(3 * seed), [texts(3 * seed + 1), texts(3 * seed + 2)]
        theirs = reference.sentence_gleu([bleu_tokens(other) for other in others], bleu_tokens(one))
        assert gleu(one, others) == pytest.approx(theirs)
