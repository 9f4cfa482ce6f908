"""Judges: how each stands, answers for people to label, calibrating one, comparing answers by one.

Here: the verbs of ``assembly.judges`` over HTTP. Not here: asking models (``judging``), the rule (``gate``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from msgspec import Meta, Struct

from gonogo.assembly.judged_pairs import Preferred
from gonogo.assembly.judges import Calibrated, Label, ToLabel
from gonogo.assembly.operations import Report
from gonogo.assembly.reference import parse_reference
from gonogo.domain import Annotation
from gonogo.gate import JudgeStanding
from gonogo.gateway.api.endpoint import Call, Endpoint, NoQuery
from gonogo.gateway.api.operations import OperationPage, begin, payer_of
from gonogo.gateway.api.paging import Page, page
from gonogo.gateway.api.proofs import Seed
from gonogo.gateway.api.traces import AnnotationBody
from gonogo.gateway.api.versions import Listing, named

AnswerName = Annotated[str, Meta(min_length=3, max_length=1000, description="`support@7/refund-1`.")]


class SampleQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``most`` answers, in an order that ``seed`` gives."""

    most: Annotated[int, Meta(ge=1, le=10_000)] = 25
    seed: Seed = 0


class Unlabelled(Struct, frozen=True, kw_only=True):
    """Answers that nobody labelled yet, without what the judge says of them."""

    items: tuple[ToLabel, ...]


class SaidOfAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person says of one answer: 0 no, 1 yes."""

    answer: AnswerName
    value: Annotated[float, Meta(ge=0, le=1)]
    note: Annotated[str, Meta(max_length=10_000)] = ""


class LabelsBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All are kept, or where one names no answer none."""

    labels: Annotated[tuple[SaidOfAnswer, ...], Meta(min_length=1, max_length=1000)]


class Labelled(Struct, frozen=True, kw_only=True):
    """How many labels were kept."""

    labels: int


class AnswerAnnotationBody(AnnotationBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's judgement of an answer to a golden task; ``metric``: the judge whose word it checks."""

    answer: AnswerName


class AgainstBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The Version whose stored answers the others are held against."""

    baseline: Annotated[str, Meta(min_length=1, max_length=300)]


async def _list(call: Call[Listing, None]) -> Page[JudgeStanding]:
    name = (await named(call, call.values["name"])).name

    async def fetch(limit: int) -> list[JudgeStanding]:
        return list(await call.workspace.judges.standings(name))[:limit]

    return await page(fetch, lambda one: one.judge.name, limit=call.query.limit, cursor=call.query.cursor)


async def _show(call: Call[NoQuery, None]) -> JudgeStanding:
    return await call.workspace.judges.standing(call.values["judge"], await _target(call))


async def _unlabelled(call: Call[SampleQuery, None]) -> Unlabelled:
    found = await call.workspace.judges.unlabelled(
        call.values["judge"], await _target(call), most=call.query.most, seed=call.query.seed
    )
    return Unlabelled(items=tuple(found))


async def _label(call: Call[NoQuery, LabelsBody]) -> Labelled:
    target = await _target(call)
    for one in call.body.labels:
        _of_allowed(call, one.answer)
    labels = [Label(answer=one.answer, value=one.value, note=one.note) for one in call.body.labels]
    kept = await call.workspace.judges.label(call.values["judge"], target, labels, author=call.author)
    return Labelled(labels=kept)


async def _annotate(call: Call[NoQuery, AnswerAnnotationBody]) -> Annotation:
    said = call.body
    _of_allowed(call, said.answer)
    return await call.workspace.judges.annotate(
        said.answer, said.metric, said.value, note=said.note, author=call.author
    )


async def _calibrate(call: Call[NoQuery, None]) -> OperationPage | AsyncIterator[bytes]:
    target = await _target(call)
    await call.workspace.judges.standing(call.values["judge"], target)

    async def work(report: Report) -> Calibrated:
        return await call.workspace.judges.calibrate(
            call.values["judge"], target, author=call.author, payer=payer_of(call)
        )

    return await begin(call, "calibration", work)


async def _compare(call: Call[NoQuery, AgainstBody]) -> OperationPage | AsyncIterator[bytes]:
    target, baseline = await _target(call), (await named(call, call.body.baseline)).name

    async def work(report: Report) -> Preferred:
        return await call.workspace.judges.compare(call.values["judge"], target, baseline, payer=payer_of(call))

    return await begin(call, "comparison", work)


async def _target(call: Call[Any, Any]) -> str:
    return (await named(call, call.values["name"])).name


def _of_allowed(call: Call[Any, Any], answer: str) -> None:
    call.for_mission(parse_reference(answer.partition("/")[0]).mission)


OF = "/api/versions/{name}/judges"
JUDGES: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="GET", path=OF, name="listJudges",
        summary="The judges of a Version, each with its newest calibration and whether it may decide.",
        action="look", handler=_list, query=Listing, reply=Page[JudgeStanding],
    ),
    Endpoint(
        method="GET", path=OF + "/{judge}", name="showJudge", summary="How one judge stands.",
        action="look", handler=_show, reply=JudgeStanding,
    ),
    Endpoint(
        method="GET", path=OF + "/{judge}/unlabelled", name="listUnlabelled",
        summary="Answers to golden tasks that nobody labelled for a judge yet, in random order.",
        action="annotate", handler=_unlabelled, query=SampleQuery, reply=Unlabelled,
    ),
    Endpoint(
        method="POST", path=OF + "/{judge}/labels", name="labelAnswers",
        summary="Keep what a person says of answers to golden tasks, for the calibration of a judge.",
        action="annotate", handler=_label, body=LabelsBody, reply=Labelled, status=201,
    ),
    Endpoint(
        method="POST", path=OF + "/{judge}/calibrations", name="calibrateJudge",
        summary="Hold a judge against everything that people labelled for it, and keep the result.",
        action="evaluate", handler=_calibrate, reply=OperationPage, status=202, streams=True, result=Calibrated,
    ),
    Endpoint(
        method="POST", path=OF + "/{judge}/comparisons", name="compareByJudge",
        summary="Which Version's stored answers a pairwise judge prefers; nothing is generated, nothing is decided.",
        action="evaluate", handler=_compare, body=AgainstBody, reply=OperationPage, status=202, streams=True,
        result=Preferred,
    ),
    Endpoint(
        method="POST", path="/api/answers/annotations", name="annotateAnswer",
        summary="Keep a person's judgement of an answer to a golden task.",
        action="annotate", handler=_annotate, body=AnswerAnnotationBody, reply=Annotation, status=201,
    ),
)  # fmt: skip
