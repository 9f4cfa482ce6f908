"""Fusion: how much the vectors of a Mission's index should count, measured on its own golden tasks.

Here: golden tasks that cite pages as judged questions. Not here: the comparison (``retrieval.weights``).
"""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.contracts import EVERYWHERE, TextReader
from gonogo.domain import GoldenTask, IndexSnapshot, Mission, RetrievalPolicy
from gonogo.errors import BadInput
from gonogo.pipeline.bounds import where_of
from gonogo.retrieval import EmbeddedBackend, JudgedQuestion, WeightChoice, choose_dense_weight

LEAST_QUESTIONS = 20


def judged_questions(tasks: Sequence[GoldenTask], policy: RetrievalPolicy | None = None) -> list[JudgedQuestion]:
    """Tasks that cite a page, or refuse: a question and the pages that answer it (none: unanswerable). Under a policy,
    each is bounded as its task's tenant and metadata bound a request.

    Raises:
        RequestInvalid: metadata that narrows the search cannot be used.
    """
    found = []
    for task in tasks:
        pages = [str(item.value) for item in task.expect if item.kind == "cites" and not item.negate and item.value]
        refuses = any(item.kind == "refuses" and item.value in (True, None) for item in task.expect)
        if pages or refuses:
            relevant = {page.partition("#")[0]: 1.0 for page in pages}
            where = where_of(policy, task.tenant, task.metadata) if policy is not None else EVERYWHERE
            found.append(JudgedQuestion(id=task.id, text=task.question, relevant=relevant, where=where))
    return found


def choose_fusion(
    mission: Mission, snapshot: IndexSnapshot | None, reader: TextReader, backend: EmbeddedBackend | None = None
) -> WeightChoice:
    """The ``dense_weight`` that golden tasks prove better than BM25 alone, or 0.

    Args:
        backend: with the Mission's embedder; by default the reader's is used.

    Raises:
        BadInput: nothing is retrieved, or too few golden tasks cite a page to choose anything.
    """
    if mission.retrieval is None or snapshot is None:
        raise BadInput(f"{mission.name} retrieves nothing: there is no dense_weight to choose")
    questions = judged_questions(mission.golden, mission.retrieval)
    answerable = sum(bool(question.relevant) for question in questions)
    if answerable < LEAST_QUESTIONS:
        raise BadInput(
            f"{answerable} golden tasks of {mission.name} cite a page, at least {LEAST_QUESTIONS} are needed to choose "
            "a weight: add `cites: knowledge/PAGE.md` to tasks"
        )
    index = (backend or EmbeddedBackend(reader)).open(snapshot, mission.retrieval)
    return choose_dense_weight(questions, index.weighted, reader)
