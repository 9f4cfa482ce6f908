"""Places: where each command runs when a server is named.

Here: the table, by words of the command line. Not here: asking the server (``workspace`` and its like). A test holds
every command of ``cli.app`` to be in it, and every route to be one of the management API.
"""

from __future__ import annotations

from collections.abc import Mapping

BUILD, EVALUATE = "POST /api/builds", "POST /api/evaluations"
VERSION, VERSIONS = "GET /api/versions/{name}", "GET /api/versions"
ENVIRONMENTS, ENVIRONMENT = "GET /api/environments", "/api/environments/{mission}/{environment}"
CLASSIFIER = "/api/classifiers/{name}"
JUDGES = "/api/versions/{name}/judges"
TRACE = "GET /api/traces/{id}"

SERVED: Mapping[str, tuple[str, ...]] = {
    "validate": ("POST /api/validations",),
    "build": (BUILD,),
    "log": (VERSIONS, "GET /api/missions/{mission}/parts/{part}"),
    "show": (VERSION,),
    "diff": ("GET /api/diff",),
    "knowledge diff": ("GET /api/knowledge/diff",),
    "knowledge search": ("POST /api/knowledge/search",),
    "knowledge eval": ("POST /api/folders/searches",),
    "knowledge tune": ("POST /api/folders/tunings",),
    "knowledge gc": ("POST /api/knowledge/collections",),
    "plan": ("POST /api/plans", "POST /api/folders/plan"),
    "evaluate": (BUILD, EVALUATE, "POST /api/plans", "GET /api/runs/{id}"),
    "compare": (BUILD, "POST /api/comparisons"),
    "weigh": ("POST /api/folders/weights",),
    "route": ("POST /api/folders/thresholds",),
    "sensitivity": ("POST /api/folders/sensitivity",),
    "score": ("POST /api/scores",),
    "judge list": (f"GET {JUDGES}",),
    "judge show": (f"GET {JUDGES}/{{judge}}",),
    "judge label": (f"GET {JUDGES}/{{judge}}/unlabelled", f"POST {JUDGES}/{{judge}}/labels"),
    "judge calibrate": (f"POST {JUDGES}/{{judge}}/calibrations",),
    "judge compare": (f"POST {JUDGES}/{{judge}}/comparisons",),
    "golden draft": ("POST /api/folders/drafts",),
    "golden check": (BUILD, "POST /api/golden/checks"),
    "golden status": ("POST /api/folders/golden",),
    "golden promote": ("POST /api/folders/golden",),
    "golden add": (TRACE, "GET /api/traces/{id}/annotations"),
    "backtest": (
        BUILD,
        "POST /api/backtests",
        "POST /api/backtests/plan",
        "GET /api/runs/{id}",
        "GET /api/traces/{id}",
    ),
    "verdict": ("GET /api/verdicts/{name}", "GET /api/runs/{id}"),
    "deploy": (f"POST {ENVIRONMENT}/deployments", "GET /api/verdicts/{name}"),
    "rollback": (f"POST {ENVIRONMENT}/rollback",),
    "status": (ENVIRONMENTS,),
    "history": ("GET /api/deployments",),
    "ask": ("POST /api/ask",),
    "keys create": ("POST /api/keys",),
    "keys limit": ("POST /api/keys/{id}/limits",),
    "keys list": ("GET /api/keys",),
    "keys revoke": ("DELETE /api/keys/{id}",),
    "keys rotate": ("POST /api/keys/{id}/rotate",),
    "forget": ("POST /api/forgotten",),
    "traces": ("GET /api/traces",),
    "trace": ("GET /api/traces/{id}",),
    "diagnose": ("GET /api/traces/{id}/diagnosis",),
    "monitor": ("GET /api/monitors/{mission}", "POST /api/monitors/{mission}/rollback"),
    "cost": ("GET /api/costs",),
    "budgets": ("GET /api/budgets",),
    "annotate": ("POST /api/traces/{id}/annotations", "POST /api/answers/annotations"),
    "classifiers list": ("GET /api/classifiers",),
    "classifiers show": (f"GET {CLASSIFIER}",),
    "classifiers why": (f"GET {CLASSIFIER}/lineage",),
    "classifiers register": ("POST /api/classifiers",),
    "classifiers promote": (f"POST {CLASSIFIER}/promotions", f"GET {CLASSIFIER}/promotions"),
    "classifiers rollback": (f"POST {CLASSIFIER}/rollback",),
    "classifiers calibrate": (f"POST {CLASSIFIER}/calibrations",),
    "classifiers rows": (f"GET {CLASSIFIER}/rows",),
    "classifiers drift": (f"GET {CLASSIFIER}/drift",),
    "classifiers skew": (f"GET {CLASSIFIER}/skew",),
    "classifiers bias": (f"GET {CLASSIFIER}/bias",),
}
"""Commands that a server does, with the requests that they are made of."""

LEARNS = "as it reads rows of this machine and takes the CPU that answers need (`classifiers register` sends weights)"
READS_ROWS = "as it reads rows of this machine"
STORE_FILES = "as it reads and writes files beside the store"
LOCAL: Mapping[str, str] = {
    "serve": "as it is what makes this machine one",
    "backup": STORE_FILES,
    "restore": STORE_FILES,
    "knowledge status": "as it reads the folder that the Mission is edited in (`knowledge diff` compares Versions)",
    "import": "as it reads files and writes a folder of this machine",
    "classifiers train": LEARNS,
    "classifiers evaluate": READS_ROWS,
    "classifiers compare": READS_ROWS,
}
"""Commands that refuse to be done on a server, and why; a clause."""

NO_STORE = frozenset({"new", "schema", "classifiers features"})
"""Commands that ask nobody: they do the same whether a server is named or not."""

PARTLY: Mapping[str, str] = {
    "ask FOLDER": "as its cost would be in no Trace (build the folder there and ask the Version)",
    "--record and --replay": "as calls are kept in a file of this machine, and the server would make them",
}
"""What commands that a server does refuse there, and why."""
