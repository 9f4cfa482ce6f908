"""Rows of the classifier ``equivalence``: pairs of questions that do, and do not, deserve the same answer.

    python scripts/rows/equivalence.py DATA OUT [--seed 0]

Here: the near misses and rewritings (``near_misses``), and pairs from labelled intents: two requests of one intent, and
the most alike of another intent or question. Writes ``equivalence.jsonl`` into OUT.
Not here: learning (``gonogo.training``).

Two requests of one intent do not always deserve one answer ("weather in Paris", "weather in Rome"): intents with free
places are left out, numbers must be equal, and a wrong pair weighs twice a right one. Wrong pairs of two questions
weigh twice those one edit apart, so that both count alike.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rows import near_misses
from rows.sources import load

from gonogo.domain import TrainingRow
from gonogo.features import stems, words_of
from gonogo.training.rows import write_rows

_FREE = """
    oos translate transfer timer definition exchange_rate weather distance directions calculator spelling flight_status
    reminder reminder_update calendar calendar_update play_music meal_suggestion recipe nutrition_info ingredients_list
    cook_time calories travel_suggestion book_flight book_hotel timezone time measurement_conversion todo_list
    todo_list_update shopping_list shopping_list_update restaurant_reviews restaurant_reservation restaurant_suggestion
    confirm_reservation cancel_reservation how_busy accept_reservations uber roll_dice text make_call order alarm
    pto_request schedule_meeting meeting_schedule ingredient_substitution international_visa plug_type vaccines
    travel_notification travel_alert car_rental food_last share_location smart_home change_language change_user_name
    change_accent change_volume pay_bill bill_balance transactions spending_history date update_playlist traffic
    gas_type mpg flip_coin yes no maybe cancel repeat greeting goodbye thank_you insurance next_song
"""
FREE = frozenset(_FREE.split())
"""Intents whose requests name what they are about: two of them rarely deserve one answer."""
PAIRS = 9000
"""Right and as many wrong pairs from intents."""
LOOKED_AT = 60
OTHERS = {"mmlu": 4000, "hub_docs": 900, "gsm8k": 600, "click": 35, "httpx": 35}
"""Questions of a source that are paired with another one of it."""
TOO_ALIKE = 0.8
"""Share of common words from which two questions of a source may be the same one."""


def of_intents(data: Path, seed: int = 0, pairs: int = PAIRS) -> Iterator[TrainingRow]:
    """Right pairs of one intent and wrong ones of two."""
    for name, file in (("banking77", "intent_banking77"), ("clinc150", "intent_clinc150")):
        texts = [(row["text"], row["intent"]) for row in load(data, file) if row["intent"] not in FREE]
        contents = {text: frozenset(stems(words_of(text))) for text, _ in texts}
        by: dict[str, list[str]] = {}
        for text, intent in texts:
            by.setdefault(intent, []).append(text)
        draw = random.Random(f"{seed}\n{name}")
        for _ in range(pairs // 2):
            text, intent = draw.choice(texts)
            others = [one for one in draw.sample(by[intent], min(20, len(by[intent]))) if _comparable(one, text)]
            if others:
                other = _nearest(text, others, contents) if draw.random() < 0.5 else others[0]
                yield _row(text, other, name, label=True)
            away = [one for one, its in draw.sample(texts, LOOKED_AT) if its != intent]
            other = _nearest(text, away, contents) if draw.random() < 0.8 else away[0]
            yield _row(text, other, name, label=False)


def other_questions(data: Path, seed: int = 0) -> Iterator[TrainingRow]:
    """Each question with the most alike of its source that asks another thing."""
    by: dict[str, list[str]] = {}
    for source, _, text, _ in near_misses.questions(data):
        if source in OTHERS and near_misses.SHORTEST <= len(text.split()) <= near_misses.LONGEST:
            by.setdefault(source, []).append(text)
    for source, texts in sorted(by.items()):
        contents = {text: frozenset(stems(words_of(text))) for text in texts}
        draw = random.Random(f"{seed}\n{source}\nothers")
        for text in draw.sample(texts, min(OTHERS[source], len(texts))):
            away = [
                one for one in draw.sample(texts, min(400, len(texts))) if not _too_alike(contents[one], contents[text])
            ]
            if away:
                yield _row(text, _nearest(text, away, contents), source, label=False)


def _too_alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) > TOO_ALIKE * len(one | other)


def _comparable(one: str, other: str) -> bool:
    return one.lower() != other.lower() and re.findall(r"\d+", one) == re.findall(r"\d+", other)


def _nearest(text: str, others: Sequence[str], contents: dict[str, frozenset[str]]) -> str:
    own = contents[text]
    return max(others, key=lambda one: len(own & contents[one]) / (len(own | contents[one]) or 1))


def _row(one: str, other: str, source: str, *, label: bool) -> TrainingRow:
    return TrainingRow(
        text=one, against=(other,), label=label, source=f"{source}_others", group=near_misses.group_of(one),
        licence=near_misses.LICENCES[source], weight=1.0 if label else 2.0,
        slices={"edit": "none" if label else "other question", "kept": "same intent" if label else "other question"},
    )  # fmt: skip


def rows(data: Path, seed: int = 0) -> list[TrainingRow]:
    """Every training row."""
    return [*near_misses.rows(data, seed), *of_intents(data, seed), *other_questions(data, seed)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    found = rows(asked.data, asked.seed)
    print(write_rows(asked.out / "equivalence.jsonl", found), "rows;", Counter(row.slices["edit"] for row in found))


if __name__ == "__main__":
    main()
