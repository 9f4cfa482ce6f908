"""Personal data by shape and checksum: e-mail, phone, payment card, IBAN, US social security number, IPv4.

Here: candidates by bounded patterns, then the checks that turn most of them away. Names and postal addresses have no
shape and are not found. Not here: secrets (``secrets``), the guardrail (``pii``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from gonogo.guardrails.secrets import secrets
from gonogo.guardrails.spans import Span

LOCAL_PART, DOMAIN = 64, 190
"""Longest e-mail local part and domain looked for, in characters (RFC 5321 allows 64 and 255)."""
CERTAIN, SURE, LIKELY = 1.0, 0.95, 0.75

_LOCAL_REVERSED = re.compile(r"[\w.%+'-]{1,64}")
_AT = re.compile(r"@| ?[(\[{] ?at ?[)\]}] ?", re.IGNORECASE)
_BRACKETS = frozenset("([{")
_DOT = r"(?:\.| ?[(\[{] ?dot ?[)\]}] ?)"
_SEPARATOR = re.compile(_DOT, re.IGNORECASE)
_DOMAIN = re.compile(rf"[^\W_][\w-]{{0,62}}(?:{_DOT}[^\W_][\w-]{{0,62}}){{1,6}}", re.IGNORECASE)

# Neither bracket may touch a number: what stands beside an already redacted stretch must not become a new finding.
_BEFORE, _AFTER = r"(?<![\w\]])(?<![\d\]][.,:/+#$€£-])", r"(?![\w\[])(?![.,:/-]\d)"
_CARD = re.compile(_BEFORE + r"\d(?:[ -]?\d){12,18}" + _AFTER)
_IBAN = re.compile(r"(?<![\w\]])([A-Za-z]{2}\d{2})(?=[ -]?[A-Za-z0-9])")
_SSN = re.compile(_BEFORE + r"(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}" + _AFTER)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4 = re.compile(rf"{_BEFORE}(?:{_OCTET}\.){{3}}{_OCTET}{_AFTER}")
_PHONE = re.compile(
    r"(?<![\w\]$€£#])(?<![\w\]][.,/=-])(?<![\d\]]:)(\+ ?|00)?(\(?\d[\d ().\-/]{4,22}\d)"
    r"((?: ?(?:x|ext\.?|extension) ?\d{1,6})?)" + _AFTER
)
_NORTH_AMERICA = re.compile(r"(?:1[-. ])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[-. /])[2-9]\d\d[-. ]\d{4}")
_LOCAL_PHONE = re.compile(r"\(?0[1-9]\d{0,4}\)?[ /-](?:\d{2,8}[ -]?){1,4}")
_GROUPS = re.compile(r"\d{2,5}(?:[ .-]\d{2,5}){1,4}")
_DATE = re.compile(
    r"(?:(?:19|20)\d\d[-./ ][01]?\d[-./ ][0-3]?\d|[0-3]?\d[-./ ][01]?\d[-./ ](?:19|20)?\d\d)(?![ .-]?\d)"
)
_CALLING = re.compile(
    r"(?i)(?<!\[)\b(?:phone|telephone|telefon|tel|call|called|calling|mobile|cell|handy|whatsapp|fax|sms|ring|dial|"
    r"reach me)\b"
)
_COUNTING = re.compile(
    r"(?i)\b(?:order|invoice|ticket|ref|reference|sku|isbn|issn|ean|case|serial|version|part|model|item|tracking|parcel|"
    r"account|build|article|product|id|no|nr|rfc|section|chapter|error|code|port|timestamp|zip)\b"
)
_SOCIAL_SECURITY = re.compile(r"(?i)\b(?:ssn|social security)\b")

IBAN_LENGTHS: Mapping[str, int] = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "CH": 21,
    "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18,
    "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23,
    "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20,
    "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24,
    "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
    "TN": 24, "TR": 26, "UA": 29, "VA": 22, "XK": 20,
}  # fmt: skip
"""Characters of an IBAN by country (ISO 13616 registry)."""


def emails(plain: str) -> Iterator[Span]:
    """Addresses with a dotted domain; ``(at)`` and ``[dot]`` in brackets are read as what they stand for."""
    if "@" not in plain and _BRACKETS.isdisjoint(plain):
        return
    for at in _AT.finditer(plain):
        before = _LOCAL_REVERSED.match(plain[max(0, at.start() - LOCAL_PART) : at.start()][::-1])
        if before is None:
            continue
        local = before.group()[::-1].lstrip(".'-%")
        end = _domain_end(plain, at.end())
        if local and end and local != "git":
            yield Span(at.start() - len(local), end, "email", SURE)


def _domain_end(plain: str, start: int) -> int | None:
    """Where the domain that begins at ``start`` ends: its last label is of letters only, two at least."""
    found = _DOMAIN.match(plain, start, start + DOMAIN)
    if found is None:
        return None
    domain, end = found.group(), len(found.group())
    for separator in reversed(list(_SEPARATOR.finditer(domain))):
        label = domain[separator.end() : end].rstrip("-_")
        if label.isalpha() and 2 <= len(label) <= 24:
            return start + separator.end() + len(label)
        end = separator.start()
    return None


def cards(plain: str) -> Iterator[Span]:
    """13 to 19 digits with an issuer's first digits and a right check digit (Luhn)."""
    for match in _CARD.finditer(plain):
        digits = re.sub(r"\D", "", match.group())
        if _is_card(digits):
            yield Span(*match.span(), "card", CERTAIN)


def _is_card(digits: str) -> bool:
    head, size = digits[:2], len(digits)
    issued = (
        (head[0] == "4" and size in (13, 16, 19))
        or ("51" <= head <= "55" and size == 16)
        or ("2221" <= digits[:4] <= "2720" and size == 16)
        or (head in ("34", "37") and size == 15)
        or (head in ("30", "36", "38", "39") and size == 14)
        or (head in ("35", "50", "56", "57", "58", "60", "62", "63", "64", "65", "67") and 16 <= size <= 19)
    )
    return issued and luhn(digits)


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def ibans(plain: str) -> Iterator[Span]:
    """Country, check digits and as many characters as that country's accounts have; remainder 1 (ISO 7064)."""
    for match in _IBAN.finditer(plain):
        length = IBAN_LENGTHS.get(match.group(1)[:2].upper())
        end = _end_of_characters(plain, match.start(), length) if length else None
        if end is not None and mod97(plain[match.start() : end]) == 1:
            yield Span(match.start(), end, "iban", CERTAIN)


def _end_of_characters(plain: str, start: int, count: int) -> int | None:
    """The end of ``count`` letters or digits from ``start``, single blanks and hyphens between them allowed."""
    seen = 0
    for place in range(start, min(len(plain), start + 2 * count)):
        char = plain[place]
        if char.isascii() and char.isalnum():
            seen += 1
            if seen == count:
                following = plain[place + 1 : place + 2]
                return None if following.isalnum() or following in ("_", "[") else place + 1
        elif char not in " -" or plain[place - 1] in " -":
            return None
    return None


def mod97(account: str) -> int:
    """Remainder of an IBAN, letters as 10..35 and the first four characters moved to the end."""
    compact = "".join(char for char in account.upper() if char.isalnum())
    return int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97


def social_security_numbers(plain: str) -> Iterator[Span]:
    """The US shape 3-2-4 without the ranges never issued; with blanks only where the text says what it is."""
    for match in _SSN.finditer(plain):
        if match.group(1) == "-" or _SOCIAL_SECURITY.search(plain, max(0, match.start() - 40), match.start()):
            yield Span(*match.span(), "ssn", SURE)


def ipv4_addresses(plain: str) -> Iterator[Span]:
    """Four octets. A version number of four parts looks the same."""
    for match in _IPV4.finditer(plain):
        yield Span(*match.span(), "ipv4", LIKELY)


def phones(plain: str) -> Iterator[Span]:
    """International, North American and leading-zero local shapes; bare digits only beside a word for calling."""
    for match in _PHONE.finditer(plain):
        international, number = match.group(1), match.group(2)
        digits = re.sub(r"\D", "", number)
        before = plain[max(0, match.start() - 40) : match.start()]
        if _is_phone(international, number, digits, before):
            yield Span(match.start(), match.end(), "phone", SURE if international else LIKELY)


def _is_phone(international: str | None, number: str, digits: str, before: str) -> bool:
    if number.count("(") != number.count(")") or _DATE.match(number):
        return False
    if international:
        return 8 <= len(digits) <= 15 and (international != "00" or digits[0] != "0") and digits[0] != "0"
    calling, counting = _last(_CALLING, before), _last(_COUNTING, before)
    if counting > calling:
        return False
    if _NORTH_AMERICA.fullmatch(number):
        return True
    if _LOCAL_PHONE.fullmatch(number):
        return 8 <= len(digits) <= 12
    return calling >= 0 and 7 <= len(digits) <= 13 and (number == digits or bool(_GROUPS.fullmatch(number)))


def _last(words: re.Pattern[str], before: str) -> int:
    return max((match.start() for match in words.finditer(before)), default=-1)


FINDERS: Mapping[str, Callable[[str], Iterator[Span]]] = {
    "email": emails,
    "phone": phones,
    "card": cards,
    "iban": ibans,
    "ssn": social_security_numbers,
    "ipv4": ipv4_addresses,
    "secret": secrets,
}
"""What can be looked for, by kind."""
DIGITS: Mapping[str, int] = {"email": 0, "phone": 7, "card": 13, "iban": 2, "ssn": 9, "ipv4": 4, "secret": 0}
"""Digits that a text holds at least where one of that kind stands in it."""
