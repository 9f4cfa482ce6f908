"""Question: what is asked, taken apart: content terms, codes and numbers, and the kind of value expected.

Here: reading one question, and splitting one that asks several things. Not here: scoring passages (``scoring``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from gonogo.contracts import TextReader
from gonogo.contracts.text import TextFeatures
from gonogo.providers.extractive.kinds import expected_kind, has_values, holds_kind
from gonogo.providers.extractive.lexicon import spelled_out, stem
from gonogo.providers.extractive.senses import touched_by

_SCAFFOLDING = """tell, know, want, need, please, like, give, find, explain, mean, thing, get, getting, anyone,
    something, happen, question, info, information, details, let, exactly, currently, actually, someone,
    somebody, people, customer, users, us, hello, hi, thanks, many, much, long, often, far, soon, possible,
    able, going, kind, sort, way, use, using, work, ask, say, today, right, allowed"""
_CODE = re.compile(r"\b(?=[A-Za-z0-9-]*\d)(?=[A-Za-z0-9-]*[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\b|\b[A-Z]{2,6}\b")
_UNIT_OF_NUMBER = re.compile(r"^\d+(?:st|nd|rd|th|am|pm|h|kg|g|mm|cm|m|km|w|v|a|l|ml|s|min|x|k|gb|mb|bar|nm)$")
MAX_PARTS = 4
MIN_OWN_TERMS = 2
_REDACTED = re.compile(r"\[[A-Z][A-Z_ ]{1,30}\]")
_LEANING = frozenset(("it", "its", "that", "this", "they", "them", "those", "these", "there", "both", "one"))
_COUNTED = re.compile(r"\b(?:how many|number of)\s+((?:[\w-]+\s+){0,2}[\w-]+)", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_JOINING = frozenset(("and", "or", "versus", "vs", "both", "each", "respectively", "between"))
_PART_BORDER = re.compile(
    r"\?\s+|[,;]?\s+and\s+(?:also\s+)?(?=(?:(?:at|by|from|in|for|until|since|after|within|on|of|to|with|under)\s+)?"
    r"(?:how|what|when|where|who|which|why|is|are|do|does|did|can|may|must|should|will)\b)",
    re.IGNORECASE,
)
_SCAFFOLD = frozenset(stem(word.strip()) for word in _SCAFFOLDING.split(","))


def codes_of(text: str) -> frozenset[str]:
    """Names with digits or of capitals only ("BL-20X", "E14", "VAT"), lower case; plain measures left out."""
    found = (code.lower() for code in _CODE.findall(text))
    return frozenset(code for code in found if not _UNIT_OF_NUMBER.match(code))


def years_in(text: str) -> frozenset[str]:
    """Four-digit years from 1900 to 2099."""
    return frozenset(_YEAR.findall(text))


def unmarked(text: str) -> str:
    """A question without the marks that redaction leaves ("[EMAIL]"): nothing can be asked about them."""
    return _REDACTED.sub(" ", text)


@dataclass(frozen=True, eq=False)
class Question:
    """One question or one part of it. ``terms`` are distinct stems that carry content, in order; ``shared`` are terms
    of the other parts, which name what this part is about; ``whole`` is what the part was cut from."""

    features: TextFeatures
    shared: tuple[str, ...] = ()
    whole: TextFeatures | None = None

    @cached_property
    def terms(self) -> tuple[str, ...]:
        stems = tuple(dict.fromkeys(self.features.stems))
        content = tuple(term for term in stems if term not in _SCAFFOLD)
        return content or stems

    @cached_property
    def spelling(self) -> dict[str, str]:
        """Term -> a word of the question that has this stem."""
        return spelled_out((self.whole or self.features).words)

    @cached_property
    def codes(self) -> frozenset[str]:
        return codes_of(self.features.text)

    @cached_property
    def names(self) -> frozenset[str]:
        """Names of several words or with a code ("hub one"), lower case; single words are terms already."""
        return frozenset(name for name in self.features.entities if " " in name)

    @cached_property
    def expected(self) -> str | None:
        """The kind of value asked for, see ``kinds``, or ``None``."""
        return expected_kind(self.features.text)

    @property
    def expects_value(self) -> bool:
        """Whether only some texts hold what is asked for."""
        return has_values(self.expected)

    @cached_property
    def counted(self) -> frozenset[str]:
        """Stems of the things counted ("how many loggers"), empty where nothing is."""
        found = _COUNTED.search(self.features.text)
        words = found[1].lower().split() if found and self.expected == "count" else ()
        return frozenset(stem(word) for word in words) & set(self.terms)

    @cached_property
    def senses(self) -> dict[str, frozenset[int]]:
        """Term -> the senses of its words in the whole text; within a longer phrase only those of the phrase."""
        words = (self.whole or self.features).words
        touched = touched_by(words)
        longer = {at for found in touched if found.end - found.start > 1 for at in range(found.start, found.end)}
        senses: dict[str, set[int]] = {}
        for found in touched:
            if found.end - found.start > 1 or found.start not in longer:
                for at in range(found.start, found.end):
                    senses.setdefault(stem(words[at]), set()).add(found.sense)
        return {term: frozenset(numbers) for term, numbers in senses.items()}

    @cached_property
    def implied(self) -> tuple[frozenset[int], ...]:
        """Senses of phrases made of words that are no terms ("carry on" of stop words), one set per place."""
        words = self.features.words
        found: dict[int, set[int]] = {}
        for touch in touched_by(words):
            inside = words[touch.start : touch.end]
            if len(inside) > 1 and not any(stem(word) in self.terms for word in inside):
                found.setdefault(touch.start, set()).add(touch.sense)
        return tuple(frozenset(senses) for senses in found.values())

    @cached_property
    def joins(self) -> bool:
        """Whether it names several things in one breath ("phone and chat"), so that one passage may not be enough."""
        return not _JOINING.isdisjoint(self.features.words)

    @cached_property
    def leans(self) -> bool:
        """Whether it hardly says what it is about, so that the rest of the text must."""
        return len(self.terms) < MIN_OWN_TERMS or not _LEANING.isdisjoint(self.features.words)

    def is_answered_in_kind_by(self, text: str) -> bool:
        """Whether a text holds the kind of value the question expects; ``True`` where any text would do."""
        return holds_kind(self.expected, text)


def parts_of(text: str, reader: TextReader) -> list[Question]:
    """The question, or its parts where it asks several things; each part knows what the others are about.

    Sentences that ask nothing, beside one that does, are background: their terms are shared, not asked for. A question
    about several named things ("Hub Two and Hub Cell") has one part for each.
    """
    text = unmarked(text)
    whole = Question(reader.read(text))
    asking = [sentence for sentence in whole.features.sentences() if sentence.text.rstrip().endswith("?")]
    pieces = [sentence.text for sentence in asking] if asking and len(asking) < 4 else [text]
    pieces = [piece.strip() for asked in pieces for piece in _PART_BORDER.split(asked) if len(piece.split()) > 1]
    if pieces in ([], [text.strip()]):
        return _by_name(whole, reader)
    parts = (Question(reader.read(piece)) for piece in pieces[:MAX_PARTS])
    shared = [Question(part.features, _shared_terms(part, whole), whole.features) for part in parts]
    return _by_name(shared[0], reader) if len(shared) == 1 else shared


def _shared_terms(part: Question, whole: Question) -> tuple[str, ...]:
    """Terms of the rest; codes of the rest belong to another part where this one has its own."""
    foreign = _pieces(whole.codes - part.codes) - _pieces(part.codes) if part.codes else frozenset()
    return tuple(term for term in whole.terms if term not in part.terms and term not in foreign)


def _pieces(codes: frozenset[str]) -> frozenset[str]:
    return frozenset(stem(piece) for code in codes for piece in code.split("-"))


def _by_name(question: Question, reader: TextReader) -> list[Question]:
    """One part for each of several codes or names, each without the words that only the others have."""
    named = sorted(_outermost(question.codes | question.names))
    text = question.features.text
    if not 1 < len(named) <= MAX_PARTS or any(name not in text.lower() for name in named):
        return [question]
    parts = []
    for kept in named:
        left = text
        for other in named:
            if other != kept:
                left = re.sub(rf"(?<![\w-]){re.escape(other)}(?![\w-])", " ", left, flags=re.IGNORECASE)
        parts.append(Question(reader.read(" ".join(left.split())), question.shared, question.whole))
    return parts


def _outermost(names: frozenset[str]) -> set[str]:
    """Names that are no part of a longer one: "bl-45 cryo" and not "bl-45" beside it."""
    return {name for name in names if not any(name != other and name in other.split() for other in names)}
