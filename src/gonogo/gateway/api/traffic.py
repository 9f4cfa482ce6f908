"""Traffic: classifiers held against the Traces of a Mission, and where their weights came from and went.

Here: the verbs that read no rows of the caller's. Not here: promoting (``classifiers``), training (at a shell).
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from gonogo.access import may
from gonogo.assembly.classifier_traffic import Watched
from gonogo.assembly.traffic import Bias
from gonogo.domain import ClassifierCard
from gonogo.errors import NotAllowed
from gonogo.gateway.api.endpoint import Call, Endpoint, NoQuery
from gonogo.gateway.api.monitors import DEFAULT_TENANT
from gonogo.training.calibrate import Calibration
from gonogo.training.lineage import Lineage
from gonogo.training.skew import SkewReport
from gonogo.training.trace_rows import TraceRows

MissionName = Annotated[str, Meta(min_length=1, max_length=200)]


class OfMission(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose Traces."""

    mission: MissionName


class RowsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose Traces; ``until``: only Annotations made by then, in seconds since 1970."""

    mission: MissionName
    until: Annotated[float, Meta(ge=0)] | None = None


class CalibrationBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose Annotations; ``promote``: new builds of this Mission pin the result, which needs the role deployer."""

    mission: MissionName
    promote: bool = False


class CalibratedClassifier(Struct, frozen=True, kw_only=True):
    """What was found, and the card of the classifier that was registered."""

    calibration: Calibration
    card: ClassifierCard


async def _why(call: Call[NoQuery, None]) -> Lineage:
    if call.caller.missions or (call.caller.key_id and call.caller.tenant != DEFAULT_TENANT):
        raise NotAllowed(f"a lineage names Versions of all Missions: ask with a key of tenant {DEFAULT_TENANT} for all")
    return await call.workspace.classifiers.why(call.values["name"])


async def _rows(call: Call[RowsQuery, None]) -> TraceRows:
    mission = _mission(call, call.query.mission)
    return await call.workspace.traffic.rows(call.values["name"], mission, until=call.query.until)


async def _skew(call: Call[OfMission, None]) -> SkewReport:
    return await call.workspace.traffic.skew(call.values["name"], _mission(call, call.query.mission))


async def _drift(call: Call[OfMission, None]) -> Watched:
    return await call.workspace.traffic.drift(call.values["name"], _mission(call, call.query.mission))


async def _bias(call: Call[NoQuery, None]) -> Bias:
    return await call.workspace.traffic.bias(call.values["name"])


async def _calibrate(call: Call[NoQuery, CalibrationBody]) -> CalibratedClassifier:
    mission = await call.workspace.known(_mission(call, call.body.mission))
    if call.body.promote and not may(call.caller.role, "deploy"):
        raise NotAllowed(f"promoting needs role deployer, this key has {call.caller.role}")
    found, card = await call.workspace.classifiers.calibrate(
        call.values["name"], mission, promote=call.body.promote, author=call.author
    )
    return CalibratedClassifier(calibration=found, card=card)


def _mission(call: Call[Any, Any], mission: str) -> str:
    if call.caller.tenant != DEFAULT_TENANT:
        raise NotAllowed(f"classifiers are held against Traces of all tenants: ask with a key of {DEFAULT_TENANT}")
    return call.for_mission(mission)


OF = "/api/classifiers/{name}"
TRAFFIC: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="GET", path=OF + "/lineage", name="classifierLineage",
        summary="From data to weights to the Versions that use them, where those are live, and what went wrong since.",
        action="build", handler=_why, reply=Lineage,
    ),
    Endpoint(
        method="GET", path=OF + "/rows", name="classifierRows",
        summary="Training rows from a Mission's annotated Traces, each as things stood when it was answered.",
        action="build", handler=_rows, query=RowsQuery, reply=TraceRows,
    ),
    Endpoint(
        method="GET", path=OF + "/skew", name="classifierSkew",
        summary="Whether a classifier reads now, for training, what it read when it served.",
        action="build", handler=_skew, query=OfMission, reply=SkewReport,
    ),
    Endpoint(
        method="GET", path=OF + "/drift", name="classifierDrift",
        summary="What a classifier reads and says against before, and how right it is by the newest Annotations.",
        action="build", handler=_drift, query=OfMission, reply=Watched,
    ),
    Endpoint(
        method="GET", path=OF + "/bias", name="classifierBias",
        summary="How probabilities move when only the group that a text names is exchanged.",
        action="build", handler=_bias, reply=Bias,
    ),
    Endpoint(
        method="POST", path=OF + "/calibrations", name="calibrateClassifier",
        summary="Make probabilities true for a Mission from its annotated Traces, and register the result.",
        action="build", handler=_calibrate, body=CalibrationBody, reply=CalibratedClassifier, status=201,
    ),
)  # fmt: skip
