"""Opposites: pairs of words of which one denies the other, and prefixes that deny.

Here: the table. Not here: where opposites matter (``faithfulness``, ``equivalence``).
"""

from __future__ import annotations

from collections.abc import Set

_WRITTEN = """
    before/after increase/decrease increases/decreases increased/decreased more/less more/fewer above/below over/under
    minimum/maximum min/max always/never allowed/forbidden allow/forbid include/exclude includes/excludes
    included/excluded including/excluding enable/disable enables/disables enabled/disabled first/last earlier/later
    free/paid open/closed all/none all/some accept/reject accepts/rejects accepted/rejected mandatory/optional
    required/optional on/off up/down cheaper/dearer faster/slower higher/lower older/newer start/end starts/ends
    oldest/newest smallest/largest lowest/highest big/small large/small biggest/smallest long/short longer/shorter
    high/low old/new old/young early/late with/without true/false public/private local/remote input/output left/right
    success/failure succeeds/fails common/rare often/rarely many/few most/fewest most/least inside/outside
    internal/external won/lost win/lose born/died male/female men/women man/woman north/south east/west
    northern/southern eastern/western hot/cold warm/cold wet/dry strong/weak rich/poor safe/dangerous simple/complex
    easy/hard easy/difficult easier/harder fast/slow modern/ancient best/worst better/worse positive/negative add/remove
    adds/removes added/removed create/delete creates/deletes created/deleted import/export upload/download send/receive
    sends/receives sent/received buy/sell bought/sold single/multiple same/different similar/different
    automatic/manual automatically/manually can/cannot active/inactive visible/hidden heavy/light wide/narrow
    deep/shallow full/empty raise/lower rises/falls rose/fell support/oppose only/also both/neither any/no yes/no
"""
_PAIRS = frozenset(
    pair for one, other in (written.split("/") for written in _WRITTEN.split()) for pair in ((one, other), (other, one))
)
_PREFIXES = ("un", "in", "im", "dis", "non", "ir", "il", "de", "mis")
_SHORTEST = 4


_OF: dict[str, frozenset[str]] = {
    word: frozenset(other for one, other in _PAIRS if one == word) for word in {one for one, _ in _PAIRS}
}


def any_opposite(words: Set[str], others: Set[str]) -> bool:
    """Whether one of the words is the opposite of one of the others."""
    for word in words:
        if word in _OF and not _OF[word].isdisjoint(others):
            return True
        if len(word) >= _SHORTEST and any(
            prefix + word in others
            or (word.startswith(prefix) and len(word) - len(prefix) >= _SHORTEST and word[len(prefix) :] in others)
            for prefix in _PREFIXES
        ):
            return True
    return False


def are_opposite(one: str, other: str) -> bool:
    """Whether two lower-case words are opposites: by the table, or one is the other behind "un-" or its like."""
    if (one, other) in _PAIRS:
        return True
    shorter, longer = (one, other) if len(one) < len(other) else (other, one)
    return len(shorter) >= _SHORTEST and longer.endswith(shorter) and longer[: -len(shorter)] in _PREFIXES
