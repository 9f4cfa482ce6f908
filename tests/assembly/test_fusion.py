"""Fusion: golden tasks become judged questions; too few choose nothing."""

from __future__ import annotations

import pytest

from gonogo.assembly.fusion import LEAST_QUESTIONS, choose_fusion, judged_questions
from gonogo.domain import Assertion, GoldenTask, IndexSnapshot, Mission, ModelSpec, PromptSpec, RetrievalPolicy
from gonogo.errors import BadInput
from gonogo.features import Reader, StaticEmbedder
from gonogo.retrieval import DigestingSnapshotMaker, StructureChunker


def task(name: str, *expect: Assertion) -> GoldenTask:
    return GoldenTask(id=name, question=f"What of {name}?", expect=expect)


def mission(*tasks: GoldenTask, retrieves: bool = True) -> Mission:
    return Mission(
        name="support",
        models={"only": ModelSpec(provider="builtin", model="extractive-small")},
        prompt=PromptSpec(system="Answer."),
        retrieval=RetrievalPolicy(sources=("knowledge/*.md",)) if retrieves else None,
        golden=tasks,
    )


@pytest.fixture
def reader() -> Reader:
    return Reader(StaticEmbedder())


def snapshot_of(reader: Reader, tmp_path, pages: int) -> IndexSnapshot:
    files = {}
    for number in range(pages):
        path = tmp_path / f"page{number}.md"
        path.write_text(f"# Item {number}\n\nItem {number} costs {number + 7} euros.\n", encoding="utf-8")
        files[f"knowledge/page{number}.md"] = path
    chunker, policy = StructureChunker(), RetrievalPolicy(sources=("knowledge/*.md",))
    return DigestingSnapshotMaker(reader.embedder, chunker).snapshot(chunker.chunks(files, policy), policy)


def test_a_cited_page_is_what_answers_a_question():
    cites = Assertion(kind="cites", value="knowledge/a.md#prices")
    (question,) = judged_questions([task("a", cites)])
    assert question.relevant == {"knowledge/a.md": 1.0}


def test_a_task_that_must_refuse_is_an_unanswerable_question():
    (question,) = judged_questions([task("a", Assertion(kind="refuses", value=True))])
    assert question.relevant == {}


def test_a_task_that_neither_cites_nor_refuses_judges_no_retrieval():
    says = Assertion(kind="contains", value="30 days")
    elsewhere = Assertion(kind="cites", value="knowledge/b.md", negate=True)
    assert judged_questions([task("a", says), task("b", elsewhere)]) == []


def test_a_mission_without_retrieval_has_nothing_to_choose(reader):
    with pytest.raises(BadInput, match="retrieves nothing"):
        choose_fusion(mission(retrieves=False), None, reader)


def test_too_few_cited_pages_choose_nothing_and_say_how_many_are_needed(reader, tmp_path):
    tasks = [task("a", Assertion(kind="cites", value="knowledge/page0.md"))]
    with pytest.raises(BadInput, match=f"at least {LEAST_QUESTIONS}"):
        choose_fusion(mission(*tasks), snapshot_of(reader, tmp_path, 2), reader)


def test_where_words_alone_find_every_page_vectors_get_no_weight(reader, tmp_path):
    tasks = [
        GoldenTask(
            id=f"t{number}",
            question=f"What does item {number} cost?",
            expect=(Assertion(kind="cites", value=f"knowledge/page{number}.md"),),
        )
        for number in range(LEAST_QUESTIONS)
    ]
    choice = choose_fusion(mission(*tasks), snapshot_of(reader, tmp_path, LEAST_QUESTIONS), reader)
    assert choice.weight == 0
    assert choice.baseline.hit.hits == LEAST_QUESTIONS
