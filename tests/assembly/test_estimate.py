"""What a request may take at most is known before anything is asked."""

from __future__ import annotations

import pytest
from msgspec import structs

from gonogo.assembly.estimate import ATTACHMENT_TOKENS, Model, Sizes, estimate
from gonogo.domain import Price, Request, RequestPolicy

CHEAP, DEAR = Price(input=1.0, output=2.0), Price(input=10.0, output=20.0, reasoning=30.0)


def request(*contents, **more):
    messages = tuple({"role": "user", "content": content} for content in contents)
    return Request(id="r", question="?", messages=messages, received_at=0.0, **more)


def sizes(*models, overhead=0):
    return Sizes(overhead=overhead, models=models or (Model(name="main", params={}, price=CHEAP),))


def test_input_is_four_bytes_a_token_with_what_the_version_adds():
    likely = estimate(request("a" * 400, "b" * 401), sizes(overhead=50), 1000)
    assert (likely.tokens, likely.most_tokens) == (50 + 201, 50 + 201 + 1000)
    assert estimate(request("漢" * 400), sizes(), 0).tokens == 300


def test_the_limit_of_output_is_the_missions_else_the_clients_and_the_smaller_of_its_two_names():
    asked = request("", parameters={"max_tokens": 70, "max_completion_tokens": 60})
    assert estimate(asked, sizes(), 1000).tokens == 60
    pinned = sizes(Model(name="main", params={"max_tokens": 500}, price=CHEAP))
    assert estimate(asked, pinned, 1000).tokens == 500
    assert estimate(request(""), pinned, 1000).most_tokens == 500


@pytest.mark.parametrize("nonsense", [0, -5, True, "9", None, 1.5])
def test_a_limit_that_is_none_counts_for_nothing(nonsense):
    likely = estimate(request("", parameters={"max_tokens": nonsense, "n": nonsense}), sizes(), 1000)
    assert (likely.tokens, likely.most_tokens) == (0, 1000)


@pytest.mark.parametrize(
    ("asked", "of_mission", "of_key", "reserved"),
    [
        ({"max_tokens": 5000}, 100, None, 100),
        ({"max_tokens": 5000}, 100, 30, 30),
        ({}, 100, None, 100),
        ({"max_tokens": 60}, 100, None, 60),
        ({"max_tokens": 5000, "n": 3}, 100, None, 99),
        ({"n": 3}, None, 10, 9),
    ],
)
def test_no_more_is_reserved_than_the_limits_of_mission_and_key_let_be_written(asked, of_mission, of_key, reserved):
    bound = structs.replace(sizes(), requests=RequestPolicy(max_output_tokens=of_mission))
    likely = estimate(request("", parameters=asked, most_output=of_key), bound, 1000)
    assert (likely.tokens, likely.most_tokens) == (reserved, reserved)


def test_every_choice_is_counted():
    assert estimate(request("", parameters={"max_tokens": 10, "n": 3}), sizes(), 1000).tokens == 30


def test_the_dearest_model_at_its_dearest_kind_is_what_it_may_cost():
    two = sizes(Model(name="small", params={}, price=CHEAP), Model(name="big", params={"max_tokens": 100}, price=DEAR))
    likely = estimate(request("a" * 400), two, 10)
    assert likely.cost == (100 * 10 + 100 * 30) * 1000
    assert likely.unpriced == ()


def test_a_model_without_a_price_is_named_and_the_others_are_counted():
    two = sizes(Model(name="small", params={}, price=CHEAP), Model(name="own", params={}, price=None))
    likely = estimate(request("a" * 400), two, 10)
    assert likely.unpriced == ("own",)
    assert likely.cost == (100 * 1 + 10 * 2) * 1000


def test_a_picture_counts_as_much_as_a_large_one_and_not_by_its_bytes():
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 500_000}}
    likely = estimate(request([{"type": "text", "text": "a" * 40}, picture]), sizes(), 0)
    assert ATTACHMENT_TOKENS + 10 <= likely.tokens <= ATTACHMENT_TOKENS + 30


def test_tools_of_the_client_are_read_too():
    tool = {"type": "function", "function": {"name": "f", "description": "d" * 400}}
    assert estimate(request("", tools=(tool,)), sizes(), 0).tokens > 100
