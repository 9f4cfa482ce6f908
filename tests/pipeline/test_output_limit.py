"""The most tokens that all answers to one request may have together: of the Mission, of the key, of the client."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.domain import ModelSpec, RequestPolicy, RoutingDecision
from gonogo.errors import RequestInvalid
from gonogo.pipeline import admit
from gonogo.pipeline.output_limit import bounded, most_output
from gonogo.pipeline.prompting import model_request

BEFORE = "6a164752897293a79d33063c50d7a253148d0bd07bdb77611d0224026eee3c5e"
"""Digest of the default rules before there was a limit of output."""


def limited(house: Any, most: int | None = 100, beyond: Any = "lower") -> Any:
    policy = RequestPolicy(allow=("max_tokens", "n"), max_output_tokens=most, beyond=beyond)
    return house.version(requests=policy)


@pytest.mark.parametrize(
    ("parameters", "most", "kept"),
    [
        ({"max_tokens": 500}, 100, {"max_tokens": 100}),
        ({"max_tokens": 70}, 100, {"max_tokens": 70}),
        ({"max_completion_tokens": 500}, 100, {"max_completion_tokens": 100}),
        ({"max_completion_tokens": 500, "max_tokens": 300}, 100, {"max_completion_tokens": 100, "max_tokens": 100}),
        ({"n": 4, "max_tokens": 30}, 100, {"n": 4, "max_tokens": 25}),
        ({"n": 4}, 100, {"n": 4, "max_tokens": 25}),
        ({"max_tokens": -1}, 100, {"max_tokens": 100}),
        ({}, 100, {"max_tokens": 100}),
        ({"max_tokens": 500}, None, {"max_tokens": 500}),
    ],
)
def test_all_answers_together_stay_under_the_limit(parameters, most, kept):
    assert bounded(parameters, most) == kept


def test_the_lower_of_mission_and_key_holds():
    assert most_output(RequestPolicy(max_output_tokens=100), 70) == 70
    assert most_output(RequestPolicy(max_output_tokens=100), None) == 100
    assert most_output(RequestPolicy(), 70) == 70
    assert most_output(RequestPolicy(), None) is None


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_what_is_asked_beyond_is_lowered_and_told(house, name):
    admitted = admit(house.request(parameters={name: 500}), limited(house))
    assert (admitted.lowered, admitted.request.parameters) == (100, {name: 100})
    admitted = admit(house.request(parameters={name: 500}), limited(house), 40)
    assert (admitted.lowered, admitted.request.parameters) == (40, {name: 40})
    admitted = admit(house.request(parameters={name: 500, "n": 3}), limited(house))
    assert (admitted.lowered, admitted.request.parameters) == (33, {name: 33, "n": 3})


@pytest.mark.parametrize("asked", [{}, {"max_tokens": 100}, {"max_tokens": 50, "n": 2}])
def test_nothing_is_told_where_nothing_was_lowered(house, asked):
    admitted = admit(house.request(parameters=asked), limited(house))
    assert (admitted.lowered, admitted.request.parameters) == (None, asked)


def test_what_is_asked_beyond_is_refused_where_the_mission_says_so(house):
    with pytest.raises(RequestInvalid, match="at most 100 tokens of output, 50 for each of n=2 answers, and 51") as no:
        admit(house.request(parameters={"max_tokens": 51, "n": 2}), limited(house, beyond="refuse"))
    assert (no.value.param, no.value.code) == ("max_tokens", "output_limit")
    with pytest.raises(RequestInvalid, match="not enough for n=101") as refused:
        admit(house.request(parameters={"n": 101}), limited(house))
    assert refused.value.param == "n"


@pytest.mark.parametrize("name", ["max_output_tokens", "num_predict", "max_new_tokens"])
def test_no_other_name_passes_by_the_limit(house, name):
    with pytest.raises(RequestInvalid, match="say it as max_tokens"):
        admit(house.request(extra={name: 5000}), limited(house))
    assert admit(house.request(extra={name: 5000}), limited(house, None)).request.extra == {name: 5000}


@pytest.mark.parametrize(
    ("pinned", "of_key", "sent"),
    [({}, None, {"max_tokens": 100}), ({"max_tokens": 80}, None, {"max_tokens": 80}),
     ({"max_tokens": 80}, 30, {"max_tokens": 30}), ({"n": 2}, None, {"n": 2, "max_tokens": 50})],
)  # fmt: skip
def test_a_model_is_told_the_limit_whether_the_client_named_one_or_not(house, pinned, of_key, sent):
    spec = ModelSpec(provider="p", model="m", params=pinned)
    decision = RoutingDecision(model="main")
    asked = model_request(house.request(most_output=of_key), (), spec, decision, limited(house))
    assert asked.parameters == sent


def test_a_mission_without_a_limit_has_the_digest_it_had(house):
    """No folder becomes another Version by an upgrade."""
    assert house.version().part("requests").digest == BEFORE
    assert limited(house).part("requests").digest != limited(house, None).part("requests").digest
