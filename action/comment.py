"""Comments a Verdict on a pull request: one comment for each folder and Environment, updated in place.

Standard library only. The comment is found by a hidden marker at its start and by its author, so that nobody can put a
comment of their own in its place. Where there is no Verdict, the comment says so: an old GO must not stand beside a new
error. Trouble with commenting is a warning and never changes how the workflow ends.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, Request, build_opener

MOST_CHARACTERS = 65_536
A_PAGE, MOST_PAGES = 100, 100
TRIES, WITHIN = 4, 20.0
LONGEST_WAIT = 30.0
"""Seconds, between tries."""


class Trouble(Exception):
    """What kept a comment from being written, in words."""


class NoRedirect(HTTPRedirectHandler):
    """A redirect is an error: the token goes to the address that was named and to no other."""

    def redirect_request(self, *_: Any) -> None:
        return None


OPENER = build_opener(NoRedirect)


def ask(method: str, path: str, body: object = None) -> Any:
    """One request to GitHub, tried again where that may help."""
    address = os.environ.get("GITHUB_API_URL", "https://api.github.com").rstrip("/") + path
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {os.environ.get('INPUT_TOKEN', '')}",
        "Content-Type": "application/json",
        "User-Agent": "gonogo",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    content = None if body is None else json.dumps(body).encode()
    for again in range(TRIES):
        try:
            with OPENER.open(Request(address, content, headers, method=method), timeout=WITHIN) as reply:
                return json.load(reply)
        except HTTPError as error:
            wait = error.headers.get("Retry-After")
            if error.code < 500 and wait is None:
                raise
            if again == TRIES - 1:
                raise
            time.sleep(min(LONGEST_WAIT, float(wait) if wait and wait.isdigit() else 2.0**again))
        except (URLError, TimeoutError, ValueError) as error:
            if again == TRIES - 1:
                raise Trouble(f"GitHub does not answer: {getattr(error, 'reason', error)}") from error
            time.sleep(2.0**again)
    raise AssertionError


def event() -> dict[str, Any]:
    """What started the workflow; empty where nobody says."""
    try:
        found = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    except (KeyError, OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def number() -> str:
    """Of the pull request; empty where the event is of none."""
    if given := os.environ.get("INPUT_PULL_REQUEST", "").strip():
        return given if given.isdigit() else ""
    what = event()
    if "pull_request" in what:
        return str(what["pull_request"]["number"])
    issue = what.get("issue", {})
    return str(issue["number"]) if "pull_request" in issue else ""


def marker() -> str:
    """What tells the comment from every other; the ends of a comment of HTML cannot stand in it."""
    names = (quote(os.environ.get(name, "").strip(), safe="/") for name in ("INPUT_FOLDER", "INPUT_ENVIRONMENT"))
    return f"<!-- gonogo {' '.join(names)} -->"


def text() -> str:
    """The comment: the marker, the Verdict or that there is none, and what it is of."""
    env = os.environ
    repository = f"{env.get('GITHUB_SERVER_URL', '')}/{env.get('GITHUB_REPOSITORY', '')}"
    run = f"{repository}/actions/runs/{env.get('GITHUB_RUN_ID', '')}"
    commit = str(event().get("pull_request", {}).get("head", {}).get("sha") or env.get("GITHUB_SHA", ""))[:12]
    end = f"\n<sub>Of {commit}, [this run]({run}).</sub>\n"
    try:
        said = Path(env["MARKDOWN"]).read_text(encoding="utf-8")
    except (KeyError, OSError):
        code = env.get("EXIT_CODE") or "unknown"
        folder = env.get("INPUT_FOLDER", "").replace("`", "'")
        said = f"## 🚫 No Verdict\n\n`gonogo evaluate {folder}` ended with an error (exit code {code}): see the run.\n"
    room = MOST_CHARACTERS - len(marker()) - len(end) - 1
    return f"{marker()}\n{said if len(said) <= room else said[:room]}{end}"


def ours(repository: str, pull_request: str) -> int | None:
    """The id of the comment, where it is there."""
    author, mark = os.environ.get("INPUT_COMMENT_AUTHOR", ""), marker()
    for page in range(1, MOST_PAGES + 1):
        found = ask("GET", f"/repos/{repository}/issues/{pull_request}/comments?per_page={A_PAGE}&page={page}")
        for comment in found:
            if (comment.get("user") or {}).get("login") == author and (comment.get("body") or "").startswith(mark):
                return int(comment["id"])
        if len(found) < A_PAGE:
            return None
    return None


def write(repository: str, pull_request: str) -> str:
    """Update the comment or make it; which of both."""
    body = {"body": text()}
    known = ours(repository, pull_request)
    if known is not None:
        try:
            ask("PATCH", f"/repos/{repository}/issues/comments/{known}", body)
            return "updated"
        except HTTPError as error:
            if error.code != 404:  # somebody deleted it meanwhile
                raise
    ask("POST", f"/repos/{repository}/issues/{pull_request}/comments", body)
    return "made"


def explain(error: HTTPError) -> str:
    """What a refusal means."""
    if error.code in (401, 403, 404):
        return (
            f"GitHub refused it ({error.code}): the job needs `permissions: {{pull-requests: write}}`; for a pull "
            "request from a fork the token may only read"
        )
    return f"GitHub answered {error.code}"


def main() -> None:
    """Everything; ends with 0."""
    sys.stdout.reconfigure(encoding="utf-8")
    pull_request = number()
    if not pull_request:
        print("no pull request to comment on: the Verdict stands in the step's summary")
        return
    try:
        print(f"comment {write(os.environ['GITHUB_REPOSITORY'], pull_request)}")
    except HTTPError as error:
        print(f"::warning title=gonogo::the comment was not written: {explain(error)}")
    except (Trouble, KeyError, TypeError, AttributeError) as error:
        said = " ".join(str(error).split()).replace("%", "%25")
        print(f"::warning title=gonogo::the comment was not written: {said}")


if __name__ == "__main__":
    main()
