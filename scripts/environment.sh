# environment core|dev|ray: makes .venv and installs from the lock file, once for each content of it.
environment() {
  lock="requirements/$1.lock"
  if [ ! -x .venv/bin/python ]; then
    python=""
    for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
      if command -v "$name" >/dev/null 2>&1 &&
        "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
        python="$name"
        break
      fi
    done
    if [ -z "$python" ]; then
      echo "gonogo needs Python 3.11 to 3.13: install it, or set PYTHON to its path" >&2
      exit 69
    fi
    echo "Making .venv with $("$python" --version)"
    "$python" -m venv .venv
  fi
  stamp=".venv/installed-$1"
  if ! cmp -s "$lock" "$stamp"; then
    echo "Installing from $lock (every file checked against its hash)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
    cp "$lock" "$stamp"
    # The larger set holds the smaller one.
    if [ "$1" != core ]; then cp requirements/core.lock .venv/installed-core; fi
    if [ "$1" = ray ]; then cp requirements/dev.lock .venv/installed-dev; fi
  fi
}
