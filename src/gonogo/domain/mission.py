"""Mission: what a team writes, parsed and resolved; one deployable whole.

Here: the frozen shape of every section of ``mission.yaml``, with file contents already read.
Not here: parsing YAML and reporting faults (``building``), numbering and digests (``domain.version``).
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from gonogo.domain.golden_task import GoldenTask
from gonogo.domain.judge import Judge
from gonogo.domain.patterns import matches

Json = dict[str, Any]
"""A JSON object whose fields belong to somebody else's format and pass through untouched."""


class ModelSpec(Struct, frozen=True, kw_only=True):
    """A model under the name the Mission gives it. Addresses and keys of providers stand in settings, never here."""

    provider: str
    model: str
    params: Json = {}


class PromptSpec(Struct, frozen=True, kw_only=True):
    """Texts with ``{{ name }}`` placeholders. ``user`` frames the question; empty means the question stands alone."""

    system: str = ""
    user: str = ""
    variables: dict[str, str] = {}


class ToolSpec(Struct, frozen=True, kw_only=True):
    """One tool as the model sees it (JSON Schema parameters), and what it is permitted to do."""

    name: str
    description: str = ""
    parameters: Json = {}
    permission: Literal["allow", "ask", "deny"] = "allow"
    max_steps: int = 8


class RequestPolicy(Struct, frozen=True, kw_only=True):
    """What a client may send beside the question. Pinned parameters win, and the reply says so.

    ``system``: a client's own system message is refused, appended after ours, or replaces it. ``max_output_tokens``:
    the most that all answers to one request may have together, and ``beyond`` it a client's own limit is lowered or
    the request refused; ``None``: no limit.
    """

    system: Literal["refuse", "append", "replace"] = "refuse"
    allow: tuple[str, ...] = ("temperature", "top_p", "max_tokens", "max_completion_tokens", "stop", "seed", "user")
    max_output_tokens: int | None = None
    beyond: Literal["lower", "refuse"] = "lower"


OnError = Literal["stop", "skip"]
Trust = Literal["trusted", "untrusted"]
CitationDetail = Literal["full", "titles", "none"]


class RecordFields(Struct, frozen=True, kw_only=True):
    """Which fields of a JSONL record hold its text and title; ``metadata``: fields, or columns of CSV, kept beside."""

    text: str = "text"
    title: str = "title"
    metadata: tuple[str, ...] = ()


class GitSource(Struct, frozen=True, kw_only=True):
    """Pages of a git revision. ``git``: a folder of a clone, relative to the Mission folder; ``paths``: patterns that
    start there. ``under``: a folder name that names of its pages begin with."""

    git: str
    revision: str
    paths: tuple[str, ...]
    under: str = ""

    def __str__(self) -> str:
        return f"{self.git}@{self.revision}"


class RetrievalPolicy(Struct, frozen=True, kw_only=True):
    """Where knowledge comes from and how it is searched.

    ``dense_weight`` 0..1 is the share of the vector score in the fusion; 0 is BM25 alone. ``chunk_tokens`` bounds a
    chunk. ``min_score`` 0..1: under it a chunk is not handed to the model. ``least`` 0..1: where not even the best
    chunk reaches it, nothing is relevant and none is.

    ``filter``: values of which a chunk's metadata must hold one, by field. ``filter_by``: fields that a request may
    narrow the search by, with its own metadata. ``tenant_field``: field that names whose a chunk is; the caller's
    tenant is then part of every search. ``rerank``: the relevance classifier orders what was found.

    ``on_error``: whether a file that cannot be read stops a build or is left out and named. ``trust``: pattern of
    sources -> level, the longest that fits decides. ``citations``: whether a client is told names of sources, titles
    and headings alone, or nothing.
    """

    sources: tuple[str | GitSource, ...]
    index: str = "embedded"
    embedder: str = "static"
    top_k: int = 5
    dense_weight: float = 0.0
    chunk_tokens: int = 220
    min_score: float = 0.0
    least: float = 0.0
    filter: dict[str, tuple[str, ...]] = {}
    filter_by: tuple[str, ...] = ()
    tenant_field: str = ""
    rerank: bool = False
    on_error: OnError = "stop"
    records: RecordFields = RecordFields()
    trust: dict[str, Trust] = {}
    citations: CitationDetail = "full"

    def trusts(self, source: str) -> bool:
        """Whether the Mission vouches for a source: as the longest pattern of ``trust`` that fits says, else yes."""
        # The longest and not the last: digests know no order of keys.
        name = tuple(source.split("/"))
        found = [(len(one), level) for one, level in self.trust.items() if matches(tuple(one.split("/")), name)]
        return max(found, default=(0, "trusted"))[1] == "trusted"  # of two as long, "untrusted" sorts last


class RuleCondition(Struct, frozen=True, kw_only=True):
    """Holds when a classifier gives at least the probability ``above``; ``None`` means the threshold of its card."""

    classifier: str
    above: float | None = None


class RoutingRule(Struct, frozen=True, kw_only=True):
    """Questions for which ``when`` holds go to the model ``to``, however easy or hard they are."""

    when: RuleCondition
    to: str


class RoutingPolicy(Struct, frozen=True, kw_only=True):
    """Names of models: ``simple`` answers easy questions, ``complex`` the hard ones; ``fallback`` in order.

    ``threshold`` 0..1 on the difficulty score; ``None`` means the built-in default. Of ``rules`` the first that holds
    decides; where none does, difficulty decides.
    """

    simple: str
    complex: str
    threshold: float | None = None
    max_quality_loss: float = 0.02
    fallback: tuple[str, ...] = ()
    rules: tuple[RoutingRule, ...] = ()


class CachePolicy(Struct, frozen=True, kw_only=True):
    """``max_error``: largest share of wrong answers tolerated among semantic hits. ``ttl`` in seconds."""

    max_error: float = 0.02
    ttl: float = 86_400.0
    semantic: bool = True


GuardrailStage = Literal["input", "context", "output"]
GuardrailAction = Literal["flag", "redact", "drop", "block"]


class GuardrailRule(Struct, frozen=True, kw_only=True):
    """One guardrail at one stage: which check, what it does on a finding, with which options."""

    check: str
    action: GuardrailAction
    options: Json = {}


class GuardrailPolicy(Struct, frozen=True, kw_only=True):
    """The guardrails of each stage, in the order they run."""

    input: tuple[GuardrailRule, ...] = ()
    context: tuple[GuardrailRule, ...] = ()
    output: tuple[GuardrailRule, ...] = ()


class MetricRule(Struct, frozen=True, kw_only=True):
    """A bound on one metric. ``margin``: non-inferior to live by this much. ``min`` and ``max``: absolute bounds."""

    margin: float | None = None
    min: float | None = None
    max: float | None = None


class BudgetRule(Struct, frozen=True, kw_only=True):
    """Hard budgets: dollars a task, seconds at the 95th percentile, tokens a task. ``None`` is no bound.

    ``cost_ratio`` and ``latency_ratio``: how many times as dear and as slow as live a task may be, in the geometric
    mean over tasks; 1.2 allows a fifth more. An interval decides; a first deployment has nothing to be held against.
    """

    cost_per_task: float | None = None
    latency_p95: float | None = None
    tokens_per_task: float | None = None
    cost_ratio: float | None = None
    latency_ratio: float | None = None


LATER_BUDGETS = ("cost_ratio", "latency_ratio")
"""Left out of the gate digest where they are not set, as they were before there were any."""


class GatePolicy(Struct, frozen=True, kw_only=True):
    """When a Version may be deployed.

    ``mode`` advisory: deploys although too few tasks can prove anything, and says so for ever. ``alpha`` bounds the
    chance of a false GO at the margin. ``error_budget``: share of tasks that may fail to run before INVALID.
    ``critical``: selectors such as ``tag:safety`` or ``id:refund-1``; such a task may not break. ``confirm``: how often
    one that failed is asked again; it blocks unless most of these pass. 0 blocks at the first failure.

    ``stopping``: ``hybrid`` stops as soon as the evidence is strong, ``planned`` looks at five moments
    (O'Brien-Fleming), ``fixed`` runs the full set. ``no_go``: whether any proven loss is NO-GO, or only one beyond the
    margin.
    """

    require: dict[str, MetricRule] = {}
    critical: tuple[str, ...] = ()
    confirm: int = 3
    budget: BudgetRule = BudgetRule()
    mode: Literal["enforced", "advisory"] = "enforced"
    alpha: float = 0.05
    error_budget: float = 0.01
    min_pass_rate: float = 0.0
    stopping: Literal["hybrid", "fixed", "planned"] = "hybrid"
    no_go: Literal["any_loss", "beyond_margin"] = "any_loss"


class MonitorPolicy(Struct, frozen=True, kw_only=True):
    """``sample`` 0..1: share of Traces that get scores. ``roll_back_on``: rates whose proven rise rolls back."""

    sample: float = 1.0
    roll_back_on: tuple[str, ...] = ()


class Mission(Struct, frozen=True, kw_only=True):
    """One deployable whole: what to say, what to look up, what to refuse, which model answers, what proves it."""

    name: str
    models: dict[str, ModelSpec]
    prompt: PromptSpec
    tools: tuple[ToolSpec, ...] = ()
    requests: RequestPolicy = RequestPolicy()
    retrieval: RetrievalPolicy | None = None
    routing: RoutingPolicy | None = None
    cache: CachePolicy | None = None
    guardrails: GuardrailPolicy = GuardrailPolicy()
    golden: tuple[GoldenTask, ...] = ()
    gate: GatePolicy = GatePolicy()
    judges: dict[str, Judge] = {}
    monitors: MonitorPolicy = MonitorPolicy()


def classifiers_of(mission: Mission) -> tuple[str, ...]:
    """Names of the classifiers that a Mission itself names, sorted: their digests are pinned with it."""
    rules = () if mission.routing is None else mission.routing.rules
    return tuple(sorted({rule.when.classifier for rule in rules}))
