"""What every test may use, and which tests are left out unless ``--all`` asks for them."""

from __future__ import annotations

import pytest

LEFT_OUT = {
    "slow": "takes more than a few seconds: ./test --all runs it",
    "needs_openai": "uses the official openai SDK: ./test --all runs it",
    "needs_browser": "needs chromium: ./test --all runs it",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--all``: leave nothing out."""
    parser.addoption("--all", action="store_true", help="run slow tests and those that need an SDK or a browser too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what the default run leaves out, each with its reason, so that the summary counts and names it."""
    if config.getoption("--all"):
        return
    for item in items:
        for mark, reason in LEFT_OUT.items():
            if item.get_closest_marker(mark) is not None:
                item.add_marker(pytest.mark.skip(reason=reason))
                break
