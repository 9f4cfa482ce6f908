"""Finding: what a guardrail saw, where, how sure it is, and what was done about it.

Here: the noun. Not here: the checks (``guardrails``) and acting on them (``pipeline``).
"""

from __future__ import annotations

from msgspec import Struct

from gonogo.domain.mission import GuardrailAction, GuardrailStage


class Finding(Struct, frozen=True, kw_only=True):
    """``start`` and ``end`` are offsets in the text that was checked (-1: the whole text). ``score`` 0..1.

    ``where`` names the part of the request (``question``, ``message 2``, a chunk id, ``answer``); ``owasp`` its code
    in the OWASP Top 10 for LLM applications 2025; ``signals`` the evidence in words. ``excerpt`` is redacted already.
    """

    check: str
    stage: GuardrailStage
    action: GuardrailAction
    score: float
    where: str
    kind: str = ""
    start: int = -1
    end: int = -1
    excerpt: str = ""
    owasp: str = ""
    signals: tuple[str, ...] = ()
