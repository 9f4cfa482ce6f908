from __future__ import annotations

import pytest

from gonogo.domain import (
    GatePolicy,
    Mission,
    ModelSpec,
    PromptSpec,
    Version,
    behaviour_digest,
    gate_digest,
    part_digests,
)
from gonogo.gate import same_behaviour


def version(number, prompt, alpha=0.05):
    mission = Mission(
        name="support",
        models={"m": ModelSpec(provider="p", model="m")},
        prompt=PromptSpec(system=prompt),
        gate=GatePolicy(alpha=alpha),
    )
    parts = part_digests(mission, None, {})
    return Version(
        mission=mission,
        number=number,
        parts=parts,
        behaviour_digest=behaviour_digest("support", parts),
        gate_digest=gate_digest(parts),
        index_digest=None,
        pins={},
        created_at=0.0,
        edited_at=0.0,
    )


def test_a_version_that_behaves_as_live_is_go_without_running():
    verdict = same_behaviour(version(8, "Answer.", alpha=0.04), version(7, "Answer."))
    assert (verdict.outcome, verdict.same_behaviour, verdict.run_id) == ("GO", True, None)
    assert verdict.line == (
        "GO  support@8 behaves as live support@7 by digest: no answer can change, so nothing was run"
    )


def test_a_version_that_behaves_otherwise_is_not_waved_through():
    with pytest.raises(ValueError, match="support@8 does not behave as support@7"):
        same_behaviour(version(8, "Answer briefly."), version(7, "Answer."))
