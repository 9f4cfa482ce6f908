from __future__ import annotations

import json

import pytest

from gonogo.domain import ModelRequest, Usage
from gonogo.errors import BadInput, NotFound, ProviderFailed, RecordingMissing
from gonogo.providers import Scripted, ScriptedModel
from gonogo.providers.recording import Recorded, Tape


def asked(question="How long?", system="Be brief.", **more) -> ModelRequest:
    messages = ({"role": "system", "content": system}, {"role": "user", "content": question})
    return ModelRequest(model="m1", messages=messages, system=system, question=question, **more)


async def said(provider, request) -> str:
    return "".join([delta.content async for delta in provider.generate(request)])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "calls" / "golden.jsonl"


async def record(path, answers, *requests):
    tape = Tape(path, record=True)
    model = ScriptedModel(answers, name="far")
    heard = [await said(Recorded("far", tape, model), request) for request in requests]
    tape.close()
    return heard, model


def replaying(path) -> Recorded:
    return Recorded("far", Tape(path, record=False), None)


async def test_a_recorded_call_is_answered_without_a_provider_and_costs_what_it_cost(path):
    await record(path, "Thirty days.", asked())
    deltas = [delta async for delta in replaying(path).generate(asked())]
    assert "".join(delta.content for delta in deltas) == "Thirty days."
    assert [delta.usage for delta in deltas if delta.usage] == [Usage(input=10, output=5)]
    assert [delta.finish_reason for delta in deltas if delta.finish_reason] == ["stop"]


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"system": "Be long."}, "the system message changed"),
        ({"parameters": {"temperature": 1}}, "the parameters changed"),
        ({"tools": ({"type": "function"},)}, "the tools changed"),
        ({"response_format": {"type": "json_object"}, "extra": {"x": 1}},
         "the response format and the extra fields changed"),
    ],
)  # fmt: skip
async def test_a_call_of_which_anything_differs_is_missing_and_the_error_says_what(path, changed, what):
    await record(path, "Thirty days.", asked())
    with pytest.raises(RecordingMissing, match=what) as error:
        await said(replaying(path), asked(**changed))
    assert "Record it with the same command and --record" in str(error.value)


async def test_another_provider_or_a_question_nobody_recorded_is_missing(path):
    await record(path, "Thirty days.", asked())
    with pytest.raises(RecordingMissing, match=r"'Why[?]': the question was never recorded"):
        await said(replaying(path), asked("Why?"))
    with pytest.raises(RecordingMissing, match="the provider changed"):
        await said(Recorded("near", Tape(path, record=False), None), asked())


async def test_whether_it_is_streamed_does_not_matter(path):
    await record(path, "Thirty days.", asked(stream=True))
    assert await said(replaying(path), asked(stream=False)) == "Thirty days."


async def test_a_call_that_was_asked_twice_has_two_takes_in_their_order(path):
    await record(path, ["one", "two"], asked(), asked())
    again = replaying(path)
    assert [await said(again, asked()), await said(again, asked())] == ["one", "two"]
    with pytest.raises(RecordingMissing, match="it was recorded 2 times, and is asked once more"):
        await said(again, asked())


async def test_recording_again_asks_only_what_is_not_there(path):
    await record(path, "one", asked("A?"))
    heard, model = await record(path, "two", asked("A?"), asked("B?"))
    assert heard == ["one", "two"]
    assert [request.question for request in model.requests] == ["B?"]


async def test_the_file_is_the_same_in_whatever_order_calls_came(path, tmp_path):
    other = tmp_path / "other.jsonl"
    await record(path, {"A?": "a", "B?": "b"}, asked("A?"), asked("B?"))
    await record(other, {"A?": "a", "B?": "b"}, asked("B?"), asked("A?"))
    assert path.read_bytes() == other.read_bytes()


async def test_each_line_is_plain_json_that_a_person_can_read(path):
    await record(path, "Thirty days.", asked())
    [line] = path.read_text().splitlines()
    row = json.loads(line)
    assert (row["provider"], row["model"], row["question"], row["take"]) == ("far", "m1", "How long?", 0)
    assert row["deltas"][0] == {"content": "Thirty", "model": "m1"}


async def test_an_answer_that_failed_or_broke_off_is_not_recorded(path):
    failed = ProviderFailed("gone", provider="far")
    with pytest.raises(ProviderFailed):
        await record(path, [Scripted(text="Thirty days", failure=failed, fail_after=1)], asked())
    assert not path.exists()


async def test_a_line_that_a_killed_process_left_half_written_is_recorded_again(path):
    await record(path, "one", asked("A?"), asked("B?"))
    path.write_bytes(path.read_bytes()[:-20])
    heard, model = await record(path, "two", asked("A?"), asked("B?"))
    assert len(model.requests) == 1
    assert sorted(heard) == ["one", "two"]
    assert len(path.read_bytes().splitlines()) == 2


async def test_answers_are_in_the_file_before_the_recording_ends(path):
    tape = Tape(path, record=True)
    await said(Recorded("far", tape, ScriptedModel("one", name="far")), asked())
    assert await said(replaying(path), asked()) == "one"


def test_a_recording_without_any_call_is_there_and_empty(path):
    Tape(path, record=True).close()
    Tape(path, record=False).close()
    assert path.read_bytes() == b""


def test_a_missing_file_is_named_with_how_to_make_it(tmp_path):
    with pytest.raises(NotFound, match="make it with --record"):
        Tape(tmp_path / "none.jsonl", record=False)


@pytest.mark.parametrize("content", ["no json\n", '{"digest": 1}\n', "[]\n"])
def test_a_file_that_is_no_recording_is_refused_with_its_line(tmp_path, content):
    (tmp_path / "odd.jsonl").write_text(content)
    with pytest.raises(BadInput, match=r"odd.jsonl:1 is no recorded call"):
        Tape(tmp_path / "odd.jsonl", record=False)


async def test_an_address_is_not_recorded(path):
    from gonogo.clock import SystemClock
    from gonogo.providers import Endpoint, EndpointPool

    tape = Tape(path, record=True)
    pool = EndpointPool("far", [Endpoint("10.0.0.1", ScriptedModel("one"))], SystemClock())
    await said(Recorded("far", tape, pool), asked())
    assert "10.0.0.1" not in path.read_text()
