"""What every test may use, and which tests are left out unless ``--all`` asks for them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from hypothesis import settings
from tests.postgres_server import PostgresServer, why_not

# No deadline: a busy machine is no failure. In CI the same examples every time: a new find belongs to whoever runs
# `./test`, not to whoever lands next.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# A shell that starts this run in the background hands down an ignored SIGINT, and every command a test starts would
# inherit it and never hear its Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

LEFT_OUT = {
    "slow": "takes more than a few seconds: ./test --all runs it",
    "needs_openai": "uses the official openai SDK: ./test --all runs it",
    "needs_anthropic": "uses the official anthropic SDK: ./test --all runs it",
    "needs_browser": "needs chromium: ./test --all runs it",
}

EXTRAS = {
    "needs_training": ("sklearn", "training"),
    "needs_onnx": ("onnxruntime", "minilm"),
    "needs_pdf": ("pypdf", "pdf"),
    "needs_ray": ("ray", "ray"),
}
"""Marker to (package, extra) that such a test needs; the lock file of the tests has them, or one of its own."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--all``: leave nothing out."""
    parser.addoption("--all", action="store_true", help="run slow tests and those that need an SDK or a browser too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what the default run leaves out, each with its reason, so that the summary counts and names it."""
    missing = {mark: extra for mark, (package, extra) in EXTRAS.items() if find_spec(package) is None}
    for item in items:
        for mark, extra in missing.items():
            if item.get_closest_marker(mark) is not None:
                item.add_marker(pytest.mark.skip(reason=f"needs pip install 'gonogo[{extra}]'"))
    if config.getoption("--all"):
        return
    for item in items:
        for mark, reason in LEFT_OUT.items():
            if item.get_closest_marker(mark) is not None:
                item.add_marker(pytest.mark.skip(reason=reason))
                break


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server, where one can be started."""
    if reason := why_not() or ("needs pip install 'gonogo[postgres]'" if find_spec("psycopg") is None else None):
        pytest.skip(reason)
    server = PostgresServer()
    yield server
    server.close()
