"""N-grams: runs of characters and of words, hashed into buckets that classifiers hold one weight each for.

Here: the hashing, in one pass of numpy over the characters. Not here: the weights (``classifiers``).

Feature hashing: Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask Learning", without the sign hash:
weights are learned for buckets, so a collision costs accuracy and never correctness. The numbers are part of every
trained classifier: a change here needs a new version of each feature set that uses buckets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from zlib import crc32

from gonogo.contracts.classifying import BUCKETS

if TYPE_CHECKING:
    from gonogo.contracts.text import Buckets

SHORTEST, LONGEST = 3, 5
"""Characters of a run."""
READ = 100_000
"""Characters read: more than that is judged by windows or not at all."""
_MULTIPLIER = 0x9E3779B1  # 2^32 / golden ratio: Knuth's multiplicative hashing, The Art of Computer Programming 6.4
_SHIFT = 16
_REMEMBERED = 65_536


def buckets_of(text: str, words: Sequence[str]) -> Buckets:
    """Bucket numbers of every run of 3 to 5 characters, every word and every pair of neighbouring words, each once and
    in order: a text that repeats itself says nothing more by it, and must not outweigh one that does not.

    Blanks are one character each, and stand before the first word and behind the last.

    Args:
        text: normalised; case is folded here.
        words: of the same text, lower case.
    """
    import numpy as np

    # Everything is written into one array: of so few numbers, each array that is made costs more than what it holds.
    folded = f" {' '.join(text[:READ].lower().split())} "
    codes = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    read = words[:READ]
    lengths = [max(0, codes.size - length + 1) for length in range(SHORTEST, LONGEST + 1)]
    hashes = np.empty(sum(lengths) + len(read) + max(0, len(read) - 1), dtype=np.uint32)
    multiplier = np.uint32(_MULTIPLIER)
    mixed = (codes * multiplier)[:-1] ^ codes[1:]
    start = 0
    for length, runs in enumerate(lengths, start=SHORTEST):
        here = hashes[start : start + runs]
        np.multiply(mixed[:-1], multiplier, here)
        mixed = np.bitwise_xor(here, codes[length - 1 :], here)
        start += runs
    if read:
        singles, pairs = hashes[start : start + len(read)], hashes[start + len(read) :]
        singles[:] = list(map(_hashes.__getitem__, read))
        np.multiply(singles[:-1], multiplier, pairs)
        np.bitwise_xor(pairs, singles[1:], pairs)
    hashes *= multiplier
    hashes >>= _SHIFT
    buckets = hashes.view(np.int32)
    buckets.sort()  # np.unique takes many times as long on so few
    first = np.ones(buckets.size, dtype=bool)
    np.not_equal(buckets[1:], buckets[:-1], first[1:])
    distinct: Buckets = buckets[first]
    distinct.flags.writeable = False
    return distinct


class _Hashes(dict[str, int]):
    """Word to its hash, worked out when first met."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        self[word] = found = crc32(word.encode("utf-8", "surrogatepass"))
        return found


_hashes = _Hashes()


if BUCKETS != 1 << (32 - _SHIFT):
    raise AssertionError("the shift must leave as many numbers as there are buckets")
