"""Lexicon: the concepts instructions are made of, as words and short phrases, and where they stand in a sentence.

Here: concept -> phrases (compared by stem), number words, and ``Wording``, a sentence read into concept positions.
Not here: what the concepts mean together (``rules``), similarity of whole sentences (``instructions``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property, lru_cache

import Stemmer

_CONCEPTS: dict[str, str] = {
    "document": """document, doc, page, source, context, passage, excerpt, handbook, manual, material, text,
        article, file, snippet, extract, knowledge base, guide, policy, library, wiki, section""",
    "only": """only, solely, exclusively, strictly, purely, entirely, nothing but, nothing except, nothing else
        than, nothing other than, no other, stick to, stay within, stay inside, limit yourself to, confine
        yourself to, restrict yourself to, confined to, restricted to, limited to, ground, grounded in, based
        on, base, anchored in, come straight from, must come from, has to come
        from, may come from, supported by, backed by, rest on""",
    "outside": """outside knowledge, own knowledge, general knowledge, prior knowledge, background knowledge,
        world knowledge, your memory, from memory, training data, outside information, external information,
        external knowledge, outside source, external source, outside fact, elsewhere, beyond the, beyond what,
        anything else""",
    "invent": """invent, make up, made up, make anything up, make something up, make thing up, make fact up,
        making thing up, making anything up, fabricate, hallucinate, speculate, improvise, guess, embellish""",
    "cite": "cite, citation, attribute, credit, footnote",
    "tell": """say, tell, name, mention, give, state, show, add, include, indicate, identify, point, list,
        link, put, append, note, specify, write, provide, report, supply, print, attach, display, back, support""",
    "origin": """source, origin, reference, where, come from, came from, taken from, found in, drawn from, rest
        on, you used, which page, which document, which file, page name, page path, name of the page, path of
        the page, its page, page it, page each, page every""",
    "prefer": """prefer, favour, favor, trust, believe, precedence, priority, win, prevail, decide, count,
        apply, beat, override, supersede, replace, go with, go by, go first, side with, authoritative, binding,
        trump, outrank, overrule""",
    "use": """use, take, choose, pick, rely, answer, quote, cite, follow, select, adopt, keep, report, give, consult,
        base""",
    "beats": "beat, override, supersede, replace, trump, outrank, overrule",
    "beaten": """superseded by, replaced by, overridden by, overruled by, trumped by, outranked by, yield to,
        give way to""",
    "conflict": """disagree, conflict, contradict, contradictory, contradiction, differ, different, clash,
        inconsistent, mismatch, discrepancy, diverge, not match, several version, two version""",
    "reject": "ignore, discard, disregard, avoid, skip, drop, distrust, dismiss, leave out, set aside, forget",
    "new": """newest, newer, latest, recent, freshest, fresher, fresh, later, most current, more current, up to
        date, current page, current version, current document, current one, last updated, last modified, last
        changed, last revised, updated last, revised last, changed last, modified last, youngest, last
        published, published last""",
    "old": """oldest, older, old, earliest, earlier, outdated, obsolete, stale, original, first published,
        first written, first dated, first issued, published first, written first, dated first, issued first,
        out of date""",
    "first": """first page, first document, first source, first passage, first result, first text, first chunk,
        first excerpt, first file, first article, first one, first listed, come first, listed first, appear
        first, stand first, given first, found first, ranked first, shown first, retrieved first, top page, top
        document, top result, top ranked, topmost, top of the list, order given, order they are given, document
        order, order of the document, first in the list, first match, first hit, opening page, leading page""",
    "versioned": "one, date, dated, version, edition, revision, rule, statement, value, figure, information",
    "unknown": """not know, not answer, unable to answer, not able to answer, no answer, not sure, unsure,
        unknown, not certain, uncertain, unanswerable, no idea, not be answered, lack the information, no
        information""",
    "missing": """missing, absent, silent, lack, unmentioned, not contain, not say, not cover, not covered, not
        mention, not mentioned, not include, not included, not there, not in, not found, not find, not have,
        not hold, not give, not state, not stated, not support, not supported, nothing about, nothing on, say
        nothing, hold nothing, no page, no document, no passage, no source, none of the, not available, not
        present, not appear, not documented, not described, not addressed, leave open, not enough""",
    "reply": """say, tell, reply, respond, admit, acknowledge, decline, refuse, confess, concede, write, state,
        claim, pretend, answer, honest""",
    "condition": "if, when, whenever, where, unless, should, in case, as soon as, even if, even when, although, though",
    "always": "always, even if, even when, even though, regardless, anyway, in any case, no matter, every time",
    "guess": "best guess, educated guess, make a guess, take a guess, guess anyway, guess if, guess when",
    "numbered": "numbered, number, numeral, enumerate, ordered, numerically",
    "steps": "step, stage, list, point, item, instruction, procedure",
    "stepwise": "step by step, stepwise, one step per line, one step at a time",
    "bullets": """bullet, bulleted, unordered list, itemised list, itemized list, dashed list, list of dash,
        hyphen list, list with dash, point form, dot point""",
    "verbatim": """verbatim, word for word, exact word, exact wording, exact text, exact sentence, original
        wording, literally, as written, unchanged, unaltered, to the letter, quote, quotation""",
    "paraphrase": "paraphrase, rephrase, reword, change the wording, alter the wording, change a word, change any word",
    "answer": "answer, reply, response, conclusion, result, solution",
    "closing": """end, finish, close, conclude, last line, final line, own line, new line, separate line, line
        below, at the bottom, at the end, afterwards, underneath, below, following line, next line, then,
        after, followed by""",
    "leading": "first, begin, start, open, lead, up front, straight away, before",
    "date": """date, how old, when it was, when the page was, when the document was, when each page was,
        publication date, day it was""",
    "format": "format, iso, style, spell, convert, yyyy, dd",
    "least": "at least, minimum, no fewer, no less, not less, not fewer, or more, longer than",
    "more": "more than, exceed, over, longer than, beyond, above",
    "strict": "fewer than, less than, under, below, shorter than",
    "negation": """not, no, never, without, avoid, refrain, neither, nor, stop, omit, skip, nothing, rather than,
        instead of""",
    "loser": "over, rather than, instead of, ahead of, above",
    "strength": "sentence, word",
}
_NUMBER_WORDS = (
    "", "one single", "two couple", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"
)  # fmt: skip
_NUMBERS = {word: value for value, words in enumerate(_NUMBER_WORDS) for word in words.split()}
_NUMBERS |= {"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "eighty": 80}
_NUMBERS |= {"hundred": 100}

_WORD = re.compile(r"[a-z0-9]+")
_BORDER = re.compile(r"[;:,()]|\b(?:and|but|then|or)\b")
_CONTRACTIONS = (("won't", "will not"), ("can't", "can not"), ("cannot", "can not"), ("n't", " not"))
_STEMMER = Stemmer.Stemmer("english")


def plain(text: str) -> str:
    """Lower case, straight apostrophes, contractions written out."""
    lowered = text.lower().replace("’", "'")
    for short, written_out in _CONTRACTIONS:
        lowered = lowered.replace(short, written_out)
    return lowered


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """The stem concepts are compared by."""
    return str(_STEMMER.stemWord(word))


def spelled_out(words: Iterable[str]) -> dict[str, str]:
    """Stem -> a word that has it: vectors are known for words only."""
    return {stem(word): word for word in words}


def _phrases(listed: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(stem(word) for word in _WORD.findall(plain(phrase))) for phrase in listed.split(","))


CONCEPTS: dict[str, tuple[tuple[str, ...], ...]] = {name: _phrases(listed) for name, listed in _CONCEPTS.items()}


def number_of(word: str) -> int | None:
    """The value of a number in digits or words up to a hundred, else ``None``."""
    return int(word) if word.isdigit() and len(word) <= 4 else _NUMBERS.get(word)


class Wording:
    """One sentence, read into words, stems, clauses and the positions of concepts."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        self._plain = plain(sentence)
        self._places: dict[str, tuple[int, ...]] = {}

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Lower-case words and digits, in order."""
        return tuple(_WORD.findall(self._plain))

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """The words' stems, position by position."""
        return tuple(stem(word) for word in self.words)

    @cached_property
    def clauses(self) -> tuple[int, ...]:
        """For each word the number of its clause; commas, brackets and conjunctions are borders."""
        borders = [found.end() for found in _BORDER.finditer(self._plain)]
        numbers, passed = [], 0
        for word in _WORD.finditer(self._plain):
            while passed < len(borders) and borders[passed] <= word.start():
                passed += 1
            numbers.append(passed)
        return tuple(numbers)

    def places(self, concept: str) -> tuple[int, ...]:
        """Positions of the first words of a concept's phrases, ascending."""
        if concept not in self._places:
            self._places[concept] = tuple(
                start
                for start in range(len(self.stems))
                if any(self.stems[start : start + len(phrase)] == phrase for phrase in CONCEPTS[concept])
            )
        return self._places[concept]

    def has(self, *concepts: str) -> bool:
        """Whether every concept stands somewhere in the sentence."""
        return all(self.places(concept) for concept in concepts)

    def near(self, one: str, other: str, distance: int) -> bool:
        """Whether two concepts stand at most ``distance`` words apart, at different words."""
        return any(0 < abs(a - b) <= distance for a in self.places(one) for b in self.places(other))

    def negated(self, place: int, reach: int = 5) -> bool:
        """Whether an odd number of negations stand in the same clause, at most ``reach`` words before ``place``."""
        before = [n for n in self.places("negation") if place - reach <= n < place]
        return sum(self.clauses[n] == self.clauses[place] for n in before) % 2 == 1

    def affirmed(self, concept: str) -> bool | None:
        """``True`` where the concept stands un-negated, ``False`` where only negated, ``None`` where absent."""
        places = self.places(concept)
        if not places:
            return None
        return any(not self.negated(place) for place in places)
