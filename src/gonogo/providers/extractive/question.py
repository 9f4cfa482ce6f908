"""Question: what is asked, taken apart: content terms, codes and numbers, and the kind of value expected.

Here: reading one question, and splitting one that asks several things. Not here: scoring passages (``scoring``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from gonogo.contracts import TextReader
from gonogo.contracts.text import TextFeatures
from gonogo.providers.extractive.lexicon import spelled_out, stem

_SCAFFOLDING = """tell, know, want, need, please, like, give, find, explain, mean, thing, get, getting, anyone,
    something, happen, question, info, information, details, let, exactly, currently, actually, someone,
    somebody, people, customer, users, us, hello, hi, thanks, many, much, long, often, far, soon, possible,
    able, going, kind, sort, way, use, using, work, ask, say, today, right, allowed"""
_CODE = re.compile(r"\b(?=[A-Za-z0-9-]*\d)(?=[A-Za-z0-9-]*[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\b|\b[A-Z]{2,6}\b")
_CODE_WITH_DIGIT = re.compile(r"\b[A-Z]{1,6}-?\d[A-Za-z0-9-]*\b")
_UNIT_OF_NUMBER = re.compile(r"^\d+(?:st|nd|rd|th|am|pm|h|kg|g|mm|cm|m|km|w|v|a|l|ml|s|min|x|k|gb|mb|bar|nm)$")
MAX_PARTS = 4
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_PART_BORDER = re.compile(
    r"\?\s+|[,;]?\s+and\s+(?:also\s+)?(?=(?:how|what|when|where|who|which|why|is|are|do|does|did|can|may|must|should|will)\b)",
    re.IGNORECASE,
)
_EXPECTED = (
    ("money", re.compile(r"\bhow much (?:is|are|for|do i pay)\b|\b(?:price|costs?|fee|charged?)\b")),
    ("amount", re.compile(r"\bhow (?:much|many|long|often|far|old|big|large|heavy|high|fast|hot|deep|wide|soon|late)\b"
                          r"|\bwhat (?:is the )?(?:limit|maximum|minimum|weight|temperature|number|size)\b"
                          r"|\b(?:weigh|weight|torque|voltage|percent|percentage)\b")),
    ("time", re.compile(r"\bwhen\b|\bwhat time\b|\bopening hours\b|\bwhich day\b|\bdeadline\b|\bby what date\b")),
    ("person", re.compile(r"\bwho(?:m|se)?\b")),
    ("steps", re.compile(r"\bhow (?:do|can|should|would|to)\b|\bwhat (?:are the )?steps\b")),
)  # fmt: skip
_TIME = re.compile(
    r"\d|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|\b(?:day|week|month|year|hour|minute|noon|midnight|morning|evening"
    r"|january|february|march|april|may|june|july|august|september|october|november|december)",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|half|unlimited|no limit)\b"
    r"|^(?:One|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten|Eleven|Twelve|Twenty|Thirty|Half)\b"
)
_MONEY = re.compile(
    r"[€$£]|\b(?:[A-Z]{3} ?\d|\d ?[A-Z]{3}\b|euros?\b|dollars?\b|cents?\b|free\b|nothing\b|no cost|percent\b)"
)
_PERSON = re.compile(r"\b(?:manager|team|desk|lead|engineer|officer|department|owner|staff|[A-Z][a-z]+ [A-Z][a-z]+)\b")
_ANSWERS = {"amount": _AMOUNT, "money": _MONEY, "time": _TIME, "person": _PERSON}
_SCAFFOLD = frozenset(stem(word.strip()) for word in _SCAFFOLDING.split(","))


def codes_of(text: str) -> frozenset[str]:
    """Names with digits or of capitals only ("BL-20X", "E14", "VAT"), lower case; plain measures left out."""
    found = (code.lower() for code in _CODE.findall(text))
    return frozenset(code for code in found if not _UNIT_OF_NUMBER.match(code))


def years_in(text: str) -> frozenset[str]:
    """Four-digit years from 1900 to 2099."""
    return frozenset(_YEAR.findall(text))


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
        """``money``, ``amount``, ``time``, ``person``, ``steps`` or ``None``."""
        lowered = self.features.text.lower()
        return next((name for name, pattern in _EXPECTED if pattern.search(lowered)), None)

    def is_answered_in_kind_by(self, text: str) -> bool:
        """Whether a text holds the kind of value the question expects; ``True`` where any text would do."""
        pattern = _ANSWERS.get(self.expected or "")
        return pattern is None or pattern.search(_CODE_WITH_DIGIT.sub(" ", text)) is not None


def parts_of(text: str, reader: TextReader) -> list[Question]:
    """The question, or its parts where it asks several things; each part knows what the others are about.

    Sentences that ask nothing, beside one that does, are background: their terms are shared, not asked for. A question
    about several named things ("Hub Two and Hub Cell") has one part for each.
    """
    whole = Question(reader.read(text))
    asking = [sentence for sentence in whole.features.sentences() if sentence.text.rstrip().endswith("?")]
    pieces = [sentence.text for sentence in asking] if asking and len(asking) < 4 else [text]
    pieces = [piece.strip() for asked in pieces for piece in _PART_BORDER.split(asked) if len(piece.split()) > 1]
    if pieces in ([], [text.strip()]):
        return _by_name(whole, reader)
    parts = (Question(reader.read(piece)) for piece in pieces[:MAX_PARTS])
    shared = [
        Question(part.features, tuple(term for term in whole.terms if term not in part.terms), whole.features)
        for part in parts
    ]
    return _by_name(shared[0], reader) if len(shared) == 1 else shared


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
