"""Toxicity patterns: which phrases of open abuse stand in a text, by kind.

Here: the search, and the words without which there is none. Not here: the phrases (``gonogo.abuse``), single words
(``toxicity_words``), what is made of both (``toxicity``).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from gonogo.abuse import DENIED_FACTOR, PATTERNS, is_denied

KINDS: Final = tuple(dict.fromkeys(abuse.kind for abuse in PATTERNS))
"""``slur``, ``threat``, ``hate``, ``insult``, ``crude``."""
READ: Final = 5_000
"""Characters read at most; longer texts are judged by windows."""
_RARE_WORDS: Final = """
    kill kills killed murder hurt shoot shot stab beat rape raped burn hang hanged die rot suffer hate despise loathe
    stand exterminate deport deported ban banned gas gassed disappear back dirty filthy stupid dumb disgusting lazy
    ugly damn fucking horrible awful nasty vile moronic idiotic wretched hateful rotten repulsive pathetic worthless
    fat trash garbage vermin subhuman parasite parasites pig pigs cockroach cockroaches animals savage savages scum
    scumbag scumbags brainless clueless shut lost hell screw piss kiss shit suck fuck rid crap arse dick pieces piece
    cock ass douche mother jack dumbass dumbasses fools
    """
_RARE: Final = frozenset(_RARE_WORDS.split())
"""With none of these words, nor one that abuses by itself, no phrase of the table can stand in a text."""
_DISGUISED: Final = re.compile(r"[*014][*A-Za-z]")


def found_kinds(text: str, words: Collection[str], abusive: bool) -> dict[str, float]:
    """Severity 0..1 of the worst phrase of each kind that was found; 0.4 of it where the words before take it back.

    Args:
        text: normalised.
        words: of the text, lower case; with no word of the table most texts need no search at all.
        abusive: whether a word that abuses by itself was seen, so that the search is worth its time.
    """
    if not abusive and _RARE.isdisjoint(words) and not _DISGUISED.search(text):
        return {}
    plain = " ".join(text[:READ].replace("’", "'").split())
    found: dict[str, float] = {}
    for abuse in PATTERNS:
        match = abuse.pattern.search(plain)
        if match is not None:
            severity = abuse.severity * (DENIED_FACTOR if is_denied(plain, match.start()) else 1.0)
            found[abuse.kind] = max(severity, found.get(abuse.kind, 0.0))
    return found
