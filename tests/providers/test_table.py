"""The static table makes every kind of provider that ships with gonogo."""

from __future__ import annotations

import subprocess
import sys

import pytest

import gonogo.providers as providers
from gonogo.features import Reader, StaticEmbedder
from gonogo.providers.table import PROVIDERS, ProviderOptions


@pytest.mark.parametrize("kind", PROVIDERS)
async def test_every_kind_can_be_made_under_the_name_it_was_given(kind: str) -> None:
    options = ProviderOptions(name="mine", reader=Reader(StaticEmbedder()), base_url="http://127.0.0.1:1/v1")
    provider = PROVIDERS[kind](options)
    assert provider.name == "mine"
    await provider.close()


def test_a_key_is_not_shown_with_the_options() -> None:
    options = ProviderOptions(name="mine", reader=Reader(StaticEmbedder()), api_key="sk-hidden")
    assert "sk-hidden" not in repr(options)


def test_every_public_name_exists_and_is_documented() -> None:
    assert list(providers.__all__) == sorted(providers.__all__, key=lambda name: (not name.isupper(), name))
    assert all(hasattr(providers, name) for name in providers.__all__)


def test_importing_the_package_loads_no_http_library() -> None:
    loaded = "import sys, gonogo.providers; print('aiohttp' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
