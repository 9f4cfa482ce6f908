"""Caching: answers that are safe to repeat, exactly and, once proven, nearly.

Here: the bounded cache, the word rules, the evidence. Not here: the scope of a key (``pipeline``).
"""

from gonogo.caching.cache import BoundedAnswerCache, near_hits
from gonogo.caching.evidence import Evidence, e_value, needed

__all__ = ["BoundedAnswerCache", "Evidence", "e_value", "near_hits", "needed"]
