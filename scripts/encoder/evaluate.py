"""Scores a run of ``train`` on rows it did not see, in torch: AUC by set with a bootstrap interval, scores kept as
files.

    python scripts/encoder/evaluate.py --data DATA --minilm FOLDER --run RUN --sets q2,near,qqp [--most 1000]

Here: the sets, read whole or drawn once by seed. Rows marked EVAL are only measured. Contexts that occur in BEGIN
are dropped from Q2. Near misses of the kinds antonym, entity and year come from their own file, the other kinds
from edits of the same questions, all against the same true duplicates. Not here: tables and baselines
(``benchmarks/classifiers``).
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from pathlib import Path
from typing import Any

import model as m
import numpy as np
import torch
from pairs import COMMENTS, KINDS_A, KINDS_B, Pair, clean, evidence, held_out, pairs
from safetensors.torch import load_file
from train import Kept, cosines

from gonogo.training.compare import difference

FAITHFUL = {
    "q2": "faith_q2_wow",
    "begin": "faith_begin_wow",
    "tc_cmu": "faith_begin_tc_cmu",
    "halueval": "faith_halueval_qa",
}
TOXIC = {"davidson": "tox_davidson", "surge": "tox_surge", "toxigen": "tox_toxigen_seed", "madlibs": "tox_madlibs_bias"}


def lines(data: Path, folder: str, name: str) -> list[dict[str, Any]]:
    with gzip.open(data / folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def faithful(data: Path, name: str) -> list[Pair]:
    rows = [row for row in lines(data, "quality", FAITHFUL[name]) if row["label"] is not None]
    if name == "q2":
        known = {str(row["context"]).strip().lower() for row in lines(data, "quality", "faith_begin_wow")}
        rows = [row for row in rows if row["context"].strip().lower() not in known]
    return [
        Pair(
            "faithfulness",
            str(row["answer"]),
            evidence(str(row["answer"]), [str(row["context"])]),
            bool(row["label"]),
            name,
        )
        for row in rows
    ]


def near(data: Path, draw: random.Random, most: int) -> dict[str, list[Pair]]:
    from rows.near_misses import EDITS

    rows = lines(data, "quality", "cache_near_misses_dev")
    duplicates = [
        Pair("equivalence", row["text1"], row["text2"], True, "near") for row in rows if row["kind"] == "qqp_duplicate"
    ]
    duplicates = draw.sample(duplicates, min(most, len(duplicates)))
    texts = sorted({row["text1"] for row in rows})
    sets = {}
    for kind in (*KINDS_A, *KINDS_B):
        wrong = [(row["text1"], row["text2"]) for row in rows if row["kind"] == kind]
        if not wrong:
            edited = ((text, EDITS[kind](text, draw)) for text in draw.sample(texts, len(texts)))
            wrong = [(text, new) for text, new in edited if new and new.lower() != text.lower()][:600]
        sets[f"near {kind}"] = [
            *duplicates,
            *(Pair("equivalence", a, b, False, "near", kind) for a, b in draw.sample(wrong, min(most, len(wrong)))),
        ]
    return sets


def sets(data: Path, names: list[str], most: int, seed: int = 7) -> dict[str, list[Pair]]:
    """The named sets, each drawn from its own stream."""
    found: dict[str, list[Pair]] = {}
    for name in names:
        draw = random.Random(f"{name}:{seed}")
        if name in FAITHFUL:
            rows = faithful(data, name)
        elif name == "qqp":
            rows = [
                Pair("equivalence", r["text1"], r["text2"], bool(r["label"]), name)
                for r in lines(data, "quality", "cache_qqp_dev")
            ]
        elif name == "wikiqa":
            rows = [
                Pair("relevance", r["answer"], r["question"], bool(r["label"]), name)
                for r in lines(data, "quality", "rel_wikiqa_train")
            ]
        elif name.removeprefix("tox-") in COMMENTS:
            source = name.removeprefix("tox-")
            rows = [
                Pair("toxicity", r["text"], "", bool(r["label"]), source) for r in lines(data, "safety", TOXIC[source])
            ]
        else:
            found |= near(data, draw, most)
            continue
        found[name] = draw.sample(rows, min(most, len(rows)))
    return found


def logits(trunk: m.Trunk, top: m.Top, original: m.Top, rows: list[Pair]) -> np.ndarray:
    """The head's logit of each pair, all of one task."""
    kept = Kept(trunk, [(p.a, p.b) for p in rows], 64, 64)
    cosine = cosines(trunk, original, rows)
    out = np.zeros(len(rows))
    order = np.argsort(kept.lengths, kind="stable")
    with torch.inference_mode():
        for at in range(0, len(order), 64):
            some = order[at : at + 64]
            x, mask, judged, matched = kept.batch(some)
            out[some] = top(rows[0].task, x, mask, judged, matched, cosine[some]).numpy()
    return out


def tfidf(data: Path, rows: Path, run: dict[str, Any], tested: list[Pair]) -> np.ndarray:
    """The baseline: TF-IDF (characters 2-4 within words, words 1-2) and logistic regression, on the run's own pairs."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    seen = [pair for pair in pairs(data, rows, run["fold"], run["seed"]) if not held_out(pair)]
    grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), max_features=60_000, sublinear_tf=True)
    words = TfidfVectorizer(ngram_range=(1, 2), max_features=30_000, sublinear_tf=True)
    model = make_pipeline(make_union(grams, words), LogisticRegression(C=4.0, class_weight="balanced", max_iter=500))
    model.fit([pair.a for pair in seen], [pair.label for pair in seen])
    return np.asarray(model.decision_function([clean(pair.a) for pair in tested]))


def auc(y: np.ndarray, s: np.ndarray) -> float:
    """Area under the curve, ties counted half."""
    _, inverse, counts = np.unique(s, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positive = int(y.sum())
    return float((ranks[y == 1].sum() - positive * (positive + 1) / 2) / (positive * (len(y) - positive)))


def interval(y: np.ndarray, s: np.ndarray, seed: int = 0) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    draws = (rng.integers(0, len(y), len(y)) for _ in range(300))
    low, high = np.percentile([auc(y[at], s[at]) for at in draws if 0 < y[at].sum() < len(at)], [2.5, 97.5])
    return float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "minilm", "run"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--rows", type=Path, help="toxicity: also the baseline, on the run's pairs")
    parser.add_argument("--sets", required=True)
    parser.add_argument("--most", type=int, default=1000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    run = json.loads((options.run / "run.json").read_text())
    depth = run["depth"]
    trunk, original = m.load(options.minilm, depth)
    original.eval()
    top = m.Top(depth)
    top.load_state_dict(load_file(str(options.run / "top.safetensors")))
    top.eval()
    for name, rows in sets(options.data, options.sets.split(","), options.most).items():
        y = np.array([p.label for p in rows])
        s = logits(trunk, top, original, rows)
        low, high = interval(y, s)
        line = f"{name}: AUC {auc(y, s):.3f} [{low:.3f}, {high:.3f}] n={len(y)} ({int(y.sum())} positive)"
        if rows[0].task in ("equivalence", "relevance"):
            line += f"; MiniLM cosine alone {auc(y, cosines(trunk, original, rows).numpy()):.3f}"
        if rows[0].task == "toxicity" and options.rows:
            base = tfidf(options.data, options.rows, run, rows)
            found = difference("auc", y, s, base)
            line += (
                f"; TF-IDF {auc(y, base):.3f}, difference {found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}] 90 %"
            )
        print(line, flush=True)
        np.savez(options.run / f"scores_{name.replace(' ', '_')}.npz", y=y, s=s)


if __name__ == "__main__":
    main()
