"""Runs a file of cases through gonogo against an OpenAI-compatible address, for rigs that time evaluation runners.

Each case is a JSON line {id, question, expected}; three assertions each (contains, regex, not-contains), the whole
product in use: Mission folder, build, pipeline, durable results, Verdict.

usage: python runner_adapter.py CASES.jsonl BASE_URL CONCURRENCY WORK   -> RESULT {"passed": n, "failed": m}
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import gonogo


def main() -> None:
    """Write the Mission, evaluate it, print the counts."""
    started = time.monotonic()
    cases, url, concurrency = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    work = Path(sys.argv[4]) / f"gonogo-{time.time_ns()}"
    folder, home = work / "bench", work / "home"
    folder.mkdir(parents=True)
    home.mkdir()
    (home / "settings.toml").write_text(f'[providers.mock]\nkind = "openai"\nbase_url = "{url}"\n', encoding="utf-8")
    (folder / "mission.yaml").write_text(
        'mission: bench\nprompt: {system: "Give the code."}\n'
        "models:\n  only: {provider: mock, model: mock}\ngolden: golden.jsonl\n"
        "gate: {mode: advisory, require: {pass_rate: {margin: 0.05}}}\n",
        encoding="utf-8",
    )
    with (folder / "golden.jsonl").open("w", encoding="utf-8") as golden:
        for line in cases.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            expect = [{"contains": case["expected"]}, {"regex": r"CODE-\d+"}, {"not-contains": "ERROR"}]
            golden.write(
                json.dumps({"id": f"case-{case['id']}", "question": case["question"], "expect": expect}) + "\n"
            )
    with gonogo.open(home) as opened:
        verdict = opened.evaluate(opened.build(folder).version, concurrency=concurrency)
        run = opened.run(verdict.run_id or "")
        assert run is not None
    passed = sum(result.passed is True for result in run.results)
    failed = sum(result.passed is False for result in run.results)
    print("RESULT " + json.dumps({"passed": passed, "failed": failed, "in_process_s": time.monotonic() - started}))


if __name__ == "__main__":
    main()
