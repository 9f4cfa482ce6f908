"""Kinds: what kind of value a question expects, and whether a text holds one.

Here: question wording -> kind, kind -> pattern of values and units. Not here: terms and codes (``question``).
"""

from __future__ import annotations

import re
from functools import lru_cache

_NUMBER = (
    r"(?:\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty"
    r"|sixty|ninety|hundred|half|a|an|few|several)\b)"
)
_SPAN = r"(?:second|minute|hour|day|week|month|year|quarter|season)"

_EXPECTED: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("money", r"\bhow much (?:is|are|for|do (?:i|we) pay|does|would|will|money)\b(?!.{0,40}\b(?:weigh|data)\b)"
                  r"|\bhow (?:expensive|cheap)\b|\bwhat do (?:i|we) pay\b|\bwhat do you (?:charge|take)\b"
                  r"|\bwhat (?:does|do|would|will) .{1,80}\bcost\b"),
        ("interval", r"\bhow (?:often|frequently|regularly)\b|\b(?:at )?(?:what|which) (?:interval|intervals)\b"),
        ("duration", r"\bhow (?:long|soon|quick|quickly|late)\b|\b(?:how many|how much) (?:\w+ )?(?:second|minute|hour"
                     r"|day|week|month|year|time)s?\b|\b(?:after|within|in|for) (?:what|which) (?:time|period)\b"
                     r"|\b(?:over|for) what (?:span|period)\b|\bbattery life\b|\bdelivery time\b|\blongest (?:delay"
                     r"|period)\b|\b(?:guarantee|warranty|notice) period\b"),
        ("count", r"\bhow many\b|\b(?:what|which) number of\b|^number of\b"),
        ("weight", r"\bhow heavy\b|\bweigh(?:s|t)?\b"),
        ("temperature", r"\bhow (?:hot|cold|warm)\b|\b(?:what|which) (?:\w+ )?temperatures?\b|\btemperature range\b"),
        ("sound", r"\bhow loud\b|\bdecibels?\b"),
        ("percent", r"\bpercent(?:age)?\b|\b(?:what|which|how big a) (?:share|proportion|fraction|rebate|discount)\b"
                    r"|\bat (?:what|which) (?:charge )?level\b"),
        ("distance", r"\bhow (?:wide|deep|tall|thick)\b|\bhow far (?:away|apart|from|can|does|do)\b"
                     r"|\b(?:what|which) distance\b"),
        ("frequency", r"\b(?:radio )?frequenc(?:y|ies)\b"),
        ("person", r"\bwho(?:m|se)?\b"),
        ("time", r"\bwhen\b|\b(?:what|which) (?:time|hour|date|day|weekday|year|month)\b|\b(?:opening|closing) "
                 r"(?:hours|times)\b|\bdeadline\b|\buntil when\b"),
        ("amount", r"\bhow (?:much|far|old|big|large|high|fast|accurate|precise)\b|\b(?:what|which) (?:is the "
                   r"|are the )?(?:limit|maximum|minimum|number|size|fastest|longest|shortest|largest|highest|lowest)"
                   r"\b|\b(?:upper|lower) limit\b|\b(?:torque|voltage|accuracy|capacity)\b|\bwhat's the (?:fastest"
                   r"|longest|shortest|largest|highest|lowest|limit|maximum|minimum)\b"),
        ("money", r"\b(?:price|costs?|fee|charged?|surcharge)\b"),
        ("steps", r"\bhow (?:do|can|should|would|to)\b|\bwhat (?:are the )?steps\b"),
    )
)  # fmt: skip

_MEASURE = rf"{_NUMBER}[^.;]{{0,14}}?"
_AMOUNT = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|half|unlimited|no limit"
    r"|once|twice)\b",
    re.IGNORECASE,
)
_VALUES = {
    "money": re.compile(r"[€$£]|\b(?:[A-Z]{3} ?\d|\d ?[A-Z]{3}\b|euros?\b|dollars?\b|cents?\b|free\b|no cost)"),
    "interval": re.compile(rf"{_MEASURE}\b{_SPAN}s?\b|\b(?:every|once|twice|daily|weekly|monthly|yearly|annually|per"
                           r"|never|each)\b", re.IGNORECASE),
    "duration": re.compile(rf"{_MEASURE}\b{_SPAN}s?\b|\b(?:at once|immediately|forever|unlimited|no longer|never|until"
                           r"|metres?)\b|\d ?m\b", re.IGNORECASE),
    "count": _AMOUNT,
    "weight": re.compile(r"\d ?(?:g|kg|grams?|kilograms?|kilos?|t|tons?|lb)\b", re.IGNORECASE),
    "temperature": re.compile(r"\d ?°|\bdegrees?\b", re.IGNORECASE),
    "sound": re.compile(r"\d ?dB|\bdecibels?\b", re.IGNORECASE),
    "percent": re.compile(r"\d ?%|\bpercent\b|\bhalf\b|\bthird\b", re.IGNORECASE),
    "distance": re.compile(rf"{_MEASURE}\b(?:mm|cm|m|km|metres?|meters?|millimetres?|centimetres?|kilometres?)\b",
                           re.IGNORECASE),
    "frequency": re.compile(r"\d ?[kMG]?Hz\b|\bevery\b", re.IGNORECASE),
    "time": re.compile(r"\d|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|\b(?:day|week|month|year|hour|minute|second"
                       r"|noon|midnight|morning|evening|at once|immediately|january|february|march|april|may|june|july"
                       r"|august|september|october|november|december)", re.IGNORECASE),
    "person": re.compile(r"\b(?:manager|team|desk|lead|engineer|officer|department|owner|staff"
                         r"|[A-Z][a-z]+ [A-Z][a-z]+)\b"),
    "amount": _AMOUNT,
}  # fmt: skip
KINDS = tuple(dict.fromkeys(name for name, _ in _EXPECTED))
_CODE_WITH_DIGIT = re.compile(r"\b[A-Z]{1,6}-?\d[A-Za-z0-9-]*\b")


def expected_kind(question: str) -> str | None:
    """The kind of value a question expects, one of ``KINDS``, ``None`` where any text may answer."""
    lowered = question.lower()
    return next((name for name, pattern in _EXPECTED if pattern.search(lowered)), None)


@lru_cache(maxsize=16384)
def holds_kind(kind: str | None, text: str) -> bool:
    """Whether a text holds a value of the kind; ``True`` for kinds without values. Digits inside codes do not count."""
    pattern = _VALUES.get(kind or "")
    return pattern is None or pattern.search(_CODE_WITH_DIGIT.sub(" ", text)) is not None


def has_values(kind: str | None) -> bool:
    """Whether texts can be told apart by this kind: steps and open questions cannot."""
    return (kind or "") in _VALUES
