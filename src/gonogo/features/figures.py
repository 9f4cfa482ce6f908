"""Figures: one spelling for each number written in digits.

Here: separators and needless zeros. Not here: finding numbers in a text (``numbers``).
"""

from __future__ import annotations


def canonical(digits: str) -> str:
    """One spelling of a written number; clock times and versions keep their marks.

    A comma before exactly three digits groups thousands, any other single comma is a decimal comma.
    """
    if ":" in digits:
        hours, _, rest = digits.partition(":")
        return canonical(hours) if set(rest) <= {"0", ":"} else digits.lstrip("0") or digits
    whole, *groups = digits.split(",")
    if groups and all(len(group.split(".")[0]) == 3 for group in groups) and len(whole) <= 3:
        digits = whole + "".join(groups)
    elif len(groups) == 1 and "." not in digits:
        digits = f"{whole}.{groups[0]}"
    if digits.count(".") > 1 or "," in digits:
        return digits
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")
