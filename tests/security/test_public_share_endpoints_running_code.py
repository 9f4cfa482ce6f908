"""Nothing is shared in public: without a key there is health and our own style sheet, both read-only."""

from __future__ import annotations


async def test_what_needs_no_key_only_reads_and_says_nothing_of_missions(live):
    for route in live.routes:
        if route.role is not None:
            continue
        assert route.method == "GET"
        answered = await live("GET", route.path.replace("{file}", "console.css"), authorization="")
        assert answered.status == 200
        assert b"support" not in answered.body


async def test_no_body_of_a_route_is_code(live):
    for code in ({"code": "print(1)"}, {"python": "print(1)"}, {"expression": "1+1"}, {"command": "id"}):
        for path, body in (
            ("/api/evaluations", {"version": "support@1"}),
            ("/api/ask", {"version": "support@1", "question": "?"}),
            ("/api/keys", {}),
            ("/api/environments/support/production/deployments", {"version": "support@1"}),
        ):
            refused = await live("POST", path, {**body, **code})
            assert refused.status == 400, (path, refused.body)
            assert next(iter(code)) in refused.error["message"]


async def test_a_folder_that_brings_code_brings_nothing_that_runs(api, folder):
    (folder / "conftest.py").write_text("open('/tmp/gonogo-ran', 'w')", encoding="utf-8")
    (folder / "sitecustomize.py").write_text("raise SystemExit", encoding="utf-8")
    (folder / "tools").mkdir()
    (folder / "tools/evil.py").write_text("raise SystemExit", encoding="utf-8")
    ended = await api.ended(await api.upload(folder))
    assert ended["state"] == "done"
