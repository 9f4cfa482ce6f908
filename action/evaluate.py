"""Runs ``gonogo evaluate`` for a workflow, and tells its outcome, its reports and how the step is to end.

Standard library only. Ends with 0 whatever the Verdict is, so that it can be commented on; ``leave-with`` is the code
that the last step of the action ends with. A Verdict counts only where its file says the same as the exit code: a crash
may end with 1 too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

CODES = {"GO": 0, "NO-GO": 1, "INCONCLUSIVE": 3, "INVALID": 4}
MAY_FAIL = {"no-go": "NO-GO", "inconclusive": "INCONCLUSIVE", "invalid": "INVALID"}
BAD_INPUT, OUR_BUG = 65, 70
REPORTS = {"json": "verdict.json", "markdown": "verdict.md", "html": "verdict.html", "junit": "junit.xml"}
BASELINE = "the baseline of a comparison in CI"


def given(name: str) -> str:
    """An input of the action."""
    return os.environ.get(f"INPUT_{name}", "").strip()


def refuse(message: str) -> None:
    """End: an input cannot be used."""
    print(f"::error title=gonogo::{message}")
    sys.exit(BAD_INPUT)


def failing() -> set[str]:
    """Outcomes that fail the step. A misspelt one is refused: it must not mean that NO-GO passes."""
    words = {word.strip().lower() for word in given("FAIL_ON").split(",")} - {"", "none"}
    if unknown := words - MAY_FAIL.keys():
        refuse(f"fail-on: {min(unknown)!r} is no outcome; write {', '.join(MAY_FAIL)}, or none")
    return {MAY_FAIL[word] for word in words}


def gonogo() -> list[str]:
    """The command, with where it works."""
    # -P: a folder `gonogo` in the repository must not be run in place of what was installed.
    command = [sys.executable, "-P", "-m", "gonogo"]
    if server := given("SERVER"):
        return [*command, "--server", server]
    return [*command, "--home", given("HOME") or str(Path(os.environ["RUNNER_TEMP"]) / "gonogo-home")]


def environment() -> dict[str, str]:
    """Of the command: that of the workflow, and the server's key where one is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INPUT_")}
    return {**kept, "GONOGO_KEY": given("KEY")} if given("KEY") else kept


def run_baseline() -> int:
    """Make the baseline live in the home folder; the exit code."""
    command = [
        *gonogo(),
        "deploy",
        "--environment",
        given("ENVIRONMENT"),
        "--override",
        BASELINE,
        "--",
        given("BASELINE"),
    ]
    print(f"the baseline is {given('BASELINE')}", flush=True)
    return subprocess.run(command, env=environment(), check=False).returncode


def evaluate(reports: dict[str, Path]) -> int:
    """The evaluation itself; the exit code."""
    options = ["--environment", given("ENVIRONMENT"), "--report", "github"]
    options += [word for kind, path in reports.items() for word in ("--report", f"{kind}={path}")]
    for option, name in (("--replay", "REPLAY"), ("--max-cost", "MAX_COST")):
        options += [option, given(name)] if given(name) else []
    return subprocess.run(
        [*gonogo(), "evaluate", *options, "--", given("FOLDER")], env=environment(), check=False
    ).returncode


def outcome(code: int, path: Path) -> str:
    """The Verdict, where the file and the exit code agree on one; else empty."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))["verdict"]["outcome"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return told if CODES.get(told) == code else ""


def main() -> None:
    """Everything."""
    fails = failing()
    if not given("FOLDER"):
        refuse("folder: name the Mission folder")
    if given("BASELINE") and given("SERVER"):
        refuse("baseline and server: a server has a live Version of its own")
    folder = Path(tempfile.mkdtemp(prefix="gonogo-reports-", dir=os.environ["RUNNER_TEMP"]))
    reports = {kind: folder / name for kind, name in REPORTS.items()}
    code = run_baseline() if given("BASELINE") else 0
    found = ""
    if code == 0:
        code = evaluate(reports)
        found = outcome(code, reports["json"])
    # What is no Verdict never passes, and never looks like one.
    leave_with = (code if found in fails else 0) if found else (code if code not in CODES.values() else OUR_BUG)
    told = {"verdict": found, "exit-code": str(code), "leave-with": str(leave_with)}
    told |= {kind: str(path) for kind, path in reports.items() if path.is_file()}
    with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as output:
        output.writelines(f"{name}={value}\n" for name, value in told.items())


if __name__ == "__main__":
    main()
