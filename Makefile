.PHONY: demo demo-docs test lint types layers docs lock
demo:
	./demo
demo-docs:
	. ./scripts/environment.sh; environment core; .venv/bin/python examples/click_docs/demo.py
test:
	./test
lint:
	.venv/bin/ruff check . && .venv/bin/ruff format --check .
types:
	.venv/bin/mypy
layers:
	.venv/bin/lint-imports
docs:
	.venv/bin/python -m pytest -q tests/docs
lock:
	uv pip compile pyproject.toml requirements/build.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements/core.lock
	uv pip compile pyproject.toml requirements/build.in --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements/dev.lock
	uv pip compile pyproject.toml requirements/build.in --group ray --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q -c requirements/dev.lock -o requirements/ray.lock
