"""GoldenTask and Assertion: a question, and what a good answer must show.

Here: the parsed shape. Not here: judging an answer (``metrics``), running tasks (``evaluation``), files (``building``).
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, structs, to_builtins

DEFAULT_TENANT = "default"
"""Whose a key is that names no tenant."""


class Assertion(Struct, frozen=True, kw_only=True):
    """One thing a good answer must show.

    ``kind`` is the field's name for it (``contains-any``, ``json-schema`` ...), ``value`` its argument as written,
    ``negate`` turns it round (written ``not-contains``). ``options`` are named arguments such as ``min``. ``weight`` is
    its part in the score of its task; one of weight 0 is shown and decides nothing.
    """

    kind: str
    value: Any = None
    options: dict[str, Any] = {}
    negate: bool = False
    weight: float = 1.0

    @property
    def name(self) -> str:
        """As written in a golden file."""
        return f"not-{self.kind}" if self.negate else self.kind


class FollowUp(Struct, frozen=True, kw_only=True):
    """What the user says once the answer before is there, and what the answer to it must show."""

    question: str
    expect: tuple[Assertion, ...] = ()
    threshold: float | None = None


class ToolResult(Struct, frozen=True, kw_only=True):
    """What a tool answers while a task runs, to a call of ``name`` with at least these ``arguments``.

    ``result`` is text or what becomes JSON; ``fails`` tells the model that the tool failed.
    """

    name: str
    result: Any
    arguments: dict[str, Any] = {}
    fails: bool = False


class GoldenTask(Struct, frozen=True, kw_only=True):
    """A task with its assertions; all must hold for a pass, or their weighted mean reach ``threshold`` (0..1).

    ``reference`` is an answer known to be right, which some judges need. ``turns`` are earlier messages in OpenAI form,
    oldest first; ``metadata`` is sent as a client would. ``tenant`` is whose key asks, where the Mission keeps tenants
    apart. Tasks of one ``cluster`` (a document, a conversation, a template) are not independent of one another; without
    one a task stands alone. ``draft`` tasks, which nobody has read yet, and ``shadow`` tasks, which are not proven
    stable yet, are scored and shown and never gate. ``follow_ups`` are asked one after another, each with the answers
    before it; ``tool_results`` answer calls of tools, for at most ``max_steps`` answers of the model a turn.
    ``source`` is "file:line" for error messages and is no part of any digest.
    """

    id: str
    question: str
    expect: tuple[Assertion, ...] = ()
    reference: str = ""
    turns: tuple[dict[str, Any], ...] = ()
    metadata: dict[str, Any] = {}
    tenant: str = DEFAULT_TENANT
    tags: tuple[str, ...] = ()
    cluster: str = ""
    draft: bool = False
    shadow: bool = False
    threshold: float | None = None
    follow_ups: tuple[FollowUp, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()
    max_steps: int = 8
    source: str = ""

    @property
    def gates(self) -> bool:
        """Whether its result takes part in a decision."""
        return not (self.draft or self.shadow)

    def matches(self, selector: str) -> bool:
        """Whether ``tag:NAME`` or ``id:NAME`` selects this task."""
        kind, _, name = selector.partition(":")
        return name in self.tags if kind == "tag" else kind == "id" and name == self.id


def content_of(task: GoldenTask) -> dict[str, Any]:
    """What digests are taken over: not where a task stands, and ``shadow`` and ``cluster`` only where they are set, so
    that no folder became another Version when there came to be such tasks."""
    plain: dict[str, Any] = to_builtins(structs.replace(task, source=""))
    if not task.shadow:
        del plain["shadow"]
    if not task.cluster:
        del plain["cluster"]
    return plain
