"""``traceparent``, as W3C Trace Context has it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.telemetry import caller_trace

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.mark.parametrize("header", [f"00-{TRACE}-{SPAN}-01", f" 00-{TRACE}-{SPAN}-00 ", f"cc-{TRACE}-{SPAN}-01-what"])
def test_the_callers_trace_and_span_are_read(header):
    assert caller_trace(header) == f"{TRACE}-{SPAN}"


@pytest.mark.parametrize(
    "header",
    [
        "", f"ff-{TRACE}-{SPAN}-01", f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01", f"00-{TRACE}-{SPAN}-01-more", f"00-{TRACE}-{SPAN}", f"00-{TRACE}{SPAN}-01",
    ],
)  # fmt: skip
def test_a_malformed_header_is_as_none(header):
    assert caller_trace(header) == ""


@given(st.text())
def test_no_header_at_all_breaks_it(header):
    assert caller_trace(header) == "" or len(caller_trace(header)) == 49
