"""Refusals: whether an answer declines instead of answering.

Here: the wordings of "I do not know" and "I cannot help with that", first person or about the documents.
Not here: guardrails that refuse (they set ``Answer.refused``), scoring a refusal as right or wrong (``assertions``).

Statements about the world are no refusals: "We cannot accept returns after 30 days" answers a question.
"""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST_REFUSAL = 120
_LOOKED_AT = 1200

_BE_UNABLE = (
    r"(?:can ?not|can't|couldn't|could not|won't|will not|must not|(?:am|are|'m|'re|was) (?:not able|unable) to)"
)
_HELP = (
    r"(?:help|assist|answer|comply|do (?:that|this|so)|provide|share|fulfil+|tell|discuss|find|give|disclose|reveal"
    r"|say|confirm|determine|follow|continue|engage|support (?:that|this)|process (?:that|this)|create|write|generate"
    r"|assess)"
)
_PAGES = (
    r"(?:documents?|documentation|docs|handbook|manual|knowledge base|context|sources?|passages?|excerpts?|pages?"
    r"|texts?|materials?|information|files?|guides?|articles?|search results)"
)
_SAY = (
    r"(?:say|mention|state|specify|tell|answer|address|cover|explain|describe|contain|include|provide|give|have|discuss"
    r"|indicate|list|define)"
)
_REFUSALS = re.compile(
    rf"\b(?:i|we) (?:really |simply |honestly )?(?:do not|don't|did not|didn't) (?:know|find"
    rf"|have (?:enough|any|the|that|access|information|sufficient))\b"
    rf"|\bi(?:'m| am) (?:really |so |very )?(?:not sure|not certain|uncertain|not aware|afraid i)\b"
    rf"|\b(?:i|we)(?: (?:simply|really|unfortunately|also))? ?{_BE_UNABLE} (?:to )?{_HELP}\b"
    rf"|\b{_PAGES}(?: (?:provided|given|available|retrieved|above|supplied))? (?:do|does|did)(?: not|n't) {_SAY}\b"
    rf"|\b(?:no|not enough|insufficient) (?:relevant )?(?:information|details?|answer|mention)\b.{{0,60}}?\b{_PAGES}\b"
    rf"|\b(?:is|are|was|were) (?:not|n't) (?:mentioned|covered|stated|specified|described|answered|found|given"
    rf"|addressed) (?:in|by) (?:the|my|our|any|these|those)(?: \w+)? {_PAGES}\b"
    rf"|\b(?:unclear|not clear) from (?:the|my|these|those)(?: \w+)? {_PAGES}\b"
    r"|\bas an? (?:ai|language model)\b.{0,60}?\b(?:cannot|can't|unable|not able)\b"
    r"|\bi (?:must|have to) (?:decline|refuse)\b|\bi (?:decline|refuse) to\b"
    r"|^(?:unknown|not known|no answer|n/a|no information)\W*$",
    re.IGNORECASE,
)
_TELLING = "not no n t unable uncertain afraid insufficient unclear decline refuse unknown"
_NEEDED = frozenset(_TELLING.split())
"""Every refusal holds one of these words ("n" of "n/a", "t" of "don't"), or "cannot" in a word."""
_WORD = re.compile(r"\w+")
_GOES_ON = re.compile(r"\b(?:however|but|nevertheless|that said|instead)\b", re.IGNORECASE)
_LONGEST_AFTERTHOUGHT = 10


def is_refusal(text: str) -> bool:
    """Whether the answer as a whole declines.

    The refusing words must open it (first two sentences or so), the answer must be short, and no "however" with an
    answer behind it may follow.
    """
    return _declines(text[:_LOOKED_AT])


@lru_cache(maxsize=256)  # of one answer several metrics ask
def _declines(text: str) -> bool:
    plain = " ".join(text.replace("’", "'").split())
    # Letters beyond ASCII may count as others where case is ignored.
    if plain.isascii() and not _may_decline(plain.lower()):
        return False
    if not plain or len(plain.split()) > LONGEST_REFUSAL:
        return False
    match = _REFUSALS.search(plain)
    if match is None or len(plain[: match.start()].split()) > 20:
        return False
    turn = _GOES_ON.search(plain, match.end())
    return turn is None or len(plain[turn.end() :].split()) <= _LONGEST_AFTERTHOUGHT


def _may_decline(low: str) -> bool:
    """Never wrongly no."""
    return "cannot" in low or not _NEEDED.isdisjoint(_WORD.findall(low))
