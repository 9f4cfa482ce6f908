"""gonogo: LLMOps for compound AI systems. Version, prove, deploy, watch and roll back a whole Mission.

Everything public is listed in ``__all__`` and loaded when first used: ``import gonogo`` pulls in nothing heavy.

    import gonogo

    with gonogo.open() as home:
        version = home.build("support/").version
        verdict = home.evaluate(version)
        if verdict.outcome == "GO":
            home.deploy(version)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gonogo.release import VERSION as __version__  # noqa: N811 - the name every package has

if TYPE_CHECKING:
    from gonogo.assembly.blocking import Home, open
    from gonogo.domain import (
        Alert,
        Assertion,
        Chunk,
        Deployment,
        EvaluationRun,
        Finding,
        GoldenTask,
        IndexSnapshot,
        Mission,
        RetrievedChunk,
        Score,
        Trace,
        Usage,
        Verdict,
        Version,
    )
    from gonogo.errors import BadInput, GateClosed, GonogoError, MissionInvalid, NotFound, TryAgain, Unreachable
    from gonogo.telemetry.functions import trace

_WHERE = {
    **dict.fromkeys(("Home", "open"), "gonogo.assembly.blocking"),
    **dict.fromkeys(
        (
            "Alert", "Assertion", "Chunk", "Deployment", "EvaluationRun", "Finding", "GoldenTask", "IndexSnapshot",
            "Mission", "RetrievedChunk", "Score", "Trace", "Usage", "Verdict", "Version",
        ),
        "gonogo.domain",
    ),
    **dict.fromkeys(
        ("BadInput", "GateClosed", "GonogoError", "MissionInvalid", "NotFound", "TryAgain", "Unreachable"),
        "gonogo.errors",
    ),
    "trace": "gonogo.telemetry.functions",
}  # fmt: skip

__all__ = [
    "Alert",
    "Assertion",
    "BadInput",
    "Chunk",
    "Deployment",
    "EvaluationRun",
    "Finding",
    "GateClosed",
    "GoldenTask",
    "GonogoError",
    "Home",
    "IndexSnapshot",
    "Mission",
    "MissionInvalid",
    "NotFound",
    "RetrievedChunk",
    "Score",
    "Trace",
    "TryAgain",
    "Unreachable",
    "Usage",
    "Verdict",
    "Version",
    "__version__",
    "open",
    "trace",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for."""
    where = _WHERE.get(name)
    if where is None:
        raise AttributeError(f"module 'gonogo' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(where), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return __all__
