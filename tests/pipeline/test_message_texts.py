"""Every text of a message is found, and nothing else is touched."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.pipeline.message_texts import is_blob, replace_texts, texts_of

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
messages = st.dictionaries(
    st.sampled_from(["role", "content", "name", "tool_calls", "tool_call_id", "refusal", "audio"]), json_values
)
quick = settings(max_examples=60, deadline=None)


@quick
@given(messages)
def test_replacing_texts_by_themselves_gives_the_same_object(message: dict[str, Any]) -> None:
    assert replace_texts(message, lambda text: text) is message


@quick
@given(messages)
def test_every_text_that_can_be_read_can_be_replaced(message: dict[str, Any]) -> None:
    replaced = replace_texts(message, lambda text: "X", lambda text: "X")

    assert all(text == "X" for text in texts_of(replaced))
    assert len(list(texts_of(replaced))) == len(list(texts_of(replace_texts(message, str, lambda text: "X"))))
    assert _shape(replaced) == _shape(message)


@quick
@given(messages)
def test_replacing_leaves_the_given_message_alone(message: dict[str, Any]) -> None:
    before = repr(message)
    replace_texts(message, lambda text: text + "!")
    assert repr(message) == before


def test_texts_stand_in_content_parts_names_refusals_addresses_and_arguments() -> None:
    message = {
        "role": "assistant",
        "name": "n",
        "content": [
            {"type": "text", "text": "t"},
            {"type": "image_url", "image_url": {"url": "u", "detail": "low"}},
            {"type": "refusal", "refusal": "r"},
        ],
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "a"}}],
    }

    assert list(texts_of(message)) == ["n", "t", "u", "r", "f", "a"]


def test_encoded_files_are_no_texts() -> None:
    blob = "data:image/png;base64,AAAA"
    message = {
        "role": "user",
        "content": [
            {"type": "image_url", "image_url": {"url": blob}},
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            {"type": "file", "file": {"file_data": "AAAA", "filename": "a.pdf"}},
        ],
    }

    changed = replace_texts(message, str.upper, lambda file: f"<{len(file)}>")

    assert is_blob(blob)
    assert changed["content"] == [
        {"type": "image_url", "image_url": {"url": f"<{len(blob)}>"}},
        {"type": "input_audio", "input_audio": {"data": "<4>", "format": "wav"}},
        {"type": "file", "file": {"file_data": "<4>", "filename": "A.PDF"}},
    ]


def test_a_text_that_only_looks_like_an_encoded_file_is_still_a_text() -> None:
    for text in ("data: bob@example.com", "data:text", "see data:image/png;base64,AA"):
        assert list(texts_of({"role": "user", "content": text})) == [text]


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shape(inner) for key, inner in value.items()}
    return [_shape(inner) for inner in value] if isinstance(value, list) else type(value)
