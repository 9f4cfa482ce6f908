"""Metrics: what an answer is worth - faithfulness, relevance, toxicity - and the assertions of golden tasks.

Here: the judgements that need no model. Not here: model judges (``evaluation``), rules that act (``guardrails``,
``gate``).
"""

from gonogo.metrics.assertions import KINDS, SHARES, BuiltInAssertions
from gonogo.metrics.faithfulness import Faithfulness, without_citations
from gonogo.metrics.judgement import Kind
from gonogo.metrics.python_assertions import python_kind
from gonogo.metrics.refusal import is_refusal
from gonogo.metrics.relevance import Relevance
from gonogo.metrics.toxicity import Toxicity, toxicity_of

__all__ = [
    "KINDS",
    "SHARES",
    "BuiltInAssertions",
    "Faithfulness",
    "Kind",
    "Relevance",
    "Toxicity",
    "is_refusal",
    "python_kind",
    "toxicity_of",
    "without_citations",
]
