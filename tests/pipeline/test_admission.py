"""What a client may send to a Version."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.domain import ModelSpec, RequestPolicy
from gonogo.errors import RequestInvalid
from gonogo.pipeline import admit
from gonogo.pipeline.admission import client_system, without_system

SYSTEM = {"role": "system", "content": "Be rude."}
USER = {"role": "user", "content": "How long?"}


@pytest.mark.parametrize("question", ["", "  \n"])
def test_a_request_without_a_question_is_refused(house: Any, question: str) -> None:
    with pytest.raises(RequestInvalid, match="no question") as refused:
        admit(house.request(question), house.version())

    assert refused.value.param == "messages"


def test_a_picture_is_a_question_and_a_blank_text_part_is_none(house: Any) -> None:
    picture = {"type": "image_url", "image_url": {"url": "https://x/y.png"}}
    blank = {"type": "text", "text": " "}

    admit(house.request("", messages=({"role": "user", "content": [blank, picture]},)), house.version())

    with pytest.raises(RequestInvalid, match="no question"):
        admit(house.request(" ", messages=({"role": "user", "content": [blank]},)), house.version())


@pytest.mark.parametrize("role", ["system", "developer"])
def test_a_system_message_is_refused_where_the_mission_says_so(house: Any, role: str) -> None:
    request = house.request("How long?", messages=({**SYSTEM, "role": role}, USER))

    with pytest.raises(RequestInvalid, match="own system message") as refused:
        admit(request, house.version())

    assert (refused.value.param, refused.value.code) == ("messages", "system_message_refused")


@pytest.mark.parametrize("rule", ["append", "replace"])
def test_a_system_message_passes_where_the_mission_says_so(house: Any, rule: Any) -> None:
    request = house.request("How long?", messages=(SYSTEM, USER))

    assert admit(request, house.version(requests=RequestPolicy(system=rule))).request == request


def test_a_parameter_that_is_not_allowed_is_refused_by_name(house: Any) -> None:
    request = house.request("How long?", parameters={"top_p": 1, "n": 5, "logprobs": True})

    with pytest.raises(RequestInvalid, match="logprobs, n: allowed are temperature") as refused:
        admit(request, house.version())

    assert (refused.value.param, refused.value.code) == ("logprobs", "parameter_refused")


def test_a_mission_that_allows_nothing_says_so(house: Any) -> None:
    with pytest.raises(RequestInvalid, match="allowed are none"):
        admit(house.request(parameters={"seed": 1}), house.version(requests=RequestPolicy(allow=())))


def test_pinned_parameters_are_named(house: Any) -> None:
    models = {"main": ModelSpec(provider="p", model="m", params={"temperature": 0, "thinking": {}})}
    request = house.request(parameters={"temperature": 1, "seed": 2}, extra={"thinking": {"type": "on"}})

    assert admit(request, house.version(models=models)).pinned == ("temperature", "thinking")


def test_a_clients_system_texts_are_read_in_every_form(house: Any) -> None:
    messages = (SYSTEM, USER, {"role": "developer", "content": [{"type": "text", "text": "a"}, {"type": "x"}]})
    request = house.request("How long?", messages=messages)

    assert client_system(request) == "Be rude.\n\na"
    assert without_system(request).messages == (USER,)


def test_a_request_without_system_messages_stays_the_same_object(house: Any) -> None:
    request = house.request()

    assert without_system(request) is request
