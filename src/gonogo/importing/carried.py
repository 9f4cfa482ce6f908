"""Carried: what an import brings along, and what it leaves behind with the reason.

Here: the nouns, and the collector that every format fills. Not here: reading a format (one module each), writing files
(``writing``).

Each assertion is held against the kinds that are installed before it is taken: what they refuse is listed as left
behind, so that the folder that comes out validates.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from gonogo.building.yaml_nodes import YamlNode
from gonogo.contracts import Assertions
from gonogo.domain import Assertion
from gonogo.errors import BadInput
from gonogo.importing.secrets import without_keys

Plain = dict[str, Any]
"""A mapping of plain values: of a source as it was read, or of a golden task or section as it is written."""
Written = Plain | str
"""An assertion as it stands in a golden file."""
MAX_TASKS: Final = 100_000
MOST_LINES: Final = 20
LONGEST_ID: Final = 60
OWN_PROMPT: Final = (
    "The Mission has a prompt and models of its own: those of the source were not carried, and its questions are asked "
    "in the Mission's frame."
)
_NO_NAME: Final = re.compile(r"[^a-z0-9]+")


@dataclass(slots=True, kw_only=True)
class LeftBehind:
    """One thing that could not be carried: where it stood, why it was left, what to do instead.

    ``lines`` from 1: the first ``MOST_LINES`` of ``count`` places where the same stood.
    """

    file: str
    key: str
    why: str
    instead: str
    lines: list[int] = field(default_factory=list)
    count: int = 0

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        more = f" and {self.count - 1:,} more" if self.count > 1 else ""
        return (f"{self.file}:{self.lines[0]}" if self.lines else self.file) + more

    def __str__(self) -> str:
        return f"{self.place}: {self.key}: {self.why} ({self.instead})"


@dataclass(slots=True)
class Carried:
    """What one import makes of its source.

    ``mission`` is the mapping of a ``mission.yaml``, ``None`` for a data set; ``more`` are keys of it that a data set
    asks for. ``tasks`` are golden tasks as they are
    written; ``files`` texts by name inside the folder; ``providers`` sections of settings by name. ``notes`` say what
    was carried and means something else here.
    """

    format: str
    source: str
    name: str
    mission: Plain | None = None
    more: Plain = field(default_factory=dict)
    tasks: list[Plain] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    providers: dict[str, Plain] = field(default_factory=dict)
    left: list[LeftBehind] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note_stand_in(self) -> None:
        """Say that a data set names no model."""
        self.notes.append(
            "A data set names no model and no prompt: mission.yaml has the built-in model, which quotes documents and "
            "is no language model, and a first line of prompt. Write your own."
        )


class Carrying:
    """Collects one import.

    Args:
        assertions: the kinds that golden tasks may use here.
        judges: kinds of judges that the Mission has which the tasks go to; ``None`` where the import makes the Mission.
    """

    def __init__(
        self, format: str, source: str, name: str, assertions: Assertions, judges: frozenset[str] | None = None
    ) -> None:
        self.carried = Carried(format=format, source=source, name=mission_name(name))
        self.judges = judges
        self._assertions = assertions
        self._ids: set[str] = set()
        self._numbers: dict[str, int] = {}
        self.systems: list[tuple[str, YamlNode]] = []
        self._left: dict[tuple[str, str, str, str], LeftBehind] = {}

    def leave(self, node: YamlNode, key: str, why: str, instead: str) -> None:
        """List something that is not carried; the same thing in many places is one entry."""
        known = (node.file, without_keys(key), without_keys(why), without_keys(instead))
        found = self._left.get(known)
        if found is None:
            found = LeftBehind(file=known[0], key=known[1], why=known[2], instead=known[3])
            self._left[known] = found
            self.carried.left.append(found)
        if node.line not in found.lines:
            found.count += 1
            if len(found.lines) < MOST_LINES:
                found.lines.append(node.line)

    def leave_others(self, node: YamlNode, known: Iterable[str], where: str, instead: str) -> None:
        """List every key of a mapping that nothing here reads."""
        if isinstance(node.value, dict):
            for key in node.value:
                if key not in known:
                    self.leave(node.keys.get(key, node), f"{where}{key}", "has no counterpart here", instead)

    def note(self, text: str) -> None:
        """Say once that something means something else here."""
        told = without_keys(text)
        if told not in self.carried.notes:
            self.carried.notes.append(told)

    def problem(self, assertion: Assertion) -> str | None:
        """What keeps an assertion from being taken."""
        return self._assertions.problems(assertion)

    def take(self, assertion: Assertion, node: YamlNode, key: str) -> list[Written]:
        """The assertion as it is written in a golden file, in a list; an empty list where it had to be left behind."""
        problem = self.problem(assertion)
        if problem is not None:
            self.leave(node, key, problem, "write the assertion by hand: docs/mission.md lists every kind")
            return []
        return [written(assertion)]

    def add(self, task: Plain, node: YamlNode, hint: str = "", system: str = "") -> None:
        """Take a task; ``id`` is made from ``hint``, its own ``id`` or its question, and told apart from the others.

        Args:
            system: the system message that this task alone is asked with, placed by ``systems``.

        Raises:
            BadInput: more than ``MAX_TASKS``.
        """
        if not str(task.get("question", "")).strip():
            self.leave(node, hint or "task", "has no question", "give it one")
            return
        if len(self.carried.tasks) >= MAX_TASKS:
            raise BadInput(f"{node.file} has more than {MAX_TASKS:,} tasks: split it into several files")
        self._mended(task, node)
        wanted = " ".join(str(task.pop("id", "") or "").split())
        own = self._own_id(wanted or slug(hint or str(task["question"])) or "task")
        if wanted and own != wanted:
            self.leave(node, "id", "was used before in this source", "a number was put behind it: see the golden file")
        self.carried.tasks.append({"id": own, **{key: value for key, value in task.items() if value}})
        self.systems.append((system, node))

    def _mended(self, task: Plain, node: YamlNode) -> None:
        """What a golden file refuses of a whole task is left behind, and told."""
        threshold = task.get("threshold")
        if threshold is not None and not 0 <= threshold <= 1:
            task.pop("threshold")
            self.leave(node, "threshold", f"is {threshold:g}, and a share is 0 to 1", "write it into the golden task")
        expect = task.get("expect")
        if expect and all(_weightless(one) for one in expect):
            task["expect"], task["draft"] = [], True
            why = "every assertion of this task has weight 0, so nothing decides"
            self.leave(node, "assert", why, "give one a weight: the task is a draft without assertions")

    def _own_id(self, base: str) -> str:
        name, number = base, 1
        while name in self._ids:
            number = self._numbers.get(base, number) + 1
            self._numbers[base] = number
            name = f"{base}-{number}"
        self._ids.add(name)
        return name


def _weightless(assertion: Written) -> bool:
    options = next(iter(assertion.values())) if isinstance(assertion, dict) else None
    return isinstance(options, dict) and options.get("weight") == 0


def mission_name(text: str) -> str:
    """A name that a Mission can have."""
    name = slug(text) or "imported"
    return name if name[0].isalpha() else f"m-{name}"


def slug(text: str) -> str:
    """Lower-case letters, digits and hyphens, short enough for a name."""
    plain = _NO_NAME.sub("-", text.lower()).strip("-")[:LONGEST_ID].strip("-")
    if not plain and text.strip():
        return f"t-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:8]}"
    return plain


def written(assertion: Assertion) -> Written:
    """An assertion as it stands in a golden file."""
    # The text of a Python file stands in the file that is named.
    options = {name: value for name, value in assertion.options.items() if (assertion.kind, name) != ("python", "code")}
    options |= {"weight": assertion.weight} if assertion.weight != 1.0 else {}
    if not options:
        return {assertion.name: assertion.value} if assertion.value is not None else assertion.name
    if assertion.value is not None:
        options = {"value": assertion.value, **options}
    return {assertion.name: options}


def as_text(value: object) -> str:
    """A value of a foreign file as text: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
