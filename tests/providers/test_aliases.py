"""Names that can change behind our back are warned of, pinned ones are not."""

from __future__ import annotations

import pytest

from gonogo.providers.aliases import alias_warning, is_alias


@pytest.mark.parametrize(
    "model",
    ["gpt-5", "gpt-4o", "chatgpt-4o-latest", "claude-3-5-sonnet-latest", "llama3", "llama3:8b", "llama3:latest",
     "gemini-2.5-pro", "o3-mini", "gemini-2.5-pro-preview-0506", "meta-llama/Llama-3.1-8B-Instruct"],
)  # fmt: skip
def test_a_moving_name_is_warned_of_by_name(model: str) -> None:
    assert str(is_alias(model)).startswith(model)


@pytest.mark.parametrize(
    "model",
    ["gpt-4o-2024-08-06", "gpt-4-0613", "claude-sonnet-4-20250514", "extractive-large", "extractive-small",
     "llama3@sha256:3f1a9d7c2b11", "llama3:8b-365c0bd3c000", "org/model@5b6c7d8"],
)  # fmt: skip
def test_a_pinned_name_is_not_warned_of(model: str) -> None:
    assert is_alias(model) is None


def test_providers_without_upstream_have_no_aliases() -> None:
    assert alias_warning("scripted", "anything") is None
    assert alias_warning("openai", "gpt-5") is not None
