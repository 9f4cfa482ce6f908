"""Judging: models asked how good an answer is.

Here: the prompts, strict reading of replies, the published algorithms of rubrics, G-Eval, pairs and RAG metrics.
Not here: when judges are asked and what is stored (``evaluation``), whether a judge may decide (``gate``), metrics that
ask no model (``metrics``).
"""

from gonogo.judging.model_judge import ModelJudge, prompts_digest

__all__ = ["ModelJudge", "prompts_digest"]
