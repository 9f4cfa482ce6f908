"""Confusables: letters of other scripts that are drawn like Latin ones.

Here: the table, and when a letter counts as disguised: in Latin words, but not in whole Russian or Greek ones.
Not here: every other disguise (``normalisation``).

Facts of Unicode Technical Standard 39 ("confusables"): letters that look like one Latin letter. Small capitals and
upside-down letters were added by hand; letters that living languages put into Latin words (dotless i, crossed l) left
out.
"""

from __future__ import annotations

import re
import string
from itertools import pairwise

_SCRIPTS = (
    ("аеорсухіјѕԁԛԝһӏүгҽѵѡꙇАВЕКМНОРСТУХІЈЅԌҮӀԜѴ", "aeopcyxijsdqwhlyrevwiABEKMHOPCTYXIJSGYIWV"),
    ("αικνορυχγσϲϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧϜϺͿϹ", "aiknopuxyocjABEZHIKMNOPTYXFMJC"),
    ("օսզցհոգքռնՍՏՕ", "ouqghngfnuUSO"),
    ("ᎠᎡᎢᎥᎩᎪᎫᎬᎳᎷᎻᎽᏀᏂᏃᏏᏒᏔᏕᏙᏚᏞᏟᏢᏦᏧᏳᏴꭵꮁꮃꮓꮩꮪꮯ", "DRTiYAJEWMHYGhZbRWSVSLCPKdGBirwzvsc"),
    ("ᐯᑌᑭᑯᑲᒍᒪᕼᖇᖯᖴᗅᗞᗪᗰᗷ", "VUPdbJLHRbFADDMB"),
    ("ꓐꓑꓒꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ", "BPdDTGKJCZFMNLSRVHWXYAEIOU"),
    ("ⲅⲎⲒⲔⲘⲚⲞⲟⲢⲣⲤⲥⲦⲨⲬⳐ", "rHIKMNOoPpCcTYXL"),
    ("ⴸⴹⵏⵔⵕⵝ", "VElOQX"),
    ("ᚷᛁᛕᛖ", "XIKM"),
    ("𐊂𐊆𐊇𐊊𐊐𐊒𐊕𐊖𐊗𐊠𐊡𐊢𐊥𐊫𐊰𐊱𐊲𐊴𐌁𐌂𐌉𐌑𐌕𐌗", "BEFIXOPSTABCFOMTYXBCIMTX"),
    ("𐐄𐐕𐐛𐐠𐐬𐐽𐑈𐒴𐓂𐓎𐓪𐓶", "OCLSocsROUou"),
    ("𑢠𑢢𑢣𑢤𑢦𑢩𑢮𑢲𑢵𑢸𑢼𑣀𑣁𑣃𑣄𑣈𑣗𑣘𑣜", "VFLYEZELOUTvsizoouy"),
    ("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz"),
    ("ɑɡɩʋᴑᶃᶌỿꞙꞟꬲꬵꬽꭇꭈꭎꭒꭚƄƖꞘƜꞲꭓꞴƦ", "agiuogyyfueforruuybIFWJxBR"),
)

CONFUSABLES: dict[str, str] = {
    disguised: plain for script in _SCRIPTS for disguised, plain in zip(*script, strict=True)
}
"""Disguised letter to Latin letter."""

_LIKE_ENOUGH = str.maketrans("вкмнптилядьєλωπτηεβδμς", "bkmhntunrdbelwntnebdus")
"""Read as Latin only where the letters around change script again and again."""

_LETTERS = frozenset(CONFUSABLES)
_TABLE = str.maketrans(CONFUSABLES)
_ALL: dict[int, int | str] = {**_LIKE_ENOUGH, **_TABLE}
_ASCII = frozenset(string.ascii_letters)
_PATCHWORKS = 3
_ANY = _LETTERS.union(map(chr, _LIKE_ENOUGH))
_WORD = re.compile(r"[^\W\d_]+")
_FUNCTIONS = frozenset(
    ("sin", "cos", "tan", "cot", "log", "ln", "exp", "arg", "max", "min", "lim", "mod", "det", "sup")
)

UPSIDE_DOWN: dict[str, str] = dict(zip("ɐɔǝɟƃᵷɥᴉıɾʞꞁɯɹʇʌʍʎ∀Ɔ⅄", "acefgghiijklmrtvwyACY", strict=True))
"""Letters that stand on their head, as text is turned by hand; b, d, n, o, p, q, s, u, x, z turn into one another."""


def unmask(text: str) -> str:
    """Letters of other scripts become Latin inside a Latin word, or where all of a foreign word is look-alikes."""
    if _ANY.isdisjoint(text):
        return text
    foreign = any(_is_really_foreign(letter) for letter in set(text))
    if foreign and sum(_is_patchwork(word) for word in _WORD.findall(text)) >= _PATCHWORKS:
        # Nobody writes several such words in earnest: then whole words of look-alikes are disguised as well.
        return _WORD.sub(lambda found: _unmasked_whole(found.group()), text)
    return _WORD.sub(lambda found: _unmasked(found.group(), foreign), text)


def _unmasked_whole(word: str) -> str:
    return word if word.isascii() or not _ANY.union(_ASCII).issuperset(word) else word.translate(_ALL)


def _is_patchwork(word: str) -> bool:
    """Latin letters, and others in several places between them."""
    if word.isascii():
        return False
    latin = "".join(letter for letter in word if "A" <= letter <= "z")
    ordinary = latin.islower() or latin[1:].islower() or word.isupper()
    return ordinary and _changes(word) > 1 and not any(map(_is_phonetic, word))


def _is_really_foreign(letter: str) -> bool:
    """Of Cyrillic, Greek, Armenian, Cherokee and rarer scripts, and like no Latin letter."""
    return (
        ("\u0370" <= letter <= "\u058f" or "\u13a0" <= letter <= "\u16ff" or "\u2c80" <= letter <= "\u2dff"
         or "\ua4d0" <= letter <= "\ua4ff" or "\uab70" <= letter <= "\uabbf" or "\U00010280" <= letter <= "\U000118ff")
        and letter not in _LETTERS and letter.isalpha()
    )  # fmt: skip


def _is_phonetic(letter: str) -> bool:
    """Of the International Phonetic Alphabet, and like no Latin letter."""
    return "\u0250" <= letter <= "\u02ff" and letter not in _LETTERS


def _unmasked(word: str, foreign: bool) -> str:
    if word.isascii():
        return word
    latin = "".join(letter for letter in word if "A" <= letter <= "z")
    if _is_patchwork(word):
        return word.translate(_ALL)
    if _LETTERS.isdisjoint(word):
        return word
    if latin:
        return word if _is_meant(word, latin) else word.translate(_TABLE)
    # Small capitals make no word of any language; short Russian and Greek words may be look-alikes by chance.
    shortest = 4 if any("\u0370" <= letter <= "\u058f" for letter in word) else 2
    if not foreign and len(word) >= shortest and _LETTERS.issuperset(word):
        return word.translate(_TABLE)
    return word


def _changes(word: str) -> int:
    """How often Cyrillic or Greek letters and others follow one another; "SMSки" and "αSyn" do it once."""
    others = ["\u0370" <= letter <= "\u04ff" for letter in word]
    return sum(one != other for one, other in pairwise(others))


def _is_meant(word: str, latin: str) -> bool:
    """Letters of two scripts in one word, and rightly: TNFα, NFκB, cosα, SMSки, phonetic spelling."""
    others = [letter for letter in word if letter > "\x7f"]
    if any(_is_really_foreign(letter) or _is_phonetic(letter) for letter in others):
        return True
    if not all("\u0370" <= letter <= "\u03ff" for letter in others if letter in _LETTERS):
        return False
    capitals = [letter.isupper() for letter in word if letter in _LETTERS]
    if word[0] > "\x7f" and word[0].islower() and latin[0].isupper():
        return True
    return len(latin) == 1 or latin in _FUNCTIONS or (not latin[1:].islower() and not all(capitals))
