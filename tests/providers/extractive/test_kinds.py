"""Questions say what kind of value they expect, and texts are told apart by it."""

from __future__ import annotations

import pytest

from gonogo.providers.extractive.kinds import KINDS, expected_kind, has_values, holds_kind


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How much is a kettle?", "money"),
        ("What would a repair cost?", "money"),
        ("How often is it cleaned?", "interval"),
        ("How soon does it arrive?", "duration"),
        ("After how many working days is it here?", "duration"),
        ("How many cups does it fill?", "count"),
        ("How heavy is it?", "weight"),
        ("Up to which temperature may it be used?", "temperature"),
        ("How loud is it?", "sound"),
        ("What share do I get back?", "percent"),
        ("How far apart must two of them stand?", "distance"),
        ("What distance is safe?", "distance"),
        ("Which radio frequency does it use?", "frequency"),
        ("Who repairs it?", "person"),
        ("Until when can I call?", "time"),
        ("What's the largest size?", "amount"),
        ("How do I clean it?", "steps"),
        ("Is it blue?", None),
    ],
)
def test_the_wording_tells_the_kind(question: str, kind: str | None) -> None:
    assert expected_kind(question) == kind


@pytest.mark.parametrize(
    ("kind", "holding", "lacking"),
    [
        ("money", "It costs EUR 40.", "It costs a fortune, 40 times over."),
        ("money", "Repairs are free.", "Repairs take a while."),
        ("duration", "It takes two working days.", "It takes a while."),
        ("interval", "Clean it once a week.", "Clean it gently."),
        ("count", "It fills six cups.", "It fills cups."),
        ("weight", "It weighs 38 g.", "It weighs little."),
        ("temperature", "It stands 80 °C.", "It stands heat."),
        ("sound", "The bell has 65 dB.", "The bell is loud."),
        ("percent", "You get 10 percent back.", "You get 10 back."),
        ("distance", "Keep eight metres apart.", "Keep them apart."),
        ("frequency", "It sends on 868 MHz.", "It sends by radio."),
        ("person", "Mira Tolland repairs it.", "It is repaired soon."),
        ("time", "It opens at 09:00.", "It opens early."),
    ],
)
def test_a_text_holds_values_of_a_kind_or_lacks_them(kind: str, holding: str, lacking: str) -> None:
    assert holds_kind(kind, holding)
    assert not holds_kind(kind, lacking)


def test_digits_inside_a_code_are_no_value() -> None:
    assert not holds_kind("count", "The KT-20 fills cups.")


@pytest.mark.parametrize("kind", [None, "steps"])
def test_where_no_value_is_expected_every_text_will_do(kind: str | None) -> None:
    assert holds_kind(kind, "anything")
    assert not has_values(kind)


def test_every_kind_but_steps_has_values() -> None:
    assert [kind for kind in KINDS if not has_values(kind)] == ["steps"]
