"""LiteLLM's proxy as the peer: the same upstream, a key, one worker; CPU of a JSON request of both, turn by turn.

It is installed in an environment of its own (``pip install 'litellm[proxy]'``), whose ``litellm`` command is named.
Here: starting it and the comparison. Not here: the floor and ours (``__main__``).
"""

from __future__ import annotations

import os
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from benchmarks.gateway.load import closed_loop, question
from benchmarks.gateway.processes import Server, launched

KEY = "sk-bench"
CLIENTS = 16
ROUNDS = 7
FEWER = 10
"""So many times fewer requests are asked of it: it takes that much longer."""


@asynccontextmanager
async def litellm(command: str, folder: Path, port: int, upstream: str) -> AsyncIterator[Server]:
    """The proxy with one model, no database, no callbacks, its log at errors only."""
    config = folder / "litellm.yaml"
    config.write_text(
        "model_list:\n"
        "  - model_name: bench\n"
        f'    litellm_params: {{model: openai/m, api_base: "{upstream}/v1", api_key: sk-mock}}\n'
        f"general_settings: {{master_key: {KEY}}}\n"
        "litellm_settings: {telemetry: false}\n"
    )
    # Without this it fetches its table of prices from elsewhere at each start.
    environ = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
    path = f"{Path(command).parent}{os.pathsep}{os.environ['PATH']}"
    words = (command, "--config", str(config), "--host", "127.0.0.1", "--port", str(port), "--num_workers", "1")
    async with launched(*words, port=port, seconds=120, PATH=path, **environ) as server:
        yield server


async def compared(ours: Server, asked: tuple[bytes, bytes], peer: Server, url: str, requests: int) -> dict[str, Any]:
    """Milliseconds of CPU a request of each, medians of the rounds."""
    theirs = question(url, "bench", KEY, stream=False)
    await closed_loop(peer.port, theirs, 50, CLIENTS, stream=False)
    rounds: dict[str, list[float]] = {"gonogo": [], "litellm": []}
    for _ in range(ROUNDS):
        for name, server, text, times in (
            ("gonogo", ours, asked, requests),
            ("litellm", peer, theirs, max(1, requests // FEWER)),
        ):
            before = server.cpu()
            await closed_loop(server.port, text, times, CLIENTS, stream=False)
            rounds[name].append((server.cpu() - before) / times * 1e3)
    medians = {name: round(statistics.median(values), 3) for name, values in rounds.items()}
    ratios = [peers / own for own, peers in zip(rounds["gonogo"], rounds["litellm"], strict=True)]
    return {
        "cpu_ms_a_request": medians,
        "cpu_ms_of_each_round": {name: [round(value, 3) for value in values] for name, values in rounds.items()},
        "times_ours": round(statistics.median(ratios), 1),
        "times_ours_of_each_round": [round(ratio, 1) for ratio in ratios],
        "litellm_start_cpu_s": round(peer.start_cpu, 1),
        "litellm_pss_mb": round(peer.pss(), 1),
    }
