"""Encodings: readable text behind codes of characters.

Here: base64, base32, hexadecimal, binary, Morse, and letters written as percent, HTML or Unicode escapes.
Not here: which readings are kept (``readings``), letters for letters (``ciphers``).
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterator

_LONGEST = 4096
_MOST = 8
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}(?:={0,2}\r?\n[A-Za-z0-9+/_-]{4,})*")
_BASE32 = re.compile(r"[A-Z2-7]{24,}={0,6}")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[ :,]?){8,}")
_HEX_HINT = re.compile(r"[0-9A-Fa-f]{2}[ :,](?:0x)?[0-9A-Fa-f]{2}[ :,](?:0x)?[0-9A-Fa-f]{2}[ :,]")
_PAIR = re.compile(r"[0-9A-Fa-f]{2}(?=[ :,\\0-9A-Fa-f]|$)")
_BINARY = re.compile(r"(?:[01]{8}[ ,]?){5,}")
_BYTE = re.compile(r"[01]{8}")
_MORSE = re.compile(r"(?:[.·•-]{1,5}(?: {0,2}[/|] {0,2}| {1,7})){4,}[.·•-]{1,5}")
_MORSE_HINT = re.compile(r"(?<![^ /|])[.·•-]{1,5} [.·•-]{1,5} [.·•-]{1,5}(?![^ /|])")
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")
_UNICODE = re.compile(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))")
_ENTITY = re.compile(r"&#(?:x[0-9A-Fa-f]{1,6}|[0-9]{1,7});")
_LETTERS = 4
"""So many letters written as escapes are no accident: ordinary text escapes blanks, signs and foreign letters only."""
_MORSE_CODE = """
    .- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --..
    ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----.
    """
_CODES = dict(zip(_MORSE_CODE.split(), "abcdefghijklmnopqrstuvwxyz0123456789", strict=True))
"""International Morse code, ITU-R M.1677-1."""

Found = tuple[str, str]
"""Name of the encoding, and the reading."""


def decoded(text: str, longest: int, figures: bool) -> list[Found]:
    """What the codes in a text say, where that is readable.

    Args:
        longest: characters of the longest part between blanks.
        figures: whether the text holds any figure.
    """
    found: list[Found] = []
    long = longest >= 16
    if long:
        found += [("base64", plain) for plain in _runs(_BASE64, text, _from_base64)]
        found += [("base64", plain) for plain in _runs(_BASE32, text, _from_base32)]
    if figures and (long or _HEX_HINT.search(text)):
        found += [("hex", plain) for plain in _runs(_HEX, text, _from_hex)]
    if figures and "0" in text and _BYTE.search(text):
        found += [("binary", plain) for plain in _runs(_BINARY, text, _from_binary)]
    if (" ." in text or " -" in text or " ·" in text or " •" in text) and _MORSE_HINT.search(text):
        found += [("morse", plain) for plain in _runs(_MORSE, text, _from_morse)]
    if ("%" in text or "&#" in text or "\\" in text) and (plain := _unescaped(text[: 4 * _LONGEST])):
        found.append(("escapes", plain))
    return found


def _runs(pattern: re.Pattern[str], text: str, read: Callable[[str], str | None]) -> Iterator[str]:
    """The first readable runs."""
    count = 0
    for run in pattern.finditer(text):
        plain = read(run.group()[: 12 * _LONGEST])
        if plain:
            yield plain
            count += 1
            if count == _MOST:
                return


def _from_base64(run: str) -> str | None:
    code = "".join(run.replace("=", "").split())[: _LONGEST // 3 * 4].replace("-", "+").replace("_", "/")
    if code.isalpha() and (code.islower() or code.isupper()):
        return None
    rest = code[len(code) // 4 * 4 :]
    # A single left-over letter carries no byte.
    padded = code[: len(code) // 4 * 4] + (rest + "=" * (4 - len(rest)) if len(rest) > 1 else "")
    try:
        return _text(base64.b64decode(padded, validate=True))
    except binascii.Error:
        return None


def _from_base32(run: str) -> str | None:
    code = run.rstrip("=")[: _LONGEST // 5 * 8]
    code = code[: len(code) // 8 * 8]
    try:
        return _text(base64.b32decode(code))
    except binascii.Error:
        return None


def _from_hex(run: str) -> str | None:
    pairs = _PAIR.findall(run.replace("0x", " ").replace("\\x", " "))
    return _text(bytes(int(pair, 16) for pair in pairs[:_LONGEST])) if len(pairs) >= 8 else None


def _from_binary(run: str) -> str | None:
    return _text(bytes(int(byte, 2) for byte in _BYTE.findall(run)[:_LONGEST]))


def _from_morse(run: str) -> str | None:
    run = run.replace("·", ".").replace("•", ".").replace("|", "/")
    words = [[_CODES.get(code) for code in word.split()] for word in re.split(r"/| {3,7}", run)]
    codes = [letter for word in words for letter in word]
    known = [letter for letter in codes if letter]
    if len(known) < 0.9 * len(codes) or len(set(known)) < _LETTERS:
        return None
    return " ".join("".join(letter or "" for letter in word) for word in words if word)


def _unescaped(text: str) -> str | None:
    """The text with its escapes replaced, where enough of them stand for letters of ASCII."""
    letters = [
        *(int(code, 16) for code in _PERCENT.findall(text)),
        *(int("".join(codes), 16) for codes in _UNICODE.findall(text)),
        *(ord(html.unescape(code)[0]) for code in _ENTITY.findall(text) if html.unescape(code)),
    ]
    if sum(code < 128 and chr(code).isalpha() for code in letters) < _LETTERS:
        return None
    plain = _PERCENT.sub(lambda found: _character(found.group(1)), text)
    plain = _UNICODE.sub(lambda found: _character("".join(filter(None, found.groups()))), plain)
    return html.unescape(plain)


def _character(code: str) -> str:
    number = int(code, 16)
    return chr(number) if number < 0xD800 or 0xE000 <= number < 0x110000 else "\ufffd"


def _text(code: bytes) -> str | None:
    try:
        plain = code.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return plain if is_readable(plain) else None


def is_readable(plain: str) -> bool:
    """Whether decoded bytes are text: printable, and mostly letters."""
    joined = " ".join(plain.split())
    letters = sum(character.isalpha() or character == " " for character in joined)
    enough = letters >= (0.6 if " " in joined else 0.75) * len(joined)
    return len(joined) >= 4 and joined.isprintable() and "\ufffd" not in joined and enough
