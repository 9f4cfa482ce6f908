"""The whole loop on the Brackenfield handbook, with figures measured as it runs.

Everything goes through the public verbs (`gonogo.open()`, `gonogo serve`); this script only edits copies of the folder
and prints what comes back. usage: python demo.py [--serve]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

import gonogo
from gonogo.monitoring import MonitorReport

HERE = Path(__file__).resolve().parent
MISSION = "brackenfield"
OURS = 0.5
"""Faithfulness under which the monitor counts an answer as a hallucination."""


@dataclass
class Tour:
    """One run: where it works, what it has measured for the closing table."""

    work: Path
    home: gonogo.Home
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    folder: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder = self.work / MISSION
        # Copied without their times: the clock from edit to live starts now.
        ignored = shutil.ignore_patterns("*.py", "__pycache__", "mission.lock")
        shutil.copytree(HERE, self.folder, ignore=ignored, copy_function=shutil.copy)

    def note(self, capability: str, figure: str, command: str) -> None:
        """A line of the closing table."""
        self.rows.append((capability, figure, command))

    def variant(self, name: str, edits: dict[str, tuple[str, str]]) -> Path:
        """A copy of the folder with one text replaced in each named file."""
        copy = self.work / "variants" / name / MISSION
        shutil.copytree(self.folder, copy, copy_function=shutil.copy)
        for file, (old, new) in edits.items():
            replace(copy / file, old, new)
        return copy


def replace(path: Path, old: str, new: str) -> None:
    """Edit a file; a text that is not there is a mistake of this script."""
    text = path.read_text(encoding="utf-8")
    if old not in text:
        raise SystemExit(f"{path} does not hold {old!r}")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def main() -> None:
    """Run every part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", action="store_true", help="leave the server running at the end")
    options = parser.parse_args()
    started, cpu = time.perf_counter(), time.process_time()
    work = Path(tempfile.mkdtemp(prefix="gonogo-demo-"))
    keep = False
    try:
        with gonogo.open(work / ".gonogo") as home:
            tour = Tour(work, home)
            first_deployment(tour)
            one_word(tour)
            routing(tour)
            cache(tour)
            faithfulness(tour)
            bad_version(tour)
            edited_page(tour)
            closing_table(tour)
            own_models(tour)
        print(f"\n{time.perf_counter() - started:.1f} s, {time.process_time() - cpu:.1f} s CPU in this process.")
        if options.serve:
            keep = True
            print(f"Home folder: {work / '.gonogo'}. Stop with Ctrl-C.")
            sys.stdout.flush()
            os.execv(sys.executable, [sys.executable, "-m", "gonogo", "--home", str(work / ".gonogo"), "serve"])
    finally:
        if not keep:
            shutil.rmtree(work, ignore_errors=True)


def title(text: str) -> None:
    """A heading."""
    print(f"\n{'=' * 4} {text}", flush=True)


def first_deployment(tour: Tour) -> None:
    """Folder to live."""
    title("A folder becomes a Version, is proven, and goes live")
    home = tour.home
    version = home.build(tour.folder).version
    pages = len(list((tour.folder / "knowledge").rglob("*.md")))
    print(f"{version.name}: {pages} pages, {len(version.mission.golden)} golden tasks, {len(version.parts)} parts")
    verdict = home.evaluate(version)
    print(verdict.line)
    deployment = home.deploy(version)
    run = home.run(verdict.run_id or "")
    assert run is not None
    tokens = sum(result.usage.input + result.usage.output for result in run.results)
    rate = sum(result.passed is True for result in run.results) / len(run.results)
    took = f"{len(run.results)} tasks took {run.cpu:.1f} s CPU, {tokens} tokens"
    print(f"live after {deployment.edit_to_live:.1f} s; {took}")
    figure = f"{100 * rate:.1f} % of {len(run.results)} tasks in {run.cpu:.1f} s CPU"
    tour.note("golden tasks", figure, f"gonogo evaluate examples/{MISSION}")


def answers_of(tour: Tour, verdict: gonogo.Verdict) -> tuple[dict[str, str], dict[str, str]]:
    """Answers of candidate and baseline by task."""
    runs = [tour.home.run(run or "") for run in (verdict.run_id, verdict.baseline_run_id)]
    mine, live = ({result.task_id: result.answer for result in run.results} if run else {} for run in runs)
    return mine, live


def moved(mine: dict[str, str], live: dict[str, str]) -> tuple[int, float]:
    """How many answers differ, and how far the mean answer moved (1 - share of words kept)."""
    far = [1 - SequenceMatcher(None, mine[task].split(), live[task].split()).ratio() for task in mine if task in live]
    return sum(distance > 0 for distance in far), sum(far) / max(len(far), 1)


def one_word(tour: Tour) -> None:
    """(a) One word changed: NO-GO; an irrelevant word: GO."""
    title('(a) One word in the system prompt: "Prefer the newest page" -> "Prefer the first page"')
    home = tour.home
    edited = tour.variant("first", {"prompts/system.md": ("Prefer the newest page", "Prefer the first page")})
    verdict = home.evaluate(home.build(edited).version)
    print(verdict.line)
    count, distance = moved(*answers_of(tour, verdict))
    broke = [task for comparison in verdict.comparisons for task in comparison.broke]
    print(f"{count} answers moved, the mean answer by {100 * distance:.1f} % of its words")
    by_id = {task.id: task for task in home.version(MISSION).mission.golden}
    mine, live = answers_of(tour, verdict)
    for task in broke[:3]:
        print(f"  {task}: {by_id[task].question}\n    live      {live[task]}\n    candidate {mine[task]}")
    try:
        home.deploy(f"{MISSION}@{verdict.candidate}")
    except gonogo.GateClosed as closed:
        print(f"deploy: {closed}")
    tour.note(
        "versioned prompts",
        f"one word: {len(broke)} tasks broke, {verdict.outcome}",
        f"gonogo diff {MISSION}@1 {MISSION}@2",
    )

    print('\nAn irrelevant word: "friendly" -> "kind"')
    edited = tour.variant("kind", {"prompts/system.md": ("friendly", "kind")})
    verdict = home.evaluate(home.build(edited).version)
    print(verdict.line)
    tour.note(
        "irrelevant edit",
        f"{moved(*answers_of(tour, verdict))[0]} answers moved, {verdict.outcome}",
        "gonogo verdict " + MISSION,
    )


def routing(tour: Tour) -> None:
    """(c) Always small, always large, routed."""
    title("(c) Routing: always small, always large, routed by difficulty")
    home = tour.home
    written = re.search(r"^routing:.*$", (tour.folder / "mission.yaml").read_text(encoding="utf-8"), re.MULTILINE)
    assert written is not None
    print(f"{'':14}{'passed':>9}{'CPU s':>9}{'tokens in':>11}{'out':>8}   to the large model")
    shown = {}
    for name, text in (
        ("always small", "routing: {simple: small, complex: small}"),
        ("always large", "routing: {simple: large, complex: large}"),
        ("routed", written.group()),
    ):
        folder = tour.variant(name.replace(" ", "-"), {"mission.yaml": (written.group(), text)})
        verdict = home.evaluate(home.build(folder).version, environment="trial")
        run = home.run(verdict.run_id or "")
        assert run is not None
        passed = sum(result.passed is True for result in run.results)
        large = Counter(result.model for result in run.results)["large"]
        tokens_in = sum(result.usage.input for result in run.results)
        tokens_out = sum(result.usage.output for result in run.results)
        shown[name] = (passed, large, len(run.results), tokens_in, tokens_out)
        print(f"{name:14}{passed:>5}/{len(run.results)}{run.cpu:>9.2f}{tokens_in:>11}{tokens_out:>8}   {large}")
    passed, large, tasks, tokens_in, tokens_out = shown["routed"]
    cheap, dear = price("gpt-5-mini"), price("gpt-5")
    if cheap and dear:
        small_share = 1 - large / tasks
        paid = tokens_in * (small_share * cheap[0] + (1 - small_share) * dear[0]) + tokens_out * (
            small_share * cheap[1] + (1 - small_share) * dear[1]
        )
        full = tokens_in * dear[0] + tokens_out * dear[1]
        print(
            f"At table prices the same tokens would cost ${paid / 1e6:.4f} routed between gpt-5-mini and gpt-5, "
            f"${full / 1e6:.4f} all on gpt-5 (a calculation: neither model was called)"
        )
    figure = f"{passed}/{tasks} routed, {shown['always small'][0]} small, {shown['always large'][0]} large"
    tour.note("routing", figure, f"gonogo ask {MISSION} QUESTION")


def price(model: str) -> tuple[float, float] | None:
    """Dollars per million tokens in and out from the packaged table."""
    from gonogo.providers import packaged_prices

    found = packaged_prices().price("openai", model)
    return None if found is None else (found.input, found.output)


def cache(tour: Tour) -> None:
    """(d) Paraphrases and opposite twins: a plain threshold beside ours."""
    title("(d) Cache: paraphrases deserve the same answer, twins do not")
    from gonogo.caching import needed

    home = tour.home
    rows = [json.loads(line) for line in (HERE / "repeats.jsonl").read_text(encoding="utf-8").splitlines()]
    live = home.version(f"{MISSION}:production")
    policy = live.mission.cache
    assert policy is not None
    asked = rows[::3]
    hits = Counter[tuple[str, str | None]]()
    for row in asked:
        for kind in ("question", "question", "paraphrase", "twin"):
            trace = home.ask(live, row[kind], keep=True, environment="cache-trial")
            hits[kind, trace.cache] += 1
    print(f"{'':34}{'paraphrases hit':>17}{'twins hit (wrong)':>20}")
    plain = {threshold: plain_threshold(rows, threshold) for threshold in (0.80, 0.90)}
    ruled = word_rules(rows)
    for name, (right, wrong) in (
        ("plain cosine >= 0.80", plain[0.80]),
        ("plain cosine >= 0.90", plain[0.90]),
        ("ours: word rules", ruled),
    ):
        print(f"{name:34}{right:>12}/{len(rows)}{wrong:>15}/{len(rows)}")
    near = sum(hits[kind, "semantic"] for kind in ("paraphrase", "twin"))
    print(
        f"served from the cache while asking {4 * len(asked)} times: {hits['question', 'exact']} of {len(asked)} exact "
        f"repeats, {near} near answers;\nnear answers stay off until {needed(policy.max_error)} agreeing observations "
        f"prove an error below {100 * policy.max_error:g} %"
    )
    figure = (
        f"{hits['question', 'exact']}/{len(asked)} repeats; wrong twins: ours {ruled[1]}, plain 0.90 {plain[0.90][1]}"
    )
    tour.note("cache", figure, "gonogo traces --json")


def word_rules(rows: list[dict[str, str]]) -> tuple[int, int]:
    """What our word rules would let through, before any evidence: paraphrases, twins."""
    from gonogo.caching.meaning import difference, meaning_of
    from gonogo.features import Reader, StaticEmbedder

    reader = Reader(StaticEmbedder())
    read = [
        {kind: meaning_of(reader.read(row[kind]), reader) for kind in ("question", "paraphrase", "twin")}
        for row in rows
    ]
    return (
        sum(difference(row["question"], row["paraphrase"]) is None for row in read),
        sum(difference(row["question"], row["twin"]) is None for row in read),
    )


def plain_threshold(rows: list[dict[str, str]], threshold: float) -> tuple[int, int]:
    """What a cache with nothing but a cosine threshold would serve: paraphrases, twins."""
    from gonogo.features import StaticEmbedder

    embedder = StaticEmbedder()
    kinds = [embedder.embed([row[kind] for row in rows]) for kind in ("question", "paraphrase", "twin")]
    close = [(kinds[0] * other).sum(axis=1) >= threshold for other in kinds[1:]]
    return int(close[0].sum()), int(close[1].sum())


def faithfulness(tour: Tour) -> None:
    """(e) Faithfulness on answers with one wrong number or name."""
    title("(e) Faithfulness: hand-written answers, a third with one wrong number or name (not from a model)")
    rows = [json.loads(line) for line in (HERE / "answers.jsonl").read_text(encoding="utf-8").splitlines()]
    began = time.process_time()
    flagged = Counter[tuple[int, bool]]()
    example = ""
    for row in rows:
        found = tour.home.score(row["question"], row["answer"], [row["context"]])["faithfulness"]
        suspicious = found.value is not None and found.detail != ""
        flagged[row["label"], suspicious] += 1
        if row["label"] == 0 and suspicious and not example:
            example = f"{row['answer']}\n    {found.detail}"
    cpu = (time.process_time() - began) / len(rows)
    caught, missed = flagged[0, True], flagged[0, False]
    accused, fine = flagged[1, True], flagged[1, False]
    print(
        f"wrong answers: {caught} caught, {missed} missed; right answers: {accused} falsely accused of {accused + fine}"
    )
    print(f"{1e3 * cpu:.2f} ms CPU an answer; for example\n    {example}")
    figure = f"{caught}/{caught + missed} caught, {accused}/{accused + fine} accused"
    tour.note("faithfulness", figure, f"gonogo score examples/{MISSION}/answers.jsonl")


def traffic(tour: Tour, count: int, seed: int, topics: tuple[str, ...] = ()) -> None:
    """Live questions drawn from the golden tasks, of some topics only where they are given."""
    home = tour.home
    live = home.version(f"{MISSION}:production")
    tasks = [task for task in live.mission.golden if not task.turns and (not topics or set(topics) & set(task.tags))]
    draw = random.Random(seed)
    for _ in range(count):
        home.ask(live, draw.choice(tasks).question, keep=True, environment="production")


def bad_version(tour: Tour) -> None:
    """(f) A bad Version forced out by override: what the monitor says; a change of topics alone says nothing."""
    title("(f) A bad Version forced out by override, and a mere change of topics")
    home = tour.home
    traffic(tour, 400, seed=3)
    print_rates(home.monitor(MISSION))
    print("\nThe mix of topics changes (only devices and the API are asked about); the Version stays:")
    traffic(tour, 150, seed=4, topics=("devices", "api"))
    calm = home.monitor(MISSION, window=150)
    paged = [alert for alert in calm.alerts if alert.severity == "page"]
    moved_topics = ", ".join(shift.topic for shift in calm.mix[:2]) or "none"
    print(f"  alerts that page: {len(paged)}; drift inside topics: {calm.drift.state if calm.drift else 'not read'}")
    print(f"  topics whose share moved: {moved_topics}")
    terse = ("Answer in at most two sentences.", "Answer in at most three words.")
    version = home.build(tour.variant("terse", {"prompts/system.md": terse})).version
    verdict = home.evaluate(version)
    print(f"\nEdited: at most three words.\n{verdict.line}")
    deployment = home.deploy(version, override="demo: somebody insists")
    print(f"deployed all the same; recorded for ever: override, {deployment.override!r}")
    traffic(tour, 400, seed=5)
    alarmed = home.monitor(MISSION, roll_back=True)
    for alert in alarmed.alerts:
        print(f"  {alert.message}\n    {alert.action}")
    now = home.status(MISSION)[0]
    if now.version == version.number:  # nothing that the Mission names under roll_back_on had risen enough
        now_live = home.rollback(MISSION, reason="the monitor's alerts").version
    else:
        now_live = now.version
    print(f"{MISSION}:production serves {MISSION}@{now_live} again")
    figure = f"{len(alarmed.alerts)} alerts on the bad Version, {len(paged)} pages on new topics"
    tour.note("drift", figure, f"gonogo monitor {MISSION}")
    overrides = sum(change.override is not None for change in home.history(MISSION))
    figure = f"@{now_live} is back; {overrides} override stays in the history"
    tour.note("deployment", figure, f"gonogo history {MISSION}")
    live = home.version(f"{MISSION}:production")
    injected = {task.id: task.question for task in live.mission.golden if "injection" in task.tags}
    refused = sum(home.ask(live, question).outcome == "refused" for question in injected.values())
    run = home.run(home.verdict(live.name).run_id or "")
    obeyed = sum(result.task_id in injected and result.passed is False for result in run.results) if run else 0
    figure = f"{refused} of {len(injected)} attempts stopped by a guardrail, {obeyed} obeyed"
    tour.note("injection", figure, f"gonogo verdict {live.name}")
    traces = home.traces(MISSION, limit=1000)
    used = sum(trace.usage.input for trace in traces), sum(trace.usage.output for trace in traces)
    tour.note("token use", f"{used[0]} in, {used[1]} out over {len(traces)} Traces", f"gonogo traces {MISSION}")


def print_rates(report: MonitorReport) -> None:
    """Every rate of the live Version with its interval."""
    assert report.now is not None
    for reading in report.now.rates:
        if reading.value is not None and reading.low is not None and reading.high is not None:
            interval = f"[{100 * reading.low:.1f}, {100 * reading.high:.1f}]"
            print(f"  {reading.name:14} {100 * reading.value:5.1f} % {interval:14} of {reading.total}")
    usage = report.now.usage
    print(f"  {'tokens':14} {usage.input} in, {usage.output} out; cost {report.now.cost.known:g} dollars")


def edited_page(tour: Tour) -> None:
    """(b) A page edited: the live server answers from its own index until a deployment."""
    title("(b) A page is edited while the server runs")
    home = tour.home
    question = "What colour is the Brackenfield delivery van?"
    server = subprocess.Popen(
        [sys.executable, "-m", "gonogo", "--home", str(tour.work / ".gonogo"), "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        address = re.search(r"http://\S+", server.stdout.readline())
        assert address is not None
        before, version = ask_server(address.group(), question)
        print(f"{version}: {before}")
        page = tour.folder / "knowledge" / "policies" / "delivery-van.md"
        page.write_text(
            "---\ntitle: Delivery van\ndate: 2025-11-01\n---\n\n"
            "## Colour\n\nThe Brackenfield delivery van is painted moss green.\n",
            encoding="utf-8",
        )
        home.build(tour.folder)  # remembers the folder; the pointer does not move
        same, version = ask_server(address.group(), question)
        print(f"after the edit, {version} still answers from its own index: {same}")
        verdict = home.evaluate(MISSION)
        print(verdict.line)
        home.deploy(MISSION)
        began = time.perf_counter()
        while time.perf_counter() - began < 5:
            now, version = ask_server(address.group(), question)
            if now != same:
                break
            time.sleep(0.02)
        print(f"{version}, {time.perf_counter() - began:.2f} s after the deployment: {now}")
        tour.note("retrieval index", f"new page live {time.perf_counter() - began:.2f} s after deploy", "gonogo status")
    finally:
        server.terminate()
        server.wait(timeout=20)


def ask_server(address: str, question: str) -> tuple[str, str]:
    """Answer and Version over HTTP, as any OpenAI client would ask."""
    body = json.dumps({"model": MISSION, "messages": [{"role": "user", "content": question}]}).encode()
    request = urllib.request.Request(f"{address}/v1/chat/completions", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as reply:
        content = json.load(reply)["choices"][0]["message"]["content"]
        return content, reply.headers["x-gonogo-version"]


def closing_table(tour: Tour) -> None:
    """Capability, the number just seen, the command to repeat it."""
    title("What was just seen")
    widths = [max(len(row[column]) for row in tour.rows) for column in range(3)]
    for row in tour.rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def own_models(tour: Tour) -> None:
    """How to run the same on a real model, where a key or a local server is seen."""
    found = []
    if os.environ.get("OPENAI_API_KEY"):
        found.append("openai")
    try:
        with urllib.request.urlopen("http://127.0.0.1:11434/api/tags", timeout=0.2):
            found.append("ollama")
    except OSError:
        pass
    if not found:
        print("\nBuilt-in models only: they answer with sentences of the pages and are not language models.")
        return
    tasks = len(tour.home.version(MISSION).mission.golden)
    prices = price("gpt-5-mini")
    cost = f", about ${tasks * (900 * prices[0] + 60 * prices[1]) / 1e6:.2f} on gpt-5-mini" if prices else ""
    print(f"\nSeen here: {', '.join(found)}. To run on it, name it under models in mission.yaml, for example")
    print(f"  small: {{provider: {found[0]}, model: MODEL}}   # {tasks} calls for one evaluation{cost}")


if __name__ == "__main__":
    main()
