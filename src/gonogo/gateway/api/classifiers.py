"""Classifiers: what builds pin, how good it is, what it was compared with; promoting and rolling back.

Here: the verbs that need no data of the caller's. Not here: training (at a shell, where the rows are).
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, structs

from gonogo.access import may
from gonogo.assembly.classifier_list import ClassifierRow
from gonogo.contracts import Caller
from gonogo.domain import ClassifierCard, ClassifierComparison, ClassifierPromotion
from gonogo.errors import NotAllowed, RequestInvalid
from gonogo.gateway.api.deployments import Words
from gonogo.gateway.api.endpoint import Call, Endpoint, NoQuery
from gonogo.gateway.api.paging import Page, page
from gonogo.gateway.api.upload import unpacked
from gonogo.gateway.api.versions import Listing
from gonogo.training.promote import WHOLE_HISTORY


class PromotionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``classifier``: ``toxicity@1f3c``, or ``toxicity`` for the one registered last. ``mission``: only for builds of
    this one. ``override``: why, although it has not held its own; needs the role admin and is shown for ever."""

    classifier: Annotated[str, Meta(min_length=1, max_length=200)]
    reason: Annotated[str, Meta(min_length=1, max_length=2000)]
    mission: str = ""
    override: Words | None = None


class ClassifierRollback(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``mission``: only for builds of this one."""

    reason: Words = ""
    mission: str = ""


async def _list(call: Call[Listing, None]) -> Page[ClassifierRow]:
    async def fetch(limit: int) -> list[ClassifierRow]:
        return [_shown(row, call.caller) for row in await call.workspace.classifiers.listed()][:limit]

    return await page(fetch, lambda row: row.name, limit=call.query.limit, cursor=call.query.cursor)


async def _card(call: Call[NoQuery, None]) -> ClassifierCard:
    return await call.workspace.classifiers.card(call.values["name"])


async def _comparisons(call: Call[Listing, None]) -> Page[ClassifierComparison]:
    name = await call.workspace.classifiers.known(call.values["name"])
    return await page(
        lambda limit: call.workspace.classifiers.comparisons(name, limit),
        lambda one: one.id,
        limit=call.query.limit,
        cursor=call.query.cursor,
    )


async def _promotions(call: Call[Listing, None]) -> Page[ClassifierPromotion]:
    name = await call.workspace.classifiers.known(call.values["name"])
    return await page(
        lambda limit: call.workspace.store.promotions(name, limit=min(limit, WHOLE_HISTORY)),
        lambda one: f"{one.mission}/{one.revision}",
        limit=call.query.limit,
        cursor=call.query.cursor,
        visible=lambda one: not one.mission or call.caller.may_call(one.mission),
    )


async def _promote(call: Call[NoQuery, PromotionBody]) -> ClassifierPromotion:
    wanted, name = call.body, call.values["name"]
    if wanted.classifier.partition("@")[0] != name:
        raise RequestInvalid(f"{wanted.classifier} is not {name}", param="classifier")
    if wanted.override is not None and not may(call.caller.role, "override"):
        raise NotAllowed(f"an override needs role admin, this key has {call.caller.role}")
    return await call.workspace.classifiers.promote(
        wanted.classifier,
        reason=wanted.reason,
        mission=_for(call, wanted.mission),
        override=wanted.override,
        author=call.author,
    )


async def _roll_back(call: Call[NoQuery, ClassifierRollback]) -> ClassifierPromotion:
    return await call.workspace.classifiers.roll_back(
        call.values["name"], reason=call.body.reason, mission=_for(call, call.body.mission), author=call.author
    )


async def _register(call: Call[NoQuery, bytes]) -> ClassifierCard:
    async with unpacked(call.body, call.workspace.settings.home, call.workspace.clock.now()) as folder:
        return await call.workspace.classifiers.register_folder(folder)


def _for(call: Call[Any, Any], mission: str) -> str:
    if not mission and call.caller.missions:
        raise NotAllowed("this key is for some Missions only: name one of them as `mission`")
    return call.for_mission(mission) if mission else ""


def _shown(row: ClassifierRow, caller: Caller) -> ClassifierRow:
    """Without Missions that the key is not for."""
    return structs.replace(
        row,
        missions={name: digest for name, digest in row.missions.items() if caller.may_call(name)},
        live=tuple(one for one in row.live if caller.may_call(_mission(one))),
        live_otherwise=tuple(one for one in row.live_otherwise if caller.may_call(_mission(one))),
    )


def _mission(place: str) -> str:
    return place.partition(":")[0].partition("@")[0]


CLASSIFIERS: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="GET", path="/api/classifiers", name="listClassifiers",
        summary="What builds pin of each classifier, how good it is, and which live Versions use it.",
        action="build", handler=_list, query=Listing, reply=Page[ClassifierRow],
    ),
    Endpoint(
        method="POST", path="/api/classifiers", name="registerClassifier",
        summary="Keep a classifier that was trained elsewhere: weights.safetensors and card.json as a tar.",
        action="build", handler=_register, body=bytes, reply=ClassifierCard, status=201,
    ),
    Endpoint(
        method="GET", path="/api/classifiers/{name}", name="showClassifier",
        summary="The card of `toxicity` or `toxicity@1f3c`: data, licences, measures with intervals, slices, cost.",
        action="build", handler=_card, reply=ClassifierCard,
    ),
    Endpoint(
        method="GET", path="/api/classifiers/{name}/comparisons", name="listComparisons",
        summary="What it was compared with, on which rows, and how that ended, newest first.",
        action="build", handler=_comparisons, query=Listing, reply=Page[ClassifierComparison],
    ),
    Endpoint(
        method="GET", path="/api/classifiers/{name}/promotions", name="listPromotions",
        summary="What was promoted and rolled back, newest first.",
        action="build", handler=_promotions, query=Listing, reply=Page[ClassifierPromotion],
    ),
    Endpoint(
        method="POST", path="/api/classifiers/{name}/promotions", name="promoteClassifier",
        summary="Let new builds pin these weights; refused unless they held their own against what they replace.",
        action="deploy", handler=_promote, body=PromotionBody, reply=ClassifierPromotion, status=201,
    ),
    Endpoint(
        method="POST", path="/api/classifiers/{name}/rollback", name="rollBackClassifier",
        summary="Let new builds pin again what they pinned before; in the end the shipped one.",
        action="deploy", handler=_roll_back, body=ClassifierRollback, reply=ClassifierPromotion, status=201,
    ),
)  # fmt: skip
