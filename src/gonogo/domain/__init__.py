"""Domain: the nouns of gonogo, frozen. One module each; import them from here.

Here: shapes and what follows from them alone. Not here: anything that reads a file, a clock, a network or a store.
"""

from gonogo.domain.chunk import Chunk, IndexSnapshot, RetrievedChunk
from gonogo.domain.classifier import (
    ClassifierCard,
    ClassifierForm,
    DataFingerprint,
    DataSource,
    IdentityGap,
    Measure,
    Slice,
    Threshold,
    TrainingCost,
    TrainingRow,
)
from gonogo.domain.deployment import Deployment, DeploymentKind, Environment
from gonogo.domain.endpoint import EndpointUse
from gonogo.domain.evaluation import EvaluationRun, TaskResult
from gonogo.domain.finding import Finding
from gonogo.domain.golden_task import Assertion, GoldenTask
from gonogo.domain.key import NO_LIMITS, ApiKey, Dollars, RateLimits, Role
from gonogo.domain.mission import (
    BudgetRule,
    CachePolicy,
    GatePolicy,
    GuardrailAction,
    GuardrailPolicy,
    GuardrailRule,
    GuardrailStage,
    Json,
    MetricRule,
    Mission,
    ModelSpec,
    MonitorPolicy,
    PromptSpec,
    RequestPolicy,
    RetrievalPolicy,
    RoutingPolicy,
    RoutingRule,
    RuleCondition,
    ToolSpec,
    classifiers_of,
)
from gonogo.domain.monitor import Alert, RateReading
from gonogo.domain.promotion import ClassifierComparison, ClassifierPromotion, ComparedRows, ComparisonOutcome
from gonogo.domain.request import Delta, ModelRequest, Request
from gonogo.domain.routing_decision import RoutingDecision
from gonogo.domain.score import Annotation, Score, ScoreState
from gonogo.domain.trace import JudgedText, ModelCall, Span, Trace
from gonogo.domain.usage import NO_USAGE, Price, Usage, total_usage
from gonogo.domain.verdict import EXIT_CODES, Comparison, Reason, Verdict
from gonogo.domain.version import (
    CLASSIFIER_PIN,
    PART_NAMES,
    Part,
    PartName,
    Version,
    behaviour_digest,
    gate_digest,
    part_contents,
    part_digests,
)

__all__ = [
    "CLASSIFIER_PIN",
    "EXIT_CODES",
    "NO_LIMITS",
    "NO_USAGE",
    "PART_NAMES",
    "Alert",
    "Annotation",
    "ApiKey",
    "Assertion",
    "BudgetRule",
    "CachePolicy",
    "Chunk",
    "ClassifierCard",
    "ClassifierComparison",
    "ClassifierForm",
    "ClassifierPromotion",
    "ComparedRows",
    "Comparison",
    "ComparisonOutcome",
    "DataFingerprint",
    "DataSource",
    "Delta",
    "Deployment",
    "DeploymentKind",
    "Dollars",
    "EndpointUse",
    "Environment",
    "EvaluationRun",
    "Finding",
    "GatePolicy",
    "GoldenTask",
    "GuardrailAction",
    "GuardrailPolicy",
    "GuardrailRule",
    "GuardrailStage",
    "IdentityGap",
    "IndexSnapshot",
    "Json",
    "JudgedText",
    "Measure",
    "MetricRule",
    "Mission",
    "ModelCall",
    "ModelRequest",
    "ModelSpec",
    "MonitorPolicy",
    "Part",
    "PartName",
    "Price",
    "PromptSpec",
    "RateLimits",
    "RateReading",
    "Reason",
    "Request",
    "RequestPolicy",
    "RetrievalPolicy",
    "RetrievedChunk",
    "Role",
    "RoutingDecision",
    "RoutingPolicy",
    "RoutingRule",
    "RuleCondition",
    "Score",
    "ScoreState",
    "Slice",
    "Span",
    "TaskResult",
    "Threshold",
    "ToolSpec",
    "Trace",
    "TrainingCost",
    "TrainingRow",
    "Usage",
    "Verdict",
    "Version",
    "behaviour_digest",
    "classifiers_of",
    "gate_digest",
    "part_contents",
    "part_digests",
    "total_usage",
]
