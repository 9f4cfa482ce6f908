"""Rules: when a sentence of a system prompt states one of the known instructions.

Here: one small predicate per instruction over the concepts of ``lexicon``; negation, number words and "newest rather
than first" decided by where words stand.
Not here: similarity to exemplars and the order of sentences (``instructions``).

A rule returns ``None`` (this sentence does not state it) or the instruction's parameter: a number for limits,
``"on"`` or ``"off"`` for the others, or the wording a sentence puts in quotation marks for what to say when unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gonogo.providers.extractive.lexicon import Wording, number_of

Parameter = int | str
_QUOTED = re.compile(r"[\"“]([^\"“”\n]{3,200})[\"”]")
_STRENGTH_GAP = 3


def only_from_documents(wording: Wording) -> Parameter | None:
    """Nothing but the documents, or: no outside knowledge, nothing made up."""
    for concept in ("outside", "invent"):
        if wording.affirmed(concept) is False and not wording.has("guess"):
            return "on"
    if wording.has("cite") or direction_of(wording) is not None:
        return None
    for place in wording.places("only"):
        if any(0 < place_of - place <= 8 or 0 < place - place_of <= 4 for place_of in wording.places("document")):
            return None if wording.negated(place) else "on"
    return None


def cite_sources(wording: Wording) -> Parameter | None:
    """Name the page a statement comes from."""
    if wording.has("prefer") or wording.has("conflict"):
        return None
    stated = wording.affirmed("cite")
    if stated is not None:
        return "on" if stated else "off"
    unknown = wording.has("unknown") or wording.has("missing")
    if unknown or not wording.has("tell", "origin") or not wording.has("document"):
        return None
    telling = wording.places("tell")
    near = [place for place in telling if any(0 < o - place <= 9 for o in wording.places("origin"))]
    if not near or wording.has("only"):
        return None
    return "off" if all(wording.negated(place) for place in near) else "on"


def _limit(wording: Wording, unit: str) -> int | None:
    """The largest number of units a sentence allows, or ``None``: "at least" and "every" are no limits."""
    for place, stemmed in enumerate(wording.stems):
        if stemmed != unit:
            continue
        for back in range(1, _STRENGTH_GAP + 1):
            at = place - back
            value = number_of(wording.words[at]) if at >= 0 else None
            if value is None:
                continue
            return _bounded(wording, at, place, value)
    return None


def _bounded(wording: Wording, at: int, place: int, value: int) -> int | None:
    before = range(max(0, at - 4), at)
    if at and wording.words[at - 1] in ("every", "each", "per"):
        return None
    if any(p in range(max(0, at - 4), place + 3) for p in wording.places("least")):
        return None
    if any(p in before for p in wording.places("strict")):
        return max(1, value - 1)
    if any(p in before for p in wording.places("more")):
        return value if any(p in range(max(0, at - 7), at) for p in wording.places("negation")) else None
    return None if wording.negated(at, reach=6) and "than" not in wording.words else value


def at_most_sentences(wording: Wording) -> Parameter | None:
    """A number of sentences that is not a minimum."""
    return _limit(wording, "sentenc")


def at_most_words(wording: Wording) -> Parameter | None:
    """A number of words that is not a minimum."""
    return _limit(wording, "word")


def _main_clause(wording: Wording) -> Wording:
    """The sentence without its condition ("when an older page disagrees, use the newer" -> "use the newer")."""
    for place in wording.places("condition"):
        if wording.words[place] == "should" and place > 0:
            continue
        border = next((at for at in range(place, len(wording.words)) if _comma_before(wording, at, place)), None)
        kept = wording.words[:place] + (wording.words[border:] if border is not None else ())
        if kept:
            return Wording(" ".join(kept))
    return wording


def _comma_before(wording: Wording, at: int, start: int) -> bool:
    return at > start and wording.clauses[at] != wording.clauses[start]


def direction_of(wording: Wording) -> str | None:
    """``newest``, ``oldest`` or ``first`` where the sentence says which of several disagreeing pages counts."""
    main = _main_clause(wording)
    if not any(main.has(word) for word in ("prefer", "use", "reject")):
        return None
    strong = main.has("prefer") or wording.has("conflict")
    votes = set()
    for concept, positive, negative in (
        ("new", "newest", "oldest"),
        ("old", "oldest", "newest"),
        ("first", "first", ""),
    ):
        for place in main.places(concept):
            if concept != "first" and not _about_pages(main, place, strong):
                continue
            if not strong and not main.has("document") and not main.has("versioned"):
                continue
            if concept == "first" and place in main.places("old"):
                continue
            votes.add(_vote(main, place, positive, negative))
    votes.discard("")
    return votes.pop() if len(votes) == 1 and "?" not in votes else None


def _about_pages(wording: Wording, place: int, strong: bool) -> bool:
    """Whether the noun after "newest" is a page or a version, or there is none."""
    following = range(place + 1, min(place + 5, len(wording.words)))
    nouns = {*wording.places("document"), *wording.places("versioned")}
    last = place >= len(wording.words) - 3
    after_verb = any(p in following for p in (*wording.places("prefer"), *wording.places("conflict")))
    before = any(place - 6 <= noun < place for noun in nouns)
    return any(noun in following for noun in nouns) or ((last or after_verb or before) and (strong or before))


def _vote(wording: Wording, place: int, positive: str, negative: str) -> str:
    """Which direction one mention speaks for; ``?`` where it is only denied ("do not prefer the newest")."""
    loses = any(0 < place - lost <= 5 for lost in wording.places("loser") if wording.words[lost] != "above")
    beaters = wording.places("beats")
    beaten = wording.places("beaten")
    if beaten:
        return negative if place < beaten[0] else positive
    if (
        beaters
        and any(verb < place for verb in beaters)
        and any(other < beaters[0] for name in ("new", "old", "first") for other in wording.places(name))
    ):
        return negative
    if loses and any(p < place for p in wording.places("prefer") + wording.places("use")):
        return negative
    governing = [p for p in wording.places("reject") if 0 < place - p <= 6]
    if governing:
        return positive if wording.negated(governing[-1]) else negative
    if (place and wording.words[place - 1] == "not") or (
        place > 1 and wording.words[place - 2 : place] == ("not", "the")
    ):
        return negative
    if wording.negated(place, reach=7):
        return negative if any(0 < place - p <= 6 for p in wording.places("use")) else "?"
    return positive


def prefer_newest(wording: Wording) -> Parameter | None:
    """When pages disagree, the newest counts."""
    return "on" if direction_of(wording) == "newest" else None


def prefer_oldest(wording: Wording) -> Parameter | None:
    """When pages disagree, the oldest counts."""
    return "on" if direction_of(wording) == "oldest" else None


def prefer_first(wording: Wording) -> Parameter | None:
    """When pages disagree, the first in document order counts."""
    return "on" if direction_of(wording) == "first" else None


def say_when_unknown(wording: Wording) -> Parameter | None:
    """Admit it when the documents do not answer; ``off``: answer all the same."""
    if wording.has("guess") and wording.affirmed("guess"):
        return "off"
    gap = wording.has("unknown") or (wording.has("missing") and wording.has("condition"))
    if not gap or not wording.has("reply"):
        return None
    spoken = [p for p in wording.places("reply") if not _part_of_gap(wording, p)]
    denied = [p for p in spoken if wording.negated(p)]
    if wording.has("always") and wording.has("answer") and not wording.has("unknown"):
        return "off"
    if wording.affirmed("always") and any(wording.words[p] in ("answer", "reply", "respond") for p in spoken):
        return "off"
    if denied:
        return "on" if _withholding(wording, denied) else "off"
    if not spoken:
        return None
    quoted = _QUOTED.search(wording.sentence)
    return quoted[1].strip() if quoted else "on"


def _withholding(wording: Wording, denied: list[int]) -> bool:
    """ "Do not answer when the pages are silent" asks to admit it; "never say you do not know" asks the opposite."""
    return all(wording.words[p] in ("answer", "reply", "respond", "claim", "pretend", "state") for p in denied)


def _part_of_gap(wording: Wording, place: int) -> bool:
    """ "do not SAY" in "the pages do not say" describes the gap and is no order to the model."""
    gaps = {*wording.places("unknown"), *wording.places("missing")}
    return any(gap <= place <= gap + 3 for gap in gaps) and bool(
        place >= 1 and wording.words[place - 1] in ("not", "to", "no", "be")
    )


def numbered_steps(wording: Wording) -> Parameter | None:
    """One numbered line per step."""
    for place in wording.places("stepwise"):
        return "off" if wording.negated(place) else "on"
    for place in wording.places("numbered"):
        if any(0 < abs(p - place) <= 6 for p in wording.places("steps")):
            return "off" if wording.negated(place) else "on"
    return None


def bullet_list(wording: Wording) -> Parameter | None:
    """One bullet per statement."""
    stated = wording.affirmed("bullets")
    return None if stated is None else "on" if stated else "off"


def quote_verbatim(wording: Wording) -> Parameter | None:
    """The documents' own words, in quotation marks."""
    if wording.affirmed("paraphrase") is False:
        return "on"
    stated = wording.affirmed("verbatim")
    if stated is None or direction_of(wording) is not None:
        return None
    return "on" if stated else "off"


def answer_then_source(wording: Wording) -> Parameter | None:
    """The sources on a line of their own, after the answer."""
    sources = [*wording.places("origin"), *wording.places("cite"), *wording.places("document")]
    if wording.has("prefer") or wording.has("missing") or wording.has("unknown") or not sources:
        return None
    orders = [place for place in wording.places("closing") if any(abs(place - s) <= 6 for s in sources)]
    answers = wording.places("answer")
    if not orders or (not wording.has("origin") and not wording.has("cite")):
        return None
    lines = any(wording.words[p : p + 2] in _OWN_LINE for p in range(len(wording.words)))
    ends = any(wording.words[p] in _END_WORDS for p in orders)
    if answers and min(answers) > min(sources) and not lines and not ends:
        if not any(wording.words[p] == "after" and p < min(answers) for p in orders):
            return None
        return None if min(sources) < min(orders) and _source_leads(wording) else "on"
    if not (answers or lines or ends):
        return None
    return "off" if all(wording.negated(place) for place in orders) else "on"


_OWN_LINE = {("own", "line"), ("separate", "line"), ("new", "line"), ("last", "line"), ("final", "line"), ("of", "its")}
_END_WORDS = {"end", "finish", "close", "conclude", "bottom", "afterwards", "underneath"}


def _source_leads(wording: Wording) -> bool:
    return any(wording.words[p] in ("first", "begin", "start", "open", "lead") for p in wording.places("leading"))


def include_date(wording: Wording) -> Parameter | None:
    """The date of the page beside its statement."""
    if wording.has("prefer") or wording.has("conflict") or wording.has("format"):
        return None
    for place in wording.places("date"):
        telling = [p for p in wording.places("tell") if 0 < place - p <= 6]
        if telling:
            return "off" if all(wording.negated(p) for p in telling) else "on"
    return None


RULES: dict[str, Callable[[Wording], Parameter | None]] = {
    "only-from-documents": only_from_documents,
    "cite-sources": cite_sources,
    "at-most-sentences": at_most_sentences,
    "at-most-words": at_most_words,
    "prefer-newest": prefer_newest,
    "prefer-first": prefer_first,
    "prefer-oldest": prefer_oldest,
    "say-when-unknown": say_when_unknown,
    "numbered-steps": numbered_steps,
    "bullet-list": bullet_list,
    "quote-verbatim": quote_verbatim,
    "answer-then-source": answer_then_source,
    "include-date": include_date,
}
