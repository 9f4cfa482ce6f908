"""Meaning: whether two questions ask the same, judged by words, never by similarity.

Here: what a question comes down to (terms in order, kind of question, tense, small words that matter) and the
differences between two. Every rule errs towards "different": a missed hit costs a model call, a wrong one an answer.
Not here: the tables (``word_tables``), which questions are compared (``semantic``), the proof (``evidence``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

from gonogo.caching.exact import weighty_capitals
from gonogo.caching.word_tables import MAY_DIFFER, OPTIONAL, SAME, WEIGHTY, opposed
from gonogo.contracts import TextFeatures, TextReader

REMEMBERED_WORDS = 20_000
LONGEST, LONGEST_TEXT = 60, 600
"""Words and characters; longer questions hold more conditions than word rules can compare and are like no other."""

_GREETING = re.compile(r"^(?:hi|hello|hey|dear \w+|good (?:morning|afternoon|evening))(?: there| team| all)?[,!. ]+")
_FRAMES = re.compile(
    r"^(?:please |kindly )?(?:"
    r"(?:can|could|would|will) (?:you|someone|anyone|somebody) (?:please |kindly )?(?:tell|explain|show|help)"
    r"(?: to)? ?(?:me|us)?(?: with| to understand| understand)? "
    r"|(?:i|we)(?: would|'d)? (?:want|need|like|wish)(?: to)? (?:know|find out|understand|learn|ask) "
    r"|(?:i was|i am|i'm|we are|we're|just) (?:just )?wondering[, ]+"
    r"|(?:do you|does anyone|does anybody) know "
    r"|(?:tell|explain|show)(?: to)? (?:me|us) |explain |i have a question[:,] |quick question[:,] |"
    r"question[:,] |any idea "
    r")(?:please |exactly )?(?:about |if |whether )?"
)
_THANKS = re.compile(r"[,.!? ]+(?:please|thanks|thank you|thx|many thanks|thanks in advance|cheers)[.! ]*$")
_THANKING = ("please", "thank", "thx", "cheers")
_TURN, _LOG = ("turn", "switch"), ("log", "sign")
_REWRITTEN: tuple[tuple[tuple[str, ...], bool, re.Pattern[str], str], ...] = tuple(
    (signs, pattern.startswith("^"), re.compile(pattern), to)
    for signs, pattern, to in (
        (("what", "which"),
         r"^(?:what|which)(?: is|'s| are| would be)(?: the| a)?(?: best| easiest| right| correct| proper| usual)? "
         r"(?:way|ways|procedure|process|steps|method) (?:to|for|of) ", "how to "),
        ((" to ",), r"^(?:i (?:want|need|would like|wish)|i'd like|we want|we need|we would like|we'd like) to ",
         "how to "),
        (("is it possible",), r"^is it possible (?:for me |for us )?to ", "can i "),
        (("is there a",), r"^is there (?:a|any) way (?:for me |for us )?to ", "can i "),
        ((" to ",), r"^(?:am i|are we|are you) (?:allowed|able|permitted) to ", "can i "),
        (("what time ",), r"^(?:at )?what time ", "when "),
        (("what", "which"), r"^(?:on )?(?:what|which) (?:date|day) ", "when "),
        (("e-mail",), r"\be-mail(s?)\b", r"email\1"),
        (("what",), r"^what(?: is|'s| are) (?:the |your )?(?:price|cost|prices|costs) (?:of|for) ", "what is price "),
        (("how much",), r"^how much (?:is|are|does|do|will|would) (.*?)(?: cost| costs)?(\W*)$",
         r"what is price \1\2"),
        (_TURN, r"\b(?:turn|switch)(ed|ing|s)? (on|off)\b", r"turn\2"),
        (_TURN, r"\b(?:turn|switch)(?:ed|ing|s)? ((?:\w+ ){1,4})(on|off)\b", r"turn\2 \1"),
        (_LOG, r"\b(?:log|sign)(?:ged|ging|s|ned|ning)? ?-?in(?:to| to)?\b", "login"),
        (_LOG, r"\b(?:log|sign)(?:ged|ging|s|ned|ning)? ?-?(?:out|off)(?: of)?\b", "logout"),
        (("sign",), r"\bsign(?:ed|ing|s)? up\b", "signup"),
        (("have to", "need to"), r"\b(?:do|does|will|would) (?:i|we|you) (?:have|need) to\b", "must i"),
        ((" of ",), r"\b(\w+) of (?:the |my |our |your |an |a )?(\w+)\b", r"\2 \1"),
        ((", ",), r"^(for|in|on|with|at|regarding|concerning) ([^,]{1,60}), (.{1,300}?)([?.! ]*)$", r"\3 \1 \2\4"),
    )
)  # fmt: skip
"""Ways of asking, and the one form they are brought to: parts of which one stands in every text that asks so, whether
it begins so, how it is found. Looking for a part costs a twentieth of the pattern."""
_MEASURES = re.compile(r"^how (many|much|long|often|far|old|big|large|fast|soon|late|early|high|deep)\b")
_KINDS = ("how", "what", "which", "when", "where", "who", "whom", "whose", "why")
_ASKING = {
    **dict.fromkeys(("is", "are", "am", "was", "were"), "is"),
    **dict.fromkeys(("do", "does", "did"), "does"),
    **dict.fromkeys(("can", "could", "may", "might"), "can"),
    **dict.fromkeys(("will", "would", "shall"), "will"),
    **dict.fromkeys(("must", "should"), "must"),
    **dict.fromkeys(("has", "have", "had"), "has"),
}
# "C" and "C++", "under 5 %" and "under 5 $" differ in nothing that counts as a word.
_MARKS = re.compile(r"\w[+#]{1,3}|[<>=%&*/§|]|(?<!\w)\.\w{2,5}\b|[\"“«]([^\"”»]{1,40})[\"”»]")
_MARK_SIGNS = frozenset('+#<>=%&*/|".')
"""Of ASCII text without these, nothing is a mark."""
_SAID_BY_SPEAKER = "i i'm i'd i've i'll me my mine we we're we'd we've we'll us our ours"
_SAID_TO_LISTENER = "you you're you'd you've you'll your yours"
_SPEAKER, _LISTENER = frozenset(_SAID_BY_SPEAKER.split()), frozenset(_SAID_TO_LISTENER.split())
_PAST, _FUTURE = frozenset({"was", "were", "did", "had"}), frozenset({"will", "shall", "won't"})
_LITTLE = MAY_DIFFER | OPTIONAL | _PAST | _FUTURE
_LOOSE = frozenset({"", "what", "how"})


class Meaning(Struct, frozen=True):
    """What one question comes down to. ``terms`` are its content words in order, each as the set of its base forms."""

    terms: tuple[frozenset[str], ...]
    kind: str
    tense: str
    small_words: frozenset[str]
    numbers: frozenset[str]
    negated: bool
    entities: frozenset[str]
    words: frozenset[str]
    marks: frozenset[str]
    person: str
    comparable: bool


_NOTHING: frozenset[str] = frozenset()
INCOMPARABLE = Meaning((), "", "", _NOTHING, _NOTHING, False, _NOTHING, _NOTHING, _NOTHING, "", False)


class WordBases(dict[str, frozenset[str]]):
    """What an inflected word may come from, worked out when first met; nothing for small words.

    Args:
        reader: tells content words from small ones.
    """

    def __init__(self, reader: TextReader) -> None:
        self._reader = reader

    def __missing__(self, word: str) -> frozenset[str]:
        if len(self) >= REMEMBERED_WORDS:
            self.clear()
        counts = any(map(str.isdigit, word)) or bool(self._reader.read(word).stems)
        self[word] = found = _bases(word) if counts else _NOTHING
        return found


def meaning_of(question: TextFeatures, reader: TextReader, bases: WordBases | None = None) -> Meaning:
    """Read a question for comparison.

    Args:
        reader: reads the question once more without its polite frame.
        bases: what is known of words already.
    """
    if len(question.normalised) > LONGEST_TEXT:
        return INCOMPARABLE
    bases = WordBases(reader) if bases is None else bases
    words = _reframed_words(question, reader)
    kind, start = _kind(words)
    content = [word for word in words[start:] if bases[word]]
    small = frozenset(words[start:]) - frozenset(content) - _LITTLE
    return Meaning(
        terms=tuple(map(bases.__getitem__, content)),
        kind=kind,
        tense="past" if not _PAST.isdisjoint(words) else "future" if not _FUTURE.isdisjoint(words) else "",
        small_words=small,
        numbers=question.numbers,
        negated=question.negated,
        entities=question.entities,
        words=frozenset(question.words),
        marks=_marks(question.normalised.lower()) | weighty_capitals(question.normalised),
        person=_person(words[start:]),
        comparable=bool(content) and len(words) <= LONGEST,
    )


class Difference(NamedTuple):
    """One thing in which two questions differ, in words. A ``hard`` one always asks for another answer."""

    what: str
    hard: bool


def difference(one: Meaning, other: Meaning) -> str | None:
    """The first thing in which two questions differ, in words; ``None`` when no rule sees any."""
    found = next(differences(one, other), None)
    return None if found is None else found.what


def differences(one: Meaning, other: Meaning) -> Iterator[Difference]:
    """Everything in which two questions differ."""
    if not (one.comparable and other.comparable):
        yield Difference("too long or without content words", True)
        return
    if one.numbers != other.numbers:
        yield Difference("numbers", True)
    if one.negated != other.negated:
        yield Difference("negation", True)
    if one.marks != other.marks:
        yield Difference("marks", True)
    if not (_named(one, other) and _named(other, one)):
        yield Difference("names", True)
    if opposed(one.words, other.words):
        yield Difference("opposites", True)
    yield from _other_differences(one, other)


def _other_differences(one: Meaning, other: Meaning) -> Iterator[Difference]:
    if one.kind != other.kind and not (one.kind in _LOOSE and other.kind in _LOOSE and "" in (one.kind, other.kind)):
        yield Difference("kind of question", False)
    if one.tense != other.tense:
        yield Difference("tense", False)
    if one.person and other.person and one.person != other.person and one.kind != "how":
        yield Difference("person", False)
    if one.small_words != other.small_words:
        apart = one.small_words ^ other.small_words
        yield Difference("small words: " + ", ".join(sorted(apart)), not apart.isdisjoint(WEIGHTY))
    if not _same_terms(one.terms, other.terms):
        yield Difference("words", _two_changed_places(one.terms, other.terms))


def _two_changed_places(one: tuple[frozenset[str], ...], other: tuple[frozenset[str], ...]) -> bool:
    """Whether two terms stand in each other's place and the rest as it was: "password manager", "manager password"."""
    moved = [(left, right) for left, right in zip(one, other, strict=False) if left != right]
    return len(one) == len(other) and len(moved) == 2 and moved[0] == moved[1][::-1]


def _reframed_words(question: TextFeatures, reader: TextReader) -> tuple[str, ...]:
    """The words without the polite frame; those of the question where there is none: reading costs more than asking.

    Only "N.A.T.O.S." and signs beyond ASCII read otherwise in lower case.
    """
    low = question.normalised.lower()
    reframed = _reframed(low)
    if reframed == low and low.isascii() and "." not in low:
        return question.words
    return reader.read(reframed).words


def _reframed(low: str) -> str:
    """Without greeting, polite frame and thanks; common ways of asking in one form."""
    text = " ".join(low.replace("’", "'").split())
    text = _without(_GREETING, text)
    if any(map(text.__contains__, _THANKING)):
        text = _THANKS.sub("", text)
    text = _without(_FRAMES, text)
    for signs, at_start, pattern, to in _REWRITTEN:
        if not any(map(text.__contains__, signs)):
            continue
        if not at_start:
            text = pattern.sub(to, text)
        elif found := pattern.match(text):
            text = found.expand(to) + text[found.end() :]
    return text


def _without(beginning: re.Pattern[str], text: str) -> str:
    found = beginning.match(text)
    return text[found.end() :] if found else text


def _kind(words: tuple[str, ...]) -> tuple[str, int]:
    """The kind of question, and how many leading words made it."""
    if measure := _MEASURES.match(" ".join(words[:2])):
        return f"how {measure.group(1)}", 2
    if not words:
        return "", 0
    first = words[0].removesuffix("'s")
    if first in _KINDS:
        return {"whom": "who"}.get(first, first), 1
    if first in _ASKING:
        return f"yes or no, {_ASKING[first]}", 1
    return "", 0


def _marks(low: str) -> frozenset[str]:
    """Signs that change a meaning, and what stands in quotation marks."""
    if low.isascii():
        return _NOTHING if _MARK_SIGNS.isdisjoint(low) else frozenset(_signs(low))
    return frozenset(_signs(low) | {char for char in low if char > "\x7f" and unicodedata.category(char)[0] == "S"})


def _signs(low: str) -> set[str]:
    return {match.group().strip('"“”«» ') for match in _MARKS.finditer(low)}


def _person(words: tuple[str, ...]) -> str:
    """Whether a question is about the one who asks, the one who is asked, both or neither."""
    speaker, listener = not _SPEAKER.isdisjoint(words), not _LISTENER.isdisjoint(words)
    return ("both" if listener else "speaker") if speaker else "listener" if listener else ""


def _named(one: Meaning, other: Meaning) -> bool:
    """Whether every part of every name of ``one`` occurs in ``other``."""
    known = other.words.union(*other.terms)
    return all(part in known or not _bases(part).isdisjoint(known) for name in one.entities for part in _parts(name))


def _parts(name: str) -> list[str]:
    return re.findall(r"\w+", name)


def _bases(word: str) -> frozenset[str]:
    """What an inflected word may come from (plural, -ed, -ing), and the heads of their groups."""
    word = word.removesuffix("'s").removesuffix("'")
    bases = {word}
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        bases.add(word[:-1])
        if word.endswith("ies"):
            bases.add(word[:-3] + "y")
        if word.endswith(("sses", "xes", "zes", "ches", "shes", "oes")):
            bases.add(word[:-2])
    for suffix in ("ed", "ing"):
        root = word.removesuffix(suffix)
        if root != word and len(root) >= 3:
            bases |= {root, root + "e"}
            if root[-1] == root[-2]:
                bases.add(root[:-1])
            if suffix == "ed" and root.endswith("i"):
                bases.add(root[:-1] + "y")
    return frozenset(SAME.get(base, base) for base in bases)


def _same_terms(one: tuple[frozenset[str], ...], other: tuple[frozenset[str], ...]) -> bool:
    """Whether both hold the same terms in the same order; an optional word may be missing on either side."""
    left, right = 0, 0
    while left < len(one) and right < len(other):
        if not one[left].isdisjoint(other[right]):
            left, right = left + 1, right + 1
        elif not one[left].isdisjoint(OPTIONAL):
            left += 1
        elif not other[right].isdisjoint(OPTIONAL):
            right += 1
        else:
            return False
    return all(not term.isdisjoint(OPTIONAL) for term in (*one[left:], *other[right:]))
