"""Draft questions: a plain English sentence with one figure in it, turned round into the question it answers.

Here: the templates. What fits none gives no question: a strange question costs its reviewer more than a missing one.
Not here: which sentences are read (``draft``).
"""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST = 220
"""Characters of a sentence that is looked at."""

_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_AMOUNT = re.compile(r"(?:EUR|USD|GBP|CHF) \d[\d.,]*\d|(?:EUR|USD|GBP|CHF) \d|[$€£]\d[\d.,]*\d|[$€£]\d")
_DATE = re.compile(rf"(?:\d{{1,2}} )?(?:{_MONTH}) \d{{4}}")
_MEASURE = re.compile(
    r"[±-]?\d+(?:[.,]\d+)* ?(?:percent|%|°C|°F|kg|g|mm|cm|km|m|kB|MB|GB|TB|ms|kHz|MHz|GHz|V|W|mA)(?!\w)"
)
_COUNT = re.compile(r"\d+(?:[.,]\d+)*(?= [a-z])")

_AUXILIARIES = frozenset({"is", "are", "was", "were", "can", "must", "may", "should", "will", "has", "have"})
_THIRD_PERSON = {
    "allows": "allow", "applies": "apply", "carries": "carry", "costs": "cost", "covers": "cover", "ends": "end",
    "expires": "expire", "gets": "get", "gives": "give", "goes": "go", "has": "have", "holds": "hold",
    "includes": "include", "keeps": "keep", "lasts": "last", "measures": "measure", "needs": "need", "offers": "offer",
    "opens": "open", "reads": "read", "requires": "require", "runs": "run", "sends": "send", "starts": "start",
    "stores": "store", "supports": "support", "takes": "take", "uses": "use", "waits": "wait", "weighs": "weigh",
    "works": "work",
}  # fmt: skip
_PLURAL = frozenset(_THIRD_PERSON.values())
_NO_SUBJECT = re.compile(
    r"^(?:it|they|this|that|these|those|there|he|she|we|you|i|up|before|after|for|in|on|at|with|during|from|between|by|"
    r"under|over|within|without|if|when|while|until|unless|since|only|not|no|and|or|but|to|of|as|one|what|how|both)\b|"
    r"\b(?:that|which|who|whose|when|if|it|not|where|because|and|or|following)\b|[,;:()\"]",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;:()\"]| (?:and|or|but|when|if|because|that|which|who|unless|while|whatever|although|so)\b")
_NOT_PLAIN = re.compile(r"\b(?:not|no|never|between|from|than|another|each|either)\b")
_LEAD = re.compile(
    r"(?:(?P<prep>within|for|after|in|at|by|every|below|above|over|under|on|since|until|of|with|to|per) )?"
    r"(?:up to|at most|at least|a maximum of|a minimum of|no more than|about|only|exactly|as much as) $"
)
_PREPOSITION = re.compile(r"(?:^| )(?P<prep>within|for|after|in|at|by|every|below|above|over|under|on|since|until) $")
_UNIT = re.compile(
    r"^ (?P<unit>(?:[a-z-]+ ){0,2}?[a-z-]*[a-z]s)"
    r"(?= (?:after|before|at|in|on|per|for|of|from|to|by|with|without|unless|until|a|each)\b|[.,;]|$)"
)
_ROW = re.compile(
    r"^(?P<key>[^:;]{2,40}): (?P<name>[^:;]{1,60}); (?P<column>[^:;]{2,40}): (?P<value>[^:;]*\d[^:;]*)(?:;|$)"
)
_SHORT = re.compile(r"[\d.,]{1,3}")
"""A figure so short that any answer may hold it by chance."""
_WHEN = {"on": "On which date", "since": "Since when", "until": "Until when", "in": "When"}


class Question(NamedTuple):
    """A question, and the fact that answers it, literally as the sentence spells it."""

    question: str
    fact: str
    of_table: bool = False


class _Parsed(NamedTuple):
    """``auxiliary`` and ``verb`` are as a question needs them: "does" and "allow" for "allows"."""

    subject: str
    auxiliary: str
    verb: str
    rest: str


def question_about(sentence: str) -> Question | None:
    """The question a sentence answers, or ``None`` where it is too long, too involved or holds no single figure."""
    text = " ".join(sentence.split()).rstrip(".")
    if len(text) > LONGEST:
        return None
    if row := _ROW.match(text):
        return _of_row(row)
    parsed = _parse(text)
    if parsed is None:
        return None
    return _amount(parsed) or _date(parsed) or _measure(parsed) or _count(parsed)


def _of_row(row: re.Match[str]) -> Question | None:
    value = row["value"].strip()
    if _SHORT.fullmatch(value):
        return None
    column = "" if row["column"].lower() == "value" else f' as "{row["column"]}"'
    return Question(f"What does the table give{column} for {row['name']} ({row['key']})?", value, of_table=True)


def _parse(text: str) -> _Parsed | None:
    words = text.split(" ")
    for place, word in enumerate(words[1:10], start=1):
        third = _THIRD_PERSON.get(word)
        if word not in _AUXILIARIES and third is None and (word not in _PLURAL or not words[place - 1].endswith("s")):
            continue
        subject, rest = _lowered(" ".join(words[:place])), " ".join(words[place + 1 :])
        if _NO_SUBJECT.search(subject) or not rest:
            return None
        # "has 6 users" is a verb of its own, "has been sold" is not.
        if word in ("has", "have") and not rest.startswith("been "):
            return _Parsed(subject, "does" if word == "has" else "do", "have", rest)
        if word in _AUXILIARIES:
            return _Parsed(subject, word, "", rest)
        return _Parsed(subject, "does" if third else "do", third or word, rest)
    return None


def _amount(parsed: _Parsed) -> Question | None:
    found = _AMOUNT.match(parsed.rest)
    if found is None or parsed.verb != "cost":
        return None
    after = _until_clause(parsed.rest[found.end() :])
    return Question(_joined("How much", parsed, "", after), found[0])


def _date(parsed: _Parsed) -> Question | None:
    found = _DATE.search(parsed.rest)
    if found is None:
        return None
    before, after = parsed.rest[: found.start()], _until_clause(parsed.rest[found.end() :])
    lead = _PREPOSITION.search(before)
    if lead is None or lead["prep"] not in _WHEN or _involved(before):
        return None
    return Question(_joined(_WHEN[lead["prep"]], parsed, before[: lead.start()], after), found[0])


def _measure(parsed: _Parsed) -> Question | None:
    """``The uncertainty is 0.12 °C``: only where the figure is what the subject is."""
    found = _MEASURE.match(parsed.rest)
    if found is None or parsed.auxiliary not in ("is", "are") or parsed.rest[found.end() :].strip():
        return None
    return Question(f"What {parsed.auxiliary} {parsed.subject}?", found[0])


def _count(parsed: _Parsed) -> Question | None:
    found = _COUNT.search(parsed.rest)
    if found is None or found[0] == "1" or (found.start() and parsed.rest[found.start() - 1] != " "):
        return None
    unit = _UNIT.match(parsed.rest[found.end() :])
    before = parsed.rest[: found.start()]
    if unit is None or _involved(before):
        return None
    fact = f"{found[0]} {unit['unit']}"
    if parsed.auxiliary in ("is", "are") and not before:
        return Question(f"What {parsed.auxiliary} {parsed.subject}?", fact)
    lead = _LEAD.search(before) or _PREPOSITION.search(before)
    if lead is None and before:
        return None
    prep, before = (lead["prep"], before[: lead.start()]) if lead else (None, before)
    # "must be cancelled at least 14 days before": the figure belongs to what follows it.
    if lead is not None and prep is None and " " in before.strip():
        return None
    if prep in ("of", "with", "to", "per", "on", "since", "until"):
        return None
    asked = f"{prep.capitalize()} how many {unit['unit']}" if prep else f"How many {unit['unit']}"
    after = _until_clause(parsed.rest[found.end() + unit.end() :]).strip()
    if after.startswith("of "):
        asked, after = f"{asked} {after}", ""
    return Question(_joined(asked, parsed, before, after), fact)


def _joined(asked: str, parsed: _Parsed, before: str, after: str) -> str:
    words = [asked, parsed.auxiliary, parsed.subject, parsed.verb, before.strip(), after.strip()]
    return " ".join(word for word in words if word) + "?"


def _involved(before: str) -> bool:
    """Whether a figure stands in another clause than the verb, or is one of two."""
    return bool(_CLAUSE.search(before) or _NOT_PLAIN.search(before) or re.search(r"\d", before))


def _until_clause(after: str) -> str:
    clause = _CLAUSE.search(after)
    return after[: clause.start()] if clause else after


def _lowered(subject: str) -> str:
    """Without the capital that only opens a sentence; names and codes keep theirs."""
    first, _, rest = subject.partition(" ")
    plain = first[1:].islower() or len(first) == 1
    follows = rest.partition(" ")[0]
    opens = first in ("The", "A", "An", "Every", "Each", "All", "Any", "Your", "Our") or follows.islower()
    return f"{first.lower()} {rest}".strip() if plain and (opens or (not rest and first.endswith("s"))) else subject
