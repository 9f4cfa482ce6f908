"""Sections: the one table of every section and key of ``mission.yaml``.

Here: names, kinds, bounds, choices and descriptions; the editors' JSON Schema and the docs table made from it. Defaults
are those of the domain's Structs.
Not here: how a kind is read (``schema``), what sections mean together (``cross_checks``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

from gonogo.building.findings import Findings
from gonogo.building.schema import (
    SHARE,
    UNUSABLE,
    Choice,
    Duration,
    Flag,
    FreeObject,
    JsonSchema,
    Key,
    Kind,
    ListOf,
    MapOf,
    Number,
    Section,
    Text,
    TextOr,
)
from gonogo.building.yaml_nodes import YamlNode
from gonogo.domain import (
    JUDGE_KINDS,
    MODES,
    BudgetRule,
    CachePolicy,
    GatePolicy,
    GitSource,
    GuardrailAction,
    GuardrailPolicy,
    GuardrailRule,
    MetricRule,
    ModelSpec,
    MonitorPolicy,
    RecordFields,
    RequestPolicy,
    RetrievalPolicy,
    RoutingPolicy,
    RoutingRule,
    RuleCondition,
)

_GLOB: Final = Text(meaning="a file name or pattern inside the folder, such as golden/*.yaml")
_MODEL: Final = Text(meaning="the name of a model under models")
_NAME: Final = Text(pattern="[A-Za-z_][A-Za-z0-9_-]{0,62}", meaning="a name of letters, digits, _ and -")
_MISSION_NAME: Final = Text(
    pattern="[a-z][a-z0-9-]{0,62}", meaning="a name of lower-case letters, digits and -, such as support"
)
_FIELD: Final = Text(pattern="[A-Za-z_][A-Za-z0-9_-]{0,62}", meaning="a field's name of letters, digits, _ and -")
_ACTIONS: Final[tuple[GuardrailAction, ...]] = get_args(GuardrailAction)


@dataclass(frozen=True, kw_only=True)
class Guardrails:
    """The guardrails of one stage: ``[{injection: block}, {pii: {action: redact, kinds: [email]}}]``."""

    def read(self, node: YamlNode, path: str, findings: Findings) -> object:
        """A tuple of `GuardrailRule` in the order written."""
        items = node.value if isinstance(node.value, tuple) else (node,)
        rules = [self._rule(item, f"{path}[{place}]", findings) for place, item in enumerate(items)]
        return tuple(rule for rule in rules if rule is not None)

    def _rule(self, node: YamlNode, path: str, findings: Findings) -> GuardrailRule | None:
        if not isinstance(node.value, dict) or len(node.value) != 1:
            findings.problem(f"must be {self.label()}, not {node.kind}", node, path, "one check an item: {pii: redact}")
            return None
        ((check, how),) = node.value.items()
        at = f"{path}.{check}"
        options = how.plain() if isinstance(how.value, dict) else {"action": how.value}
        action_node = how.at("action")
        if not isinstance(options, dict) or "action" not in options:
            findings.problem("says not what to do on a finding", how, at, f"action: {' | '.join(_ACTIONS)}")
            return None
        if Choice(words=_ACTIONS).read(action_node, at, findings) is UNUSABLE:
            return None
        action: GuardrailAction = options.pop("action")
        return GuardrailRule(check=check, action=action, options=options)

    def json_schema(self) -> JsonSchema:
        """An array of objects with one key each."""
        actions = {"enum": list(_ACTIONS)}
        options = {"type": "object", "properties": {"action": actions}, "required": ["action"]}
        item = {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": {"anyOf": [actions, options]},
        }
        return {"anyOf": [{"type": "array", "items": item}, item]}

    def label(self) -> str:
        """The form."""
        return "a check with its action, such as {injection: block}"


@dataclass(frozen=True, kw_only=True)
class ToolFiles:
    """Tool files: patterns, or ``{files: PATTERN, permission: ask}``. The last item that names a file decides."""

    def read(self, node: YamlNode, path: str, findings: Findings) -> object:
        """A tuple of dictionaries with ``files`` and, where given, ``permission`` and ``max_steps``."""
        items = node.value if isinstance(node.value, tuple) else (node,)
        entries = [self._entry(item, f"{path}[{place}]", findings) for place, item in enumerate(items)]
        return tuple(entry for entry in entries if isinstance(entry, dict))

    def _entry(self, node: YamlNode, path: str, findings: Findings) -> object:
        if isinstance(node.value, dict):
            return TOOL_ENTRY.read(node, path, findings)
        pattern = _GLOB.read(node, path, findings)
        return UNUSABLE if pattern is UNUSABLE else {"files": pattern}

    def json_schema(self) -> JsonSchema:
        """Patterns and objects may be mixed."""
        item = {"anyOf": [_GLOB.json_schema(), TOOL_ENTRY.json_schema()]}
        return {"anyOf": [{"type": "array", "items": item}, _GLOB.json_schema()]}

    def label(self) -> str:
        """Both forms."""
        return "a list; each item a pattern, or files with permission and max_steps"


TOOL_ENTRY: Final = Section(
    keys=(
        Key(name="files", kind=_GLOB, required=True, description="Tool files in OpenAI's function format."),
        Key(
            name="permission",
            kind=Choice(words=("allow", "ask", "deny")),
            description="Whether a call is passed on, needs a person, or is refused.",
        ),
        Key(
            name="max_steps",
            kind=Number(least=1, most=1000, whole=True),
            description="How many calls one request may make.",
        ),
    )
)

MODEL: Final = Section(
    make=ModelSpec,
    keys=(
        Key(
            name="provider",
            kind=_NAME,
            required=True,
            description="A provider named in the settings, or `builtin`. Addresses and keys never stand here.",
        ),
        Key(name="model", kind=Text(), required=True, description="The provider's own name for the model."),
        Key(
            name="params",
            kind=FreeObject(),
            description="Parameters pinned for every request, such as temperature or reasoning_effort.",
        ),
    ),
)

PROMPT: Final = Section(
    keys=(
        Key(
            name="system",
            kind=Text(empty=True, meaning="a file name, or the text itself"),
            description="What the model is told. A value with a blank or line break is the text itself, else a file.",
        ),
        Key(
            name="user",
            kind=Text(empty=True, meaning="a file name, or the text itself"),
            description="Frames {{ question }} and {{ context }}. Left out, the question stands alone.",
        ),
        Key(
            name="variables",
            kind=MapOf(
                of=Text(empty=True), key=Text(pattern="[A-Za-z_][A-Za-z0-9_]*", meaning="letters, digits and _")
            ),
            description="Values for {{ name }}. They are put in once and never scanned again.",
        ),
    )
)

REQUESTS: Final = Section(
    make=RequestPolicy,
    keys=(
        Key(
            name="system",
            kind=Choice(words=("refuse", "append", "replace")),
            description="What happens to a client's own system message.",
        ),
        Key(
            name="allow",
            kind=ListOf(of=_NAME),
            description="Parameters a client may set. What a model pins under params wins, and the reply says so.",
        ),
        Key(
            name="max_output_tokens",
            kind=Number(least=1, most=10_000_000, whole=True),
            description="Most tokens of all answers to one request together, whether a client names a limit or not.",
        ),
        Key(
            name="beyond",
            kind=Choice(words=("lower", "refuse")),
            description="What happens to a client's own limit above it: lowered, and the reply says so, or refused.",
        ),
    ),
)

_COLUMN: Final = Text(meaning="the name of a field or column")

RECORDS: Final = Section(
    make=RecordFields,
    keys=(
        Key(name="text", kind=_COLUMN, description="Field of a JSONL record with its text."),
        Key(name="title", kind=_COLUMN, description="Field with its title; a record may lack it."),
        Key(
            name="metadata",
            kind=ListOf(of=_COLUMN),
            description="Fields of JSONL, and columns of CSV, that are kept as metadata of each chunk.",
        ),
    ),
)

GIT_SOURCE: Final = Section(
    make=GitSource,
    keys=(
        Key(
            name="git",
            kind=Text(pattern=r"(?![/-])[^\\:\x00-\x1f]+", meaning="a folder of a clone, such as . or ../handbook"),
            required=True,
            description="A folder of a local git repository, relative to mission.yaml. Nothing is fetched.",
        ),
        Key(
            name="revision",
            kind=Text(
                pattern=r"(?!-)(?!.*(?:\.\.|@\{))[^\s~^:?*\[\\\x00-\x1f]{1,200}",
                meaning="a branch, a tag or the id of a commit",
            ),
            required=True,
            description="Which commit. mission.lock holds its id: what a branch gains waits for --update-lock.",
        ),
        Key(
            name="paths",
            kind=ListOf(of=_GLOB, least=1),
            required=True,
            description="Patterns that start at that folder, such as docs/**/*.md.",
        ),
        Key(
            name="under",
            kind=Text(
                pattern=r"[^\s/\\.*?\[][^/\\*?\[]*(?:/[^\s/\\.*?\[][^/\\*?\[]*)*", meaning="a folder name such as v1"
            ),
            description="Names of its pages begin with it; needed where another source has a page of that name.",
        ),
    ),
)

RETRIEVAL: Final = Section(
    make=RetrievalPolicy,
    keys=(
        Key(
            name="sources",
            kind=ListOf(of=TextOr(text=_GLOB, mapping=GIT_SOURCE), least=1),
            required=True,
            description="Files to look things up in, as patterns such as knowledge/**/*, or pages of a git revision.",
        ),
        Key(name="index", kind=_NAME, description="Where vectors are searched: embedded, or an index of settings."),
        Key(name="embedder", kind=_NAME, description="What turns text into vectors."),
        Key(
            name="top_k",
            kind=Number(least=1, most=100, whole=True),
            description="How many chunks a question is answered from, at most.",
        ),
        Key(
            name="dense_weight",
            kind=SHARE,
            description="Share of the vector score in the fusion; 0 searches by words alone.",
        ),
        Key(name="chunk_tokens", kind=Number(least=32, most=4096, whole=True), description="Longest chunk, in tokens."),
        Key(name="min_score", kind=SHARE, description="A chunk under this score is not handed to the model."),
        Key(
            name="least",
            kind=SHARE,
            description="Where not even the best chunk reaches it, nothing is relevant and no chunk is handed on.",
        ),
        Key(
            name="filter",
            kind=MapOf(of=ListOf(of=Text(), least=1), key=_FIELD),
            description="Values of which a chunk's metadata must hold one, by field.",
        ),
        Key(
            name="filter_by",
            kind=ListOf(of=_FIELD),
            description="Fields by which a request may narrow the search, through its own metadata.",
        ),
        Key(
            name="tenant_field",
            kind=_FIELD,
            description="Field of metadata that names whose a chunk is (* is everybody's): a caller finds no other's.",
        ),
        Key(name="rerank", kind=Flag(), description="Whether the relevance classifier orders what was found."),
        Key(
            name="on_error",
            kind=Choice(words=("stop", "skip")),
            description="Whether a file that cannot be read stops the build, or is left out and named.",
        ),
        Key(name="records", kind=RECORDS, description="Which fields of JSONL and CSV are what."),
        Key(
            name="trust",
            kind=MapOf(of=Choice(words=("trusted", "untrusted")), key=_GLOB),
            description="Pattern of sources to trusted or untrusted; the longest pattern that fits decides.",
        ),
        Key(
            name="citations",
            kind=Choice(words=("full", "titles", "none")),
            description="What clients are told of chunks: names of sources, titles and headings alone, or nothing.",
        ),
    ),
)

RULE_CONDITION: Final = Section(
    make=RuleCondition,
    keys=(
        Key(
            name="classifier",
            kind=Text(pattern="[a-z][a-z0-9_-]{0,62}", meaning="the name of a classifier"),
            required=True,
            description="A registered classifier. Its columns come from the request's metadata.",
        ),
        Key(
            name="above", kind=SHARE, description="Probability from which the rule holds; left out, its own threshold."
        ),
    ),
)

ROUTING_RULE: Final = Section(
    make=RoutingRule,
    keys=(
        Key(name="when", kind=RULE_CONDITION, required=True, description="What must hold."),
        Key(name="to", kind=_MODEL, required=True, description="The model that then answers."),
    ),
)

ROUTING: Final = Section(
    make=RoutingPolicy,
    keys=(
        Key(name="simple", kind=_MODEL, required=True, description="The model that answers easy questions."),
        Key(name="complex", kind=_MODEL, required=True, description="The model that answers hard questions."),
        Key(
            name="threshold",
            kind=SHARE,
            description="Difficulty from which a question is hard; left out, the built-in default.",
        ),
        Key(
            name="max_quality_loss",
            kind=SHARE,
            description="Largest share of answers that may get worse through taking the simple model.",
        ),
        Key(
            name="fallback",
            kind=ListOf(of=_MODEL),
            description="Models tried in this order when the chosen one fails before its first word.",
        ),
        Key(
            name="rules",
            kind=ListOf(of=ROUTING_RULE),
            description="Classifiers that decide before difficulty does. The first rule that holds wins.",
        ),
    ),
)

CACHE: Final = Section(
    make=CachePolicy,
    keys=(
        Key(
            name="max_error",
            kind=Number(above=0.0, below=1.0),
            description="Largest share of wrong answers tolerated among semantic hits.",
        ),
        Key(name="ttl", kind=Duration(), description="How long an answer may be repeated."),
        Key(name="semantic", kind=Flag(), description="Whether near questions share answers, or only equal ones."),
    ),
)

GUARDRAILS: Final = Section(
    make=GuardrailPolicy,
    keys=(
        Key(name="input", kind=Guardrails(), description="Checks on the question, in the order they run."),
        Key(name="context", kind=Guardrails(), description="Checks on retrieved chunks."),
        Key(name="output", kind=Guardrails(), description="Checks on the answer, while it streams."),
    ),
)


def _some_bound(rule: MetricRule) -> str | None:
    if rule.margin is None and rule.min is None and rule.max is None:
        return "gives no bound: state margin, min or max"
    if rule.min is not None and rule.max is not None and rule.min > rule.max:
        return f"min {rule.min:g} is above max {rule.max:g}: no value can satisfy both"
    return None


METRIC_RULE: Final = Section(
    make=MetricRule,
    check=_some_bound,
    keys=(
        Key(
            name="margin",
            kind=Number(above=0.0, below=1.0),
            description="How much worse than the live Version may not be ruled out.",
        ),
        Key(name="min", kind=Number(), description="Never below this."),
        Key(name="max", kind=Number(), description="Never above this."),
    ),
)

BUDGET: Final = Section(
    make=BudgetRule,
    keys=(
        Key(name="cost_per_task", kind=Number(above=0.0), description="Dollars a task, on average."),
        Key(name="latency_p95", kind=Duration(), description="Time within which 95 of 100 tasks are answered."),
        Key(name="tokens_per_task", kind=Number(above=0.0), description="Tokens a task, on average."),
        Key(
            name="cost_ratio",
            kind=Number(above=0.0),
            description="How many times as dear as live a task may be, shown by an interval: 1.2 allows a fifth more.",
        ),
        Key(
            name="latency_ratio",
            kind=Number(above=0.0),
            description="How many times as slow as live a task may be, shown by an interval.",
        ),
    ),
)

GATE: Final = Section(
    make=GatePolicy,
    keys=(
        Key(
            name="require",
            kind=MapOf(of=METRIC_RULE, key=_NAME),
            description="Bounds on metrics; pass_rate is the share of golden tasks that pass.",
        ),
        Key(
            name="critical",
            kind=ListOf(of=Text(pattern="(?:tag|id):\\S(?:.*\\S)?", meaning="tag:NAME or id:NAME")),
            description="Golden tasks that may not break, by tag or id.",
        ),
        Key(
            name="confirm",
            kind=Number(least=0, most=9, whole=True),
            description="How often a critical task that failed is asked again (3); most of these must pass.",
        ),
        Key(name="budget", kind=BUDGET, description="Limits on cost, time and tokens."),
        Key(
            name="mode",
            kind=Choice(words=("enforced", "advisory")),
            description="advisory deploys although too few tasks can prove anything, and says so for ever.",
        ),
        Key(name="alpha", kind=Number(above=0.0, below=0.5), description="Chance of a false GO at the margin."),
        Key(name="error_budget", kind=SHARE, description="Share of tasks that may fail to run before INVALID."),
        Key(name="min_pass_rate", kind=SHARE, description="Smallest pass rate, whatever the live Version reaches."),
        Key(
            name="stopping",
            kind=Choice(words=("hybrid", "fixed", "planned")),
            description="When a run beside a live Version may stop: at strong evidence, never, or at five looks.",
        ),
        Key(
            name="no_go",
            kind=Choice(words=("any_loss", "beyond_margin")),
            description="Whether any proven loss is NO-GO, or only one that is larger than the margin.",
        ),
    ),
)

JUDGE: Final = Section(
    keys=(
        Key(
            name="kind",
            kind=Choice(words=JUDGE_KINDS),
            required=True,
            description="What it does: judges by a rubric, grades, compares, or counts statements.",
        ),
        Key(
            name="model",
            kind=Text(),
            required=True,
            description="The name of a model under models; with provider, the provider's own name for it.",
        ),
        Key(
            name="provider",
            kind=_NAME,
            description="A provider named in the settings, for a model that answers no question of this Mission.",
        ),
        Key(name="params", kind=FreeObject(), description="Parameters of every call, such as temperature."),
        Key(
            name="rubric",
            kind=Text(meaning="a file name, or the text itself"),
            description="What is judged by: rubric, criteria of g-eval or pairwise. Left out, tasks bring their own.",
        ),
        Key(name="steps", kind=ListOf(of=Text(), least=1), description="The evaluation steps of g-eval, in order."),
        Key(
            name="scale",
            kind=ListOf(of=Number(least=0, most=100, whole=True), least=2),
            description="Lowest and highest grade, such as [1, 5]; [0, 1] asks llm-rubric for pass or fail.",
        ),
        Key(
            name="threshold",
            kind=SHARE,
            description="Value, 0 to 1, from which an answer passes; for noise-sensitivity, up to which it does.",
        ),
        Key(
            name="questions",
            kind=Number(least=1, most=10, whole=True),
            description="How many questions answer-relevancy has written.",
        ),
        Key(
            name="mode",
            kind=Choice(words=tuple(dict.fromkeys(mode for modes in MODES.values() for mode in modes))),
            description="What factual-correctness (f1, precision, recall) or noise-sensitivity counts.",
        ),
    )
)

MONITORS: Final = Section(
    make=MonitorPolicy,
    keys=(
        Key(name="sample", kind=SHARE, description="Share of Traces that get scores."),
        Key(name="roll_back_on", kind=ListOf(of=_NAME), description="Rates whose proven rise rolls back."),
    ),
)

MISSION: Final = Section(
    keys=(
        Key(name="mission", kind=_MISSION_NAME, required=True, description="The Mission's name."),
        Key(
            name="models",
            kind=MapOf(of=MODEL, key=_NAME, least=1),
            required=True,
            description="The models, under names this Mission gives them.",
        ),
        Key(name="prompt", kind=PROMPT, required=True, description="What the model is told."),
        Key(name="tools", kind=ToolFiles(), description="What the model may call."),
        Key(name="requests", kind=REQUESTS, description="What a client may send beside the question."),
        Key(name="retrieval", kind=RETRIEVAL, description="Where knowledge comes from and how it is searched."),
        Key(name="routing", kind=ROUTING, description="Which model answers; needed once there are several models."),
        Key(name="cache", kind=CACHE, description="When an answer may be repeated; left out, never."),
        Key(name="guardrails", kind=GUARDRAILS, description="Checks on question, chunks and answer."),
        Key(name="golden", kind=ListOf(of=_GLOB), description="Files with golden tasks (YAML lists or JSONL)."),
        Key(name="gate", kind=GATE, description="When a Version may be deployed."),
        Key(
            name="judges",
            kind=MapOf(of=JUDGE, key=_NAME),
            description="Models that judge answers to golden tasks, under names that tasks and gate.require use.",
        ),
        Key(name="monitors", kind=MONITORS, description="What is watched once it is deployed."),
    )
)


def json_schema() -> JsonSchema:
    """The JSON Schema (draft 2020-12) of ``mission.yaml``, for editors that complete and check while one types."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gonogo Mission",
        "description": "One Mission: models, prompts, tools, retrieval, guardrails, routing, caching and golden tasks.",
    }
    return {**head, **MISSION.json_schema()}


def docs_table() -> str:
    """Every key as a Markdown table: key path, what it takes, default, what it is for."""
    lines = ["| key | takes | default | meaning |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in _rows("", MISSION)]
    return "\n".join(lines) + "\n"


def _rows(path: str, section: Section) -> list[tuple[str, str, str, str]]:
    rows: list[tuple[str, str, str, str]] = []
    for key in section.keys:
        at = f"{path}{key.name}"
        rows.append((f"`{at}`", key.kind.label(), _default(section, key), key.description))
        inner, below = _inner(key.kind)
        if inner:
            rows += _rows(f"{at}.{below}", inner)
    return rows


def _inner(kind: Kind) -> tuple[Section | None, str]:
    if isinstance(kind, Section):
        return kind, ""
    if isinstance(kind, MapOf) and isinstance(kind.of, Section):
        return kind.of, "NAME."
    if isinstance(kind, ListOf) and isinstance(kind.of, Section):
        return kind.of, ""
    if isinstance(kind, ListOf) and isinstance(kind.of, TextOr):
        return kind.of.mapping, ""
    return (TOOL_ENTRY, "") if isinstance(kind, ToolFiles) else (None, "")


def _default(section: Section, key: Key) -> str:
    value = section.default(key.name)
    if key.required:
        return "required"
    if isinstance(value, tuple) and value:
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else str(value) if isinstance(value, str) else "none"
