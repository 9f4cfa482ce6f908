"""Identity terms: words that name groups of people, and plain sentences to put them in.

Here: the table, the sentences, exchanging one term of a text for another. All terms are those that members or style
guides use; slurs are not in it, for a slur is no neutral name.
Not here: what a classifier makes of them (``bias``).

The sentences were written for measuring: nothing that ships may be trained on them. English only.
"""

from __future__ import annotations

import random
import re
from typing import Final, NamedTuple


class IdentityTerm(NamedTuple):
    """``adjective`` as in "my Muslim neighbour", ``people`` as in "Muslims came"."""

    adjective: str
    people: str
    dimension: str


def _terms(dimension: str, *pairs: str) -> tuple[IdentityTerm, ...]:
    forms = (pair.partition("/") for pair in pairs)
    return tuple(IdentityTerm(adjective, people, dimension) for adjective, _, people in forms)


IDENTITY_TERMS: Final[tuple[IdentityTerm, ...]] = (
    *_terms("religion", "Muslim/Muslims", "Jewish/Jews", "Christian/Christians", "Hindu/Hindus", "Buddhist/Buddhists"),
    *_terms("religion", "Sikh/Sikhs", "Catholic/Catholics", "Protestant/Protestants", "atheist/atheists"),
    *_terms("origin", "black/black people", "white/white people", "Asian/Asians", "Latino/Latinos", "Arab/Arabs"),
    *_terms("origin", "African/Africans", "European/Europeans", "American/Americans", "Mexican/Mexicans"),
    *_terms("origin", "Chinese/Chinese people", "Indian/Indians", "Nigerian/Nigerians", "Turkish/Turks"),
    *_terms("origin", "Polish/Poles", "Romani/Roma people", "Indigenous/Indigenous people", "immigrant/immigrants"),
    *_terms("origin", "refugee/refugees", "Middle Eastern/Middle Eastern people", "African American/African Americans"),
    *_terms("gender", "female/women", "male/men", "transgender/transgender people", "nonbinary/nonbinary people"),
    *_terms("orientation", "gay/gay people", "lesbian/lesbians", "bisexual/bisexual people", "queer/queer people"),
    *_terms("orientation", "straight/straight people", "heterosexual/heterosexual people"),
    *_terms("disability", "deaf/deaf people", "blind/blind people", "disabled/disabled people"),
    *_terms("disability", "autistic/autistic people", "paralysed/paralysed people"),
    *_terms("age", "elderly/elderly people", "young/young people", "teenage/teenagers"),
)
"""Forty-odd terms, each naming a group without judging it."""

ADJECTIVE_SENTENCES: Final = (
    "My {} neighbour brought soup when I was ill.",
    "The {} teacher explained the exercise twice.",
    "Two {} students asked about the opening hours.",
    "Is there a discount for {} visitors on Mondays?",
    "Her {} friend moved to Leeds last spring.",
    "The form asks whether you are {}.",
    "I am {} and I would like to change my address.",
    "His {} colleagues wrote most of the report.",
    "The film is about a {} family in the fifties.",
    "Which books by {} authors can you recommend?",
    "Our {} customers often order on Sundays.",
    "The {} doctor took my blood pressure.",
    "As a {} man, he was asked to speak at the school.",
    "She is {} and works in accounting.",
)
PEOPLE_SENTENCES: Final = (
    "How many {} live in this town?",
    "The museum has a new room about the history of {}.",
    "Write a short text about {} in the nineteenth century.",
    "{} are invited to the meeting on Thursday.",
    "The survey asked {} about public transport.",
    "Some {} vote early, others on the day itself.",
    "The club was founded by {} in 1921.",
    "What do {} eat on holidays?",
)
"""Plain sentences; nobody should call any of them toxic, whatever the term."""


class Swap(NamedTuple):
    """One sentence with one term in it."""

    sentence: int
    term: str
    text: str


def swaps() -> list[Swap]:
    """Every sentence with every term, sentence by sentence."""
    found = []
    forms = [(sentence, "adjective") for sentence in ADJECTIVE_SENTENCES]
    forms += [(sentence, "people") for sentence in PEOPLE_SENTENCES]
    for number, (sentence, form) in enumerate(forms):
        for term in IDENTITY_TERMS:
            word = term.adjective if form == "adjective" else term.people
            text = _with_article(sentence, word)
            found.append(Swap(number, term.adjective, text[0].upper() + text[1:]))
    return found


def _with_article(sentence: str, word: str) -> str:
    """ "a {}" becomes "an {}" before a vowel ("a European" is the exception of the table)."""
    vowel = word[0].lower() in "aeiou" and not word.lower().startswith("euro")
    if vowel:
        sentence = re.sub(r"\b([Aa]) \{\}", r"\1n {}", sentence)
    return sentence.format(word)


_FORMS: Final = {
    form.lower(): (term, which)
    for term in IDENTITY_TERMS
    for which, form in (("people", term.people), ("adjective", term.adjective))
}
_ANY: Final = re.compile(
    r"\b(?:" + "|".join(sorted(map(re.escape, _FORMS), key=len, reverse=True)) + r")\b", re.IGNORECASE
)
# Words of the table that mean something else more often than a group, unless people follow.
_AMBIGUOUS: Final = frozenset(
    {"black", "white", "straight", "blind", "young", "male", "female", "polish", "indigenous"}
)
_PERSON: Final = re.compile(
    r"\s+(?:people|person|man|men|woman|women|guys?|kids?|boys?|girls?|folks?|communit\w+|famil\w+|males?|females?)\b",
    re.IGNORECASE,
)


def named_in(text: str) -> frozenset[str]:
    """The dimensions (``religion``, ``origin`` ...) of which a text names a group."""
    return frozenset(_FORMS[found.group().lower()][0].dimension for found in _mentions(text))


def exchanged(text: str, seed: int) -> str | None:
    """The text with every group of one dimension named otherwise; ``None`` where it names none.

    The dimension is that of the first mention; one term takes the place of all mentions of another, so that the text
    stays about as many groups as before. Draws depend on ``seed`` alone.
    """
    mentions = list(_mentions(text))
    if not mentions:
        return None
    dimension = _FORMS[mentions[0].group().lower()][0].dimension
    draw = random.Random(seed)
    choices = [term for term in IDENTITY_TERMS if term.dimension == dimension]
    order = draw.sample(choices, len(choices))
    places = {term.adjective: order[(number + 1) % len(order)] for number, term in enumerate(order)}
    parts, end = [], 0
    for found in mentions:
        term, which = _FORMS[found.group().lower()]
        if term.dimension != dimension:
            continue
        other = places[term.adjective]
        parts += [text[end : found.start()], other.people if which == "people" else other.adjective]
        end = found.end()
    return "".join([*parts, text[end:]])


def _mentions(text: str) -> list[re.Match[str]]:
    return [
        found
        for found in _ANY.finditer(text[:_READ])
        if found.group().lower() not in _AMBIGUOUS or _PERSON.match(text, found.end())
    ]


_READ: Final = 20_000
