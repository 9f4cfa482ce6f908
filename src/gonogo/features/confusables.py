"""Confusables: letters of other scripts that are drawn like Latin ones.

Here: the table. Not here: when a letter counts as disguised (``normalisation``): whole Russian or Greek words do not.

Chosen by hand after Unicode Technical Standard 39, letters only.
"""

from __future__ import annotations

_CYRILLIC = dict(zip("аеорсухіјѕԁԛԝһӏүгАВЕКМНОРСТУХІЈЅԌҮ", "aeopcyxijsdqwhlyrABEKMHOPCTYXIJSGY", strict=True))
_GREEK = dict(zip("αικνορυχγΑΒΕΖΗΙΚΜΝΟΡΤΥΧϲϳ", "aiknopuxyABEZHIKMNOPTYXcj", strict=True))
_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
_ARMENIAN_AND_OTHERS = dict(zip("օսզցհոɑɡɩոⅼⅰᎪᎬᎻᏀᏢ", "ouqghnaginliAEHGP", strict=True))

CONFUSABLES: dict[str, str] = {**_CYRILLIC, **_GREEK, **_SMALL_CAPITALS, **_ARMENIAN_AND_OTHERS}
"""Disguised letter to Latin letter."""

CONFUSABLE_LETTERS = frozenset(CONFUSABLES)
TABLE = str.maketrans(CONFUSABLES)
