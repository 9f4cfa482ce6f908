#!/usr/bin/env bash
# Installs gonogo into an environment of its own, once a job, and tells its Python as an output of the step.
set -euo pipefail
# -P throughout: what stands in the repository must not be run in place of Python's own modules.

venv="$RUNNER_TEMP/gonogo-venv"
if [[ ! -f "$venv/installed" ]]; then
  if ! "$INPUT_PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "::error title=gonogo::Python 3.11 or newer is needed; name one with the input python"
    exit 65
  fi
  "$INPUT_PYTHON" -P -m venv "$venv"
fi
python="$venv/bin/python"
[[ -x "$python" ]] || python="$venv/Scripts/python.exe"
if [[ ! -f "$venv/installed" ]]; then
  "$python" -P -m pip install --quiet --disable-pip-version-check "${INPUT_INSTALL:-$GITHUB_ACTION_PATH}"
  touch "$venv/installed"
fi
echo "python=$python" >> "$GITHUB_OUTPUT"
