"""Overlap: how alike two texts are, by their characters and words: edit distance, ROUGE, BLEU, GLEU.

Here: the formulas as they were published, on texts in memory. Not here: bounds on them (``overlap_assertions``),
METEOR (``meteor``), meaning (``reading_assertions``).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Hashable, Sequence

Grams = Counter[tuple[str, ...]]
MOST_BLEU_WORDS = 4
_WORD = re.compile(r"[^\W_]+")
_ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))
_APART = re.compile(r"""([!-&(-+:-@/\[-`{-~])""")
_POINT_AFTER = re.compile(r"([^0-9])([.,])")
_POINT_BEFORE = re.compile(r"([.,])([^0-9])")
_DASH = re.compile(r"([0-9])(-)")


def levenshtein(one: str, other: str) -> int:
    """Fewest insertions, deletions and replacements of characters that make one text the other (Levenshtein 1966).

    Computed with one bit a character (Myers 1999, in the form of Hyyrö 2003): milliseconds for 10,000 characters.
    """
    if not one:
        return len(other)
    mask, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    places = _places(one)
    up, down, distance = mask, 0, len(one)
    for character in other:
        equal = places.get(character, 0)
        diagonal = equal | down
        across = (((equal & up) + up) ^ up) | equal
        more = down | (~(across | up) & mask)
        fewer = up & across
        distance += bool(more & last) - bool(fewer & last)
        more = (more << 1) | 1
        up = (fewer << 1 | ~(diagonal | more)) & mask
        down = more & diagonal & mask
    return distance


def longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence, with one bit an item (Hyyrö 2004)."""
    places = _places(one)
    mask = (1 << len(one)) - 1
    row = mask
    for item in other:
        shared = row & places.get(item, 0)
        row = ((row + shared) | (row - shared)) & mask
    return len(one) - row.bit_count()


def rouge_n(text: str, reference: str, n: int = 1) -> float:
    """ROUGE-N as F1: overlap of word n-grams, each counted as often as both have it (Lin 2004, W04-1013).

    Words are runs of letters and digits, case folded; 0 where either has no n-gram.
    """
    ours, theirs = _grams(words(text), n), _grams(words(reference), n)
    return _f1((ours & theirs).total(), ours.total(), theirs.total())


def rouge_l(text: str, reference: str) -> float:
    """ROUGE-L as F1: longest common subsequence of words (Lin 2004, section 3.1, beta 1)."""
    ours, theirs = words(text), words(reference)
    return _f1(longest_common(ours, theirs), len(ours), len(theirs))


def bleu(text: str, references: Sequence[str]) -> float:
    """Sentence BLEU, 0..1: precision of n-grams of 1 to 4 words times the brevity penalty (Papineni et al. 2002).

    Tokens as mteval-v13a cuts them, case kept. An order without a match counts as 1 / (2^k total), k-th such order
    (Chen and Cherry 2014, smoothing 3); orders longer than the text are left out, for one sentence is short.
    """
    ours = bleu_tokens(text)
    theirs = [bleu_tokens(reference) for reference in references]
    logs: list[float] = []
    matched, halvings = 0, 0
    for n in range(1, min(MOST_BLEU_WORDS, len(ours)) + 1):
        grams = _grams(ours, n)
        most: Grams = Counter()
        for tokens in theirs:
            most |= _grams(tokens, n)
        found = (grams & most).total()
        matched += found
        halvings += not found
        logs.append(math.log((found or 0.5**halvings) / grams.total()))
    if not matched:
        return 0.0
    nearest = min((len(tokens) for tokens in theirs), key=lambda length: (abs(length - len(ours)), length))
    brevity = min(0.0, 1.0 - nearest / len(ours))
    return min(1.0, math.exp(brevity + math.fsum(logs) / len(logs)))


def gleu(text: str, references: Sequence[str]) -> float:
    """Sentence GLEU, 0..1: the smaller of precision and recall over all n-grams of 1 to 4 words; of several references
    the best (Wu et al. 2016, arXiv 1609.08144)."""
    ours = _all_grams(bleu_tokens(text))
    best = 0.0
    for reference in references:
        theirs = _all_grams(bleu_tokens(reference))
        most = max(ours.total(), theirs.total())
        best = max(best, (ours & theirs).total() / most if most else 0.0)
    return best


def bleu_tokens(text: str) -> list[str]:
    """Tokens by the rules of NIST's mteval-v13a: punctuation apart, points and commas kept inside numbers."""
    line = text.replace("-\n", "").replace("\n", " ")
    for entity, character in _ENTITIES:
        line = line.replace(entity, character)
    line = _APART.sub(r" \1 ", f" {line} ")
    line = _POINT_AFTER.sub(r"\1 \2 ", line)
    line = _POINT_BEFORE.sub(r" \1 \2", line)
    return _DASH.sub(r"\1 \2 ", line).split()


def words(text: str) -> list[str]:
    """Runs of letters and digits, case folded."""
    return _WORD.findall(text.casefold())


def _grams(words: Sequence[str], n: int) -> Grams:
    return Counter(tuple(words[at : at + n]) for at in range(len(words) - n + 1))


def _all_grams(words: Sequence[str]) -> Grams:
    return sum((_grams(words, n) for n in range(1, MOST_BLEU_WORDS + 1)), Counter())


def _places(items: Sequence[Hashable]) -> dict[Hashable, int]:
    """Where each item stands, as bits."""
    places: dict[Hashable, int] = {}
    for at, item in enumerate(items):
        places[item] = places.get(item, 0) | 1 << at
    return places


def _f1(shared: int, ours: int, theirs: int) -> float:
    return 2 * shared / (ours + theirs) if shared else 0.0
