"""Evasions: what is done to a text to slip it past a reader, for measuring only.

Here: transforms with tables of their own, written apart from the normaliser and never trained on.
"""

from __future__ import annotations

import base64
import codecs
import random
from collections.abc import Callable

_LOOKS_LIKE = dict(zip("aceiopsxyjhkmntuvwbdgzAEIOPSTXYHKMCB", "аϲеіορѕхујһкмпτυνωЬԁɡᴢΑЕІОРЅТХΥНКМСВ", strict=True))
_LEET = str.maketrans("aeiostbAEIOST", "4310578431057"[:13])
_MARKS = "\u0301\u0303\u0308\u0323\u0331\u0336\u0337\u035b\u0489"


def full_width(text: str, draw: random.Random) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


def tag_characters(text: str, draw: random.Random) -> str:
    return "Thank you! " + "".join(chr(0xE0000 + ord(letter)) for letter in text if " " <= letter <= "~")


def leet(text: str, draw: random.Random) -> str:
    return text.translate(_LEET)


def rot13(text: str, draw: random.Random) -> str:
    return codecs.encode(text, "rot13")


def in_base64(text: str, draw: random.Random) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode()


def bidi_reversal(text: str, draw: random.Random) -> str:
    return "\n".join(f"\u202e{line[::-1]}\u202c" for line in text.splitlines())


def homoglyphs(text: str, draw: random.Random) -> str:
    return "".join(_LOOKS_LIKE.get(letter, letter) if draw.random() < 0.5 else letter for letter in text)


def zero_width(text: str, draw: random.Random) -> str:
    return "".join(letter + draw.choice("\u200b\u200c\u200d\u2060\ufeff") for letter in text)


def combining_marks(text: str, draw: random.Random) -> str:
    return "".join(letter + draw.choice(_MARKS) if letter.isalpha() else letter for letter in text)


def spaced_letters(text: str, draw: random.Random) -> str:
    return " ".join(text)


def upper_case(text: str, draw: random.Random) -> str:
    return text.upper()


def dotted(text: str, draw: random.Random) -> str:
    return " ".join(".".join(word) for word in text.split())


def dashed(text: str, draw: random.Random) -> str:
    return " ".join("-".join(word) for word in text.split())


def mathematical(text: str, draw: random.Random) -> str:
    def bold(letter: str) -> str:
        if "a" <= letter <= "z":
            return chr(0x1D41A + ord(letter) - ord("a"))
        return chr(0x1D400 + ord(letter) - ord("A")) if "A" <= letter <= "Z" else letter

    return "".join(map(bold, text))


def backwards(text: str, draw: random.Random) -> str:
    return text[::-1]


def hexadecimal(text: str, draw: random.Random) -> str:
    return text.encode("utf-8", "replace").hex()


def mixed(text: str, draw: random.Random) -> str:
    """Every word in another disguise, or none."""
    plain: list[Transform] = [full_width, homoglyphs, zero_width, upper_case, mathematical, lambda word, _: word]
    return " ".join(draw.choice(plain)(word, draw) for word in text.split())


def leet_with_signs(text: str, draw: random.Random) -> str:
    return text.translate(str.maketrans("aeiosAEIOS", "@3!0$@3!0$"))


def underscored(text: str, draw: random.Random) -> str:
    return " ".join("_".join(word) for word in text.split())


def circled(text: str, draw: random.Random) -> str:
    return "".join(chr(0x24D0 + ord(letter) - ord("a")) if "a" <= letter <= "z" else letter for letter in text)


def variation_selectors(text: str, draw: random.Random) -> str:
    return "Hello \U0001f600" + "".join(
        chr(0xFE00 + byte if byte < 16 else 0xE0100 + byte - 16) for byte in text.encode("utf-8", "replace")
    )


def percent_escapes(text: str, draw: random.Random) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode("utf-8", "replace"))


def html_escapes(text: str, draw: random.Random) -> str:
    return "".join(f"&#x{ord(letter):x};" for letter in text)


def words_backwards(text: str, draw: random.Random) -> str:
    return " ".join(word[::-1] for word in text.split())


def other_look_alikes(text: str, draw: random.Random) -> str:
    table = dict(zip("aceghijopsuvxyABCEHKMOPT", "ɑᴄеɡһіјоρꜱᴜνхуᎪᏴᏟᎬᎻᏦᎷՕᏢᎢ", strict=True))
    return "".join(table.get(letter, letter) if draw.random() < 0.35 else letter for letter in text)


Transform = Callable[[str, random.Random], str]
EVASIONS: dict[str, Transform] = {
    "full-width": full_width,
    "tag characters": tag_characters,
    "leet": leet,
    "rot13": rot13,
    "base64": in_base64,
    "bidi reversal": bidi_reversal,
    "homoglyphs": homoglyphs,
    "zero-width": zero_width,
    "combining marks": combining_marks,
    "spaced letters": spaced_letters,
    "upper case": upper_case,
    "dotted letters": dotted,
    "dashed letters": dashed,
    "mathematical": mathematical,
    "backwards": backwards,
    "hexadecimal": hexadecimal,
    "mixed": mixed,
    # These eight were added when the normaliser was final, and it was not changed after they were looked at.
    "leet with signs": leet_with_signs,
    "underscored letters": underscored,
    "circled": circled,
    "variation selectors": variation_selectors,
    "percent escapes": percent_escapes,
    "HTML escapes": html_escapes,
    "words backwards": words_backwards,
    "other look-alikes": other_look_alikes,
}
