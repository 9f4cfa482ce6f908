"""Sensitivity: how far answers move when one word of the prompt, or the form of a question, is another.

Here: the nouns. Not here: making edits and measuring them (``evaluation``).
"""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct

PromptEdit = Literal["drop", "synonym", "swap", "order", "case", "punctuation"]
QuestionEdit = Literal["typo", "lower case", "upper case", "polite", "no punctuation", "one line more"]
PROMPT_EDITS: tuple[PromptEdit, ...] = get_args(PromptEdit)
QUESTION_EDITS: tuple[QuestionEdit, ...] = get_args(QuestionEdit)


class Edit(Struct, frozen=True, kw_only=True):
    """One change of one text. ``word`` is the place in the prompt's words that it touches, from 0; -1 for questions.

    ``said`` names it for people: ``drop "newest"``. ``text`` is the whole prompt after it, empty for questions.
    """

    kind: str
    said: str
    word: int = -1
    text: str = ""


class Reading(Struct, frozen=True, kw_only=True):
    """A share 0..1 over ``n`` answers, with an interval that holds however many were looked at; ``None`` for none."""

    value: float | None
    low: float
    high: float
    n: int


class EditEffect(Struct, frozen=True, kw_only=True):
    """What an Edit did. ``moved``: mean share of an answer's words that changed. ``flipped``: tasks that passed before
    and not after, or the other way round; ``broke`` counts the first. ``errors``: answers that failed to come.

    ``carries``: it moves or flips more than repeats of the unedited prompt do, beyond the error bar of all edits
    together. ``example`` is the id of the task that moved most.
    """

    edit: Edit
    moved: Reading
    flipped: Reading
    broke: int = 0
    errors: int = 0
    carries: bool = False
    example: str = ""


class Sensitivity(Struct, frozen=True, kw_only=True):
    """The whole report. ``words`` are those of the system prompt in order; ``heat`` the largest ``moved`` of each
    word's edits, ``None`` where it was not tried. ``noise`` is the unedited prompt asked again: what chance alone does.

    ``answers`` were made of ``budget``; ``tasks`` golden tasks took part. ``wall`` and ``cpu`` in seconds. ``stopped``:
    why money ended before the budget did; empty where it did not.
    """

    mission: str
    behaviour_digest: str
    seed: int
    budget: int
    answers: int
    tasks: int
    passed: int
    words: tuple[str, ...]
    heat: tuple[float | None, ...]
    noise: EditEffect
    prompt: tuple[EditEffect, ...]
    questions: tuple[EditEffect, ...]
    wall: float
    cpu: float
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None
    stopped: str = ""
