"""``@gonogo.trace`` on functions of every kind."""

from __future__ import annotations

import asyncio
from contextvars import copy_context

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gonogo
from gonogo.telemetry import CALLER_TRACE, functions


@pytest.fixture(autouse=True)
def kept(monkeypatch):
    """Spans of each outermost call, in the order the calls ended."""
    found: list = []
    monkeypatch.setattr(functions, "KEEPERS", [found.append])
    return found


def tree(spans):
    """Name to the name of the call above it."""
    names = {span.id: span.name for span in spans}
    return {span.name: names.get(span.parent, "") for span in spans}


@gonogo.trace(name="inner")
def inner(value):
    return value + 1


def test_calls_within_calls_are_one_tree(kept):
    @gonogo.trace(name="outer")
    def outer(value):
        return inner(inner(value))

    assert outer(1) == 3

    [spans] = kept
    assert [span.name for span in spans] == ["inner", "inner", "outer"]
    assert tree(spans) == {"inner": "outer", "outer": ""}
    assert len({span.trace for span in spans}) == 1
    assert all(span.start <= span.end for span in spans)


def test_calls_one_after_another_are_traces_of_their_own(kept):
    inner(1)
    inner(2)

    assert len({spans[0].trace for spans in kept}) == 2


def test_an_error_is_passed_on_and_named_without_its_text(kept):
    @gonogo.trace
    def broken():
        raise ValueError("the secret")

    with pytest.raises(ValueError, match="the secret"):
        broken()

    [[span]] = kept
    assert (span.failed, span.attributes) == (True, {"error.type": "ValueError"})
    assert span.name.endswith("broken")


async def test_tasks_keep_their_place(kept):
    @gonogo.trace(name="child")
    async def child(number):
        await asyncio.sleep(0)
        return inner(number)

    @gonogo.trace(name="outer")
    async def outer():
        return await asyncio.gather(child(1), child(2))

    assert await outer() == [2, 3]

    [spans] = kept
    children = {span.id for span in spans if span.name == "child"}
    assert {span.parent for span in spans if span.name == "inner"} == children
    assert len(children) == 2


def test_a_thread_that_copies_its_context_keeps_its_place(kept):
    import threading

    @gonogo.trace(name="outer")
    def outer():
        context = copy_context()
        thread = threading.Thread(target=lambda: context.run(inner, 1))
        thread.start()
        thread.join()

    outer()

    assert tree(kept[0]) == {"inner": "outer", "outer": ""}


def test_a_generator_is_open_to_its_end_and_owns_only_its_own_calls(kept):
    @gonogo.trace(name="pieces")
    def pieces():
        yield inner(0)
        yield inner(1)

    @gonogo.trace(name="reader")
    def reader():
        return [inner(piece) for piece in pieces()]

    assert reader() == [2, 3]

    by_id = {span.id: span.name for span in kept[0]}
    assert sorted(by_id[span.parent] for span in kept[0] if span.name == "inner") == ["pieces"] * 2 + ["reader"] * 2


async def test_an_async_generator_that_is_left_early_ends_its_span(kept):
    closed = []

    @gonogo.trace(name="pieces")
    async def pieces():
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    made = pieces()
    assert await anext(made) == 1
    await made.aclose()

    [[span]] = kept
    assert (span.name, span.failed, closed) == ("pieces", False, [True])


@given(st.lists(st.sampled_from(["next", "send", "throw", "close"]), max_size=8))
def test_a_generator_behaves_as_without_it(actions):
    def talk():
        said = []
        while len(said) < 4:
            try:
                said.append((yield len(said)))
            except KeyError:
                said.append("caught")
        return said

    def played(made):
        told = []
        for action in actions:
            try:
                if action == "next":
                    told.append(next(made))
                elif action == "send":
                    told.append(made.send("word"))
                elif action == "throw":
                    told.append(made.throw(KeyError("x")))
                else:
                    told.append(made.close())
            except (StopIteration, TypeError, KeyError) as error:
                told.append((type(error), getattr(error, "value", None)))
        made.close()
        return told

    assert played(gonogo.trace(talk)()) == played(talk())


def test_below_a_callers_trace_it_joins_that(kept):
    token = CALLER_TRACE.set(f"{'a' * 32}-{'b' * 16}")
    try:
        inner(1)
    finally:
        CALLER_TRACE.reset(token)

    [[span]] = kept
    assert (span.trace, span.parent) == ("a" * 32, "b" * 16)


def test_a_keeper_that_fails_does_not_fail_the_function(monkeypatch):
    def broken(spans):
        raise OSError("disk")

    monkeypatch.setattr(functions, "KEEPERS", [broken])

    assert inner(1) == 2


def test_a_long_loop_keeps_a_bounded_number(kept, monkeypatch):
    monkeypatch.setattr(functions, "MOST_SPANS", 3)

    @gonogo.trace(name="outer")
    def outer():
        for number in range(10):
            inner(number)

    outer()

    assert [span.name for span in kept[0]] == ["inner", "inner", "inner", "outer"]


def test_what_was_wrapped_keeps_its_name_and_kind():
    @gonogo.trace
    async def documented():
        """Words."""

    assert (documented.__name__, documented.__doc__) == ("documented", "Words.")
    assert asyncio.iscoroutinefunction(documented)
