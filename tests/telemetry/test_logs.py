"""No secret and no prompt in any line of the log."""

from __future__ import annotations

import io
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.telemetry.logs import HIDDEN, Scrubber, scrubbed_logs

FORMS = ["text", "json"]
# Without brackets: what stands for a secret must not be taken for one.
SECRETS = st.text(st.characters(exclude_characters="[]", exclude_categories=["Cs"]), min_size=8, max_size=40)


def logged(form, secrets, write) -> str:
    stream = io.StringIO()
    with scrubbed_logs(secrets, form=form, stream=stream):
        write(logging.getLogger("tests.logs"))
    return stream.getvalue()


@pytest.mark.parametrize("form", FORMS)
@given(secret=SECRETS, before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_known_secret_is_in_no_line_however_it_came_there(form, secret, before, after):
    def write(log):
        log.warning("%s%s%s", before, secret, after)
        log.warning({"key": secret})
        log.warning("%r %r", secret, secret.encode())
        try:
            raise ValueError(secret)
        except ValueError:
            log.exception("it failed with %s", secret)

    text = logged(form, [secret], write)

    for variant in (secret, json.dumps(secret)[1:-1], repr(secret)[1:-1]):
        assert variant not in text.replace(HIDDEN, "")
    if form == "json":
        assert all(secret not in json.loads(line)["message"] for line in text.splitlines())


@pytest.mark.parametrize(
    "said",
    [
        "Authorization: Bearer abc123def", "authorization=Basic YWJjMTIzZGVm", "{'authorization': 'Bearer abc123def'}",
        "x-api-key: abc123def", "https://host/?api_key=abc123def&x=1", "gng_0a1b2c3d_abc123def-_x", "sk-abc123defabc",
        'password="abc123def"', "token: abc123def",
    ],
)  # fmt: skip
def test_what_is_shaped_like_a_secret_is_hidden_too(said):
    shown = Scrubber([])(said)

    assert "abc123def" not in shown
    assert "YWJj" not in shown
    assert HIDDEN in shown


def test_the_public_part_of_a_key_stays_readable():
    assert Scrubber([])("key gng_0a1b2c3d_s3cret was refused") == f"key gng_0a1b2c3d_{HIDDEN} was refused"


def test_ordinary_words_stay_as_they_are():
    said = "support:production now serves support@7; 3 tokens a second; the basics: a bearer"
    assert Scrubber(["", "abc"])(said) == said


@pytest.mark.parametrize("form", FORMS)
def test_the_text_of_an_exception_is_left_out_and_its_stack_is_kept(form):
    said = "the" + " prompt"

    def write(log):
        try:
            try:
                raise KeyError(said)
            except KeyError as error:
                raise ValueError(f"cannot read: {said}") from error
        except ValueError:
            log.exception("unexpected error")

    text = logged(form, [], write)

    assert said not in text
    assert "builtins.KeyError" in text
    assert "builtins.ValueError" in text
    assert "test_logs.py" in text


def test_a_message_is_one_line_and_cannot_forge_another():
    text = logged("text", [], lambda log: log.warning("asked for %s", "x\n2026-01-01 ERROR gonogo: forged"))

    assert len(text.splitlines()) == 1


def test_a_json_line_has_its_fields():
    text = logged("json", [], lambda log: log.error("it is %s", "so"))

    found = json.loads(text)
    assert (found["level"], found["logger"], found["message"]) == ("ERROR", "tests.logs", "it is so")
    assert found["time"].endswith("+00:00")


def test_afterwards_everything_is_as_before():
    before = list(logging.getLogger().handlers)
    logged("text", [], lambda log: None)
    assert logging.getLogger().handlers == before
