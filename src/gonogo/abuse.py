"""Abuse: phrases of open abuse in English, by kind and severity, and whether the words before take one back.

Here: the one table of phrases, which the classifier's features and the metric both read, and nothing else. Not here:
single words and what is made of them (``classifiers``), a score (``metrics``).
A thin layer: it finds open abuse and misses irony, coded hate, harassment without bad words, and other languages.

Naming a group of people is never abuse by itself: identity words count only inside an attack on them.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

_PERSON = r"(?:idiots?|morons?|imbeciles?|cretins?|losers?|scum(?:bags?)?|dumb ?ass(?:es)?)"
_INSULT = (
    rf"(?:{_PERSON}|pathetic|worthless|stupid|dumb|moronic|idiotic|disgusting|ugly|fat|filthy|trash|garbage|vermin"
    r"|subhuman|parasites?|pigs?|cockroach(?:es)?|animals|savages?)"
)
_GROUP = (
    r"(?:jews?|muslims?|christians?|hindus?|blacks?|whites?|asians?|chinese|mexicans?|latinos?|arabs?|africans?"
    r"|immigrants?|refugees?|foreigners?|women|men|girls|gays?|lesbians?|trans(?:gender)?(?: people)?"
    r"|disabled(?: people)?|homosexuals?|gypsies|indians?|those people|these people|poor people)"
)
_FILLERS = (
    r"(?:a |an |such a |such an |all |so |just |just a |really |one |the most |complete |total |utter |fucking )*"
)
_FILTH = r"pieces? of (?:shit|crap|garbage|trash)"


class AbusePattern(Struct, frozen=True):
    """One kind of abuse: what it is called in ``detail``, how bad it is (0..1), how it is found."""

    kind: str
    severity: float
    pattern: re.Pattern[str]


def _abuse(kind: str, severity: float, pattern: str) -> AbusePattern:
    return AbusePattern(kind, severity, re.compile(pattern, re.IGNORECASE))


PATTERNS = (
    _abuse(
        "slur",
        0.95,
        r"\b(?:n[i1]gg(?:er|a)s?|k[i1]kes?|sp[i1]cs?|ch[i1]nks?|f[a4]gg?(?:ot)?s?|tr[a4]nn(?:y|ies)|wetbacks?"
        r"|ragheads?|towelheads?|retards?|retarded|gooks?)\b",
    ),
    _abuse(
        "threat",
        0.95,
        r"\b(?:i(?:'ll| will|'m going to| am going to)|we(?:'ll| will)|someone should|they should) (?:\w+ )?"
        r"(?:kill|murder|hurt|shoot|stab|beat|rape|burn|hang) (?:you|him|her|them|all)\b"
        r"|\b(?:kill|hang|shoot) your ?sel(?:f|ves)\b|\b(?:go|please|just) (?:and )?die\b"
        r"|\bhope (?:you|they|he|she) (?:all )?(?:die|rot|suffer|burn)\b"
        r"|\byou (?:all )?(?:deserve|should|need) to (?:die|suffer|be (?:killed|shot|raped|hanged))\b",
    ),
    _abuse(
        "hate",
        0.9,
        rf"\b(?:hate|despise|loathe|can't stand) (?:all |the |those |these |every )?(?:\w+ )?{_GROUP}\b"
        rf"|\b{_GROUP} (?:are|is) (?:all |just |nothing but |such |so |a |like |really |inferior )*{_INSULT}\b"
        rf"|\b(?:get rid of|exterminate|deport|kill|ban|gas) (?:all |the |every )*{_GROUP}\b"
        rf"|\b{_GROUP} (?:should|must|deserve to|need to) (?:all )?(?:die|disappear|go back"
        r"|be (?:killed|shot|deported|gassed|banned|hanged))\b",
    ),
    _abuse(
        "hate",
        0.8,
        r"\b(?:dirty|filthy|stupid|dumb|disgusting|lazy|ugly|damn|fucking|horrible|awful|nasty|vile|moronic|idiotic"
        rf"|wretched|hateful|rotten|repulsive) {_GROUP}\b",
    ),
    _abuse(
        "insult",
        0.8,
        rf"\b(?:you|you're|you are|u r|ur|your are|y'all are)(?: \w+)? {_FILLERS}{_INSULT}\b"
        rf"|\b(?:what an?|such an?|bunch of|complete|total|utter) {_PERSON}\b"
        r"|\b[a-z]+ (?:is|are|was) (?:a |an |such a |such an )?(?:total |complete |fucking )?"
        rf"(?:{_PERSON}|moronic|{_FILTH})\b",
    ),
    _abuse(
        "insult",
        0.75,
        r"\b(?:shut (?:the \w+ )?up|get lost|go to hell|screw you|piss off|kiss my ass|eat shit|suck my"
        rf"|f(?:uck|\*+k|\*\*\*) (?:you|off|them|him|her|this|that|u)|{_FILTH})\b",
    ),
    _abuse(
        "crude",
        0.65,
        r"\b(?:bitch(?:es|y|ing)?|cunts?|whores?|sluts?|hoes?|bastards?|ass ?holes?|dick ?heads?|douche(?:bag)?s?"
        r"|twats?|pricks?|wankers?|jack ?ass(?:es)?|mother ?f\w+|cock ?suck\w+|puss(?:y|ies)|thots?)\b",
    ),
    _abuse(
        "crude",
        0.45,
        r"\b(?:f+u+c+k+\w*|fck\w*|f\*+k?\w*|shit(?:ty|s|ting|head)?|bull ?shit|sh\*t|crap(?:py)?|arse|ass(?:es)?"
        r"|dick|damn(?:ed)?|goddamn)(?!\w)",
    ),
    _abuse(
        "insult",
        0.4,
        rf"\b(?:{_PERSON}|moronic|idiotic|brainless|clueless fools?|degenerates?|nutjobs?|dimwits?|halfwits?)\b",
    ),
)
_DENIED = re.compile(
    r"(?:\b(?:not|never|don't|do not|doesn't|shouldn't|isn't|aren't|wrong to|stop|avoid|word|term|called|calling|call"
    r"|saying|said|slur|insult)\b[^.!?]{0,30}|[\"“'‘])$",
    re.IGNORECASE,
)
DENIED_FACTOR: Final = 0.4
"""What is left of a phrase's severity where it is taken back or only quoted."""


def is_denied(text: str, position: int) -> bool:
    """Whether the words before take it back or only quote it ("never call anyone an ...")."""
    return _DENIED.search(text[max(0, position - 40) : position]) is not None
