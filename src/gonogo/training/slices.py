"""Slices: the parts of the rows that a classifier is reported on apart - source, language, length, topic, dialect ...

Here: which slices a row belongs to, told from its text where the row does not say; the table of measures by slice.
Not here: which differences between slices are real (``bias``).

What is told from a text is a cheap guess: language from script and stop words, dialect from a short list of spellings.
It sorts rows into a table; it says nothing about who wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from gonogo.domain import Slice, TrainingRow
from gonogo.training.identity_terms import named_in
from gonogo.training.measures import measures_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

READ: Final = 5_000
"""Characters of a text that language, group and dialect are told from."""
BANDS: Final = ((5, "up to 5 words"), (20, "6 to 20 words"), (100, "21 to 100 words"))
LONGEST_BAND: Final = "over 100 words"
DIALECT: Final = "African American English spellings"

_SCRIPTS: Final = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("Cyrillic", re.compile("[\u0400-\u04ff]")),
    ("Greek", re.compile("[\u0370-\u03ff]")),
    ("Hebrew", re.compile("[\u0590-\u05ff]")),
    ("Arabic", re.compile("[\u0600-\u06ff]")),
    ("Devanagari", re.compile("[\u0900-\u097f]")),
    ("Thai", re.compile("[\u0e00-\u0e7f]")),
)
_LATIN: Final = re.compile("[A-Za-z\u00c0-\u024f]")
_WORD: Final = re.compile("[a-z\u00df-\u024f']+")
_STOPS: Final = {
    "en": "the of and to is that it for you with this are was have not be on what my can how they your do just i a in",
    "de": "der die das und ist nicht ich ein eine zu den mit auf wie wir sie es für von wird kann was auch dem im",
    "fr": "le la les des et est une dans pour que qui pas je vous il du sur avec ce comment mon au sont quel de",
    "es": "el los las del y es una por para que no se con como mi en su más pero cuál está qué me al lo cómo de puedo",
    "it": "il gli della e è una per che non con come sono di mi si questo nel alla più qual ho ma del di posso",
    "pt": "o os as da e é uma para que não com como meu em sua mais mas do no um por qual eu está se de posso",
    "nl": "de het een en is niet ik van voor met hoe mijn op dat wat zijn te kan je aan er maar wij bij ook",
}
_STOP_SETS: Final = {name: frozenset(words.split()) for name, words in _STOPS.items()}
# Respelled and grammatical forms described for African American English (Green 2002, "African American English: A
# Linguistic Introduction"; Blodgett, Green and O'Connor 2016, D16-1120). Many are also Southern or simply online
# English: a row with one may well be by somebody else, and most rows by its speakers have none.
_DIALECT: Final = re.compile(
    r"\b(?:finna|tryna|gon|imma|aint|ain't|y'?all|dat|dis|dem|dey|dese|wit|nuffin|nothin|somethin|wanna be|bruh"
    r"|(?:he|she|they|we|you|it|people|dudes?|folks) be (?:\w+ing?|\w+in'?|so|like|all|too|actin)"
    r"|(?:he|she|it) don'?t|don'?t (?:got|have) no|can'?t (?:no|nobody)|they was|we was|you was)\b",
    re.IGNORECASE,
)


def slices_of(row: TrainingRow) -> dict[str, str]:
    """Dimension to name. What the row itself says goes before what is told from its text."""
    text = row.text[:READ]
    named = named_in(text)
    told = {
        "language": language_of(text),
        "length": length_band(row.text),
        "group named": "none" if not named else "several" if len(named) > 1 else next(iter(named)),
        "dialect": DIALECT if _DIALECT.search(text) else "none seen",
    }
    return {**({"source": row.source} if row.source else {}), **told, **row.slices}


def language_of(text: str) -> str:
    """A script or language code by the letters and the most frequent stop words; ``unknown`` where both say nothing.

    Latin script: the language of most stop words among en, de, fr, es, it, pt, nl; a tie or none is ``unknown``, which
    is what most texts of one or two words get.
    """
    part = text[:READ]
    latin = len(_LATIN.findall(part))
    for name, letters in _SCRIPTS:
        found = len(letters.findall(part))
        if found and found * 2 >= latin:
            return name
    words = _WORD.findall(part.lower())
    counts = sorted(((sum(word in stops for word in words), name) for name, stops in _STOP_SETS.items()), reverse=True)
    (most, name), (second, _) = counts[0], counts[1]
    return name if most > second else "unknown"


def length_band(text: str) -> str:
    """One of the bands of ``BANDS``, by words between blanks."""
    words = len(text.split(None, BANDS[-1][0] + 1)[: BANDS[-1][0] + 1])
    return next((name for most, name in BANDS if words <= most), LONGEST_BAND)


def slice_table(
    rows: Sequence[TrainingRow], probabilities: Sequence[float] | NDArray[np.float64], threshold: float
) -> tuple[Slice, ...]:
    """Every measure for every slice, by dimension and then the largest first.

    A measure of a slice with too few rows has no value and says so; nothing is left out.

    Raises:
        ValueError: not one probability a row.
    """
    import numpy as np

    labels, scores = np.array([row.label for row in rows], dtype=np.bool_), np.asarray(probabilities, dtype=np.float64)
    if labels.shape != scores.shape:
        raise ValueError(f"rows and probabilities must have the same length, not {labels.size} and {scores.size}")
    table = []
    for (dimension, name), places in members(rows).items():
        part = np.array(places)
        measures = measures_of(labels[part], scores[part], threshold)
        positives = int(labels[part].sum())
        table.append(Slice(dimension=dimension, name=name, rows=len(places), positives=positives, measures=measures))
    return tuple(sorted(table, key=lambda found: (found.dimension, -found.rows, found.name)))


def members(rows: Sequence[TrainingRow]) -> dict[tuple[str, str], list[int]]:
    """(dimension, name) to the places of its rows."""
    found: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(rows):
        for slice_ in slices_of(row).items():
            found.setdefault(slice_, []).append(place)
    return found
