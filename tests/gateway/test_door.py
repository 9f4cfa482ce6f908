"""Nobody comes in without being let in."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from msgspec import structs

from gonogo.access import ROLES, allows, hash_key, rotated
from gonogo.contracts import HttpReply, HttpRequest, Route
from gonogo.domain import RateLimits
from gonogo.errors import KeyRefused, NotAllowed, StoreBusy
from gonogo.gateway import Door
from gonogo.gateway.door import is_loopback

OPEN = Route(method="GET", path="/x", handler=None, role="viewer")  # type: ignore[arg-type]
HERE = {"host": "127.0.0.1:8420"}


async def fine(http: HttpRequest) -> HttpReply:
    return HttpReply(body=http.caller.role.encode())


def every_route(gate: Any) -> list[tuple[Route, str]]:
    """Each route of the table with a path that matches it; one for each role is added."""
    gate.extra_routes = [Route(method="POST", path=f"/{role}/{{name}}", handler=fine, role=role) for role in ROLES]
    return [(route, route.path.replace("{name}", "support")) for route in gate.application.routes]


async def test_no_route_is_open_without_credentials_but_those_that_say_so(gate: Any) -> None:
    gate.open_locally = False
    open_ones = set()

    for route, path in every_route(gate):
        for headers in ({}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic x"}, {"authorization": ""}):
            reply = await gate.call(route.method, path, headers=headers)
            if reply.status != 401:
                open_ones.add(path)
                assert route.role is None

    assert open_ones == {"/health"}


@pytest.mark.parametrize("held", ROLES)
async def test_each_role_may_do_what_it_may_on_every_route_and_nothing_more(gate: Any, held: str) -> None:
    gate.open_locally = False
    secret, _ = await gate.key(role=held)

    for route, path in every_route(gate):
        reply = await gate.call(route.method, path, key=secret)
        allowed = route.role is None or allows(held, route.role)  # type: ignore[arg-type]
        assert (reply.status == 403) is not allowed, f"{held} at {path}: {reply.status}"
        assert reply.status not in (401, 500)


async def test_what_needs_no_key_tells_nothing_about_missions(gate: Any) -> None:
    gate.open_locally = False
    await gate.deploy()
    await gate.serving.refresh()

    reply = await gate.call("GET", "/health")

    assert reply.json == {"status": "ok", "store": "ok", "spooled_bytes": 0}


async def test_unknown_and_revoked_keys_are_refused(gate: Any) -> None:
    door = gate.door()
    secret, key_id = await gate.key()

    with pytest.raises(KeyRefused, match="unknown, revoked or expired"):
        await door.let_in(OPEN, {**HERE, "authorization": f"Bearer {secret}x"})
    await gate.store.revoke_key(key_id)
    with pytest.raises(KeyRefused, match="unknown, revoked or expired"):
        await door.let_in(OPEN, {**HERE, "authorization": f"Bearer {secret}"})


async def test_a_revoked_key_is_let_in_for_a_second_at_most(gate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("gonogo.gateway.door._now", lambda: now)
    door = gate.door()
    secret, key_id = await gate.key()
    headers = {**HERE, "authorization": f"Bearer {secret}"}

    assert (await door.let_in(OPEN, headers)).key_id == key_id
    await gate.store.revoke_key(key_id)
    now += 1.0

    with pytest.raises(KeyRefused):
        await door.let_in(OPEN, headers)


async def test_a_known_key_is_let_in_while_the_store_is_down_and_an_unknown_one_is_not(
    gate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("gonogo.gateway.door._now", lambda: now)
    known, _ = await gate.key()
    unknown, _ = await gate.key()
    keys = _Keys(gate.store)
    door = gate.door(keys)
    await door.let_in(OPEN, {**HERE, "authorization": f"Bearer {known}"})
    keys.down = True
    now += 60.0

    assert (await door.let_in(OPEN, {**HERE, "authorization": f"Bearer {known}"})).tenant == "acme"
    with pytest.raises(StoreBusy):
        await door.let_in(OPEN, {**HERE, "authorization": f"Bearer {unknown}"})


class At:
    """A clock that stands where it was put."""

    def __init__(self, now: float) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def cpu(self) -> float:
        return 0.0


async def test_an_expired_key_opens_nothing_even_while_the_store_is_down(
    gate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gonogo.gateway.door._now", lambda: 100.0)
    clock, keys = At(1000.0), _Keys(gate.store)
    door = gate.door(keys, clock=clock)
    secret, _ = await gate.key(expires_at=1000.5)
    headers = {**HERE, "authorization": f"Bearer {secret}"}
    assert (await door.let_in(OPEN, headers)).tenant == "acme"

    clock.time = 1000.5

    with pytest.raises(KeyRefused, match="expired"):
        await door.let_in(OPEN, headers)
    keys.down = True
    with pytest.raises((KeyRefused, StoreBusy)):
        await door.let_in(OPEN, headers)


async def test_both_secrets_of_a_rotated_key_open_until_the_overlap_ends(gate: Any) -> None:
    clock = At(1000.0)
    old, key_id = await gate.key()
    key = await gate.store.key(key_id)
    made = rotated(key, gate.pepper, old_until=1060.0)
    assert await gate.store.replace_key(key, made.key)

    for secret in (old, made.secret):
        caller = await gate.door(clock=clock).let_in(OPEN, {**HERE, "authorization": f"Bearer {secret}"})
        assert caller.key_id == key_id
    door = gate.door(clock=clock)
    await door.let_in(OPEN, {**HERE, "authorization": f"Bearer {old}"})
    clock.time = 1060.0
    for one in (door, gate.door(clock=clock)):
        with pytest.raises(KeyRefused):
            await one.let_in(OPEN, {**HERE, "authorization": f"Bearer {old}"})
        assert await one.let_in(OPEN, {**HERE, "authorization": f"Bearer {made.secret}"})


async def test_a_key_of_an_earlier_gonogo_opens_and_is_hashed_anew_on_first_use(gate: Any) -> None:
    secret, key_id = await gate.key()
    key = await gate.store.key(key_id)
    plain = structs.replace(key, hashed=hashlib.sha256(secret.encode()).hexdigest())
    assert await gate.store.replace_key(key, plain)

    with pytest.raises(KeyRefused):
        await gate.door().let_in(OPEN, {**HERE, "authorization": f"Bearer {secret}x"})
    assert await gate.store.key(key_id) == plain
    assert (await gate.door().let_in(OPEN, {**HERE, "authorization": f"Bearer {secret}"})).key_id == key_id

    assert await gate.store.key(key_id) == key


async def test_a_secret_opens_only_under_the_pepper_it_was_hashed_with(gate: Any) -> None:
    secret, _ = await gate.key()
    headers = {**HERE, "authorization": f"Bearer {secret}"}

    for pepper in (None, b"another secret here", b""):
        with pytest.raises(KeyRefused):
            await Door(gate.store, pepper=pepper, open_locally=False).let_in(OPEN, headers)


async def test_a_row_that_somebody_wrote_without_the_pepper_opens_nothing(gate: Any) -> None:
    secret, key_id = await gate.key()
    forged = structs.replace(await gate.store.key(key_id), hashed=hash_key(secret, b"guessed, and wrong"))
    assert await gate.store.replace_key(await gate.store.key(key_id), forged)

    with pytest.raises(KeyRefused):
        await gate.door().let_in(OPEN, {**HERE, "authorization": f"Bearer {secret}"})


async def test_anthropics_header_is_a_key_too_and_never_beside_another(gate: Any) -> None:
    secret, key_id = await gate.key()

    assert (await gate.door().let_in(OPEN, {**HERE, "x-api-key": f" {secret} "})).key_id == key_id
    with pytest.raises(KeyRefused):
        await gate.door().let_in(OPEN, {**HERE, "x-api-key": secret, "authorization": "Basic x"})


async def test_what_a_key_carries_comes_with_its_caller(gate: Any) -> None:
    limits = RateLimits(requests_per_minute=3)
    secret, _ = await gate.key(missions=("support", "sales"), limits=limits, daily_budget=2.5)

    caller = await gate.door().let_in(OPEN, {**HERE, "authorization": f"Bearer {secret}"})

    assert (caller.limits, caller.daily_budget) == (limits, 2.5)
    assert (caller.may_call("sales"), caller.may_call("legal")) == (True, False)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_scheme_may_be_spelled_in_any_case(gate: Any, scheme: str) -> None:
    secret, key_id = await gate.key(role="developer", tenant="acme")

    caller = await gate.door().let_in(OPEN, {**HERE, "authorization": f"{scheme}  {secret} "})

    assert (caller.key_id, caller.tenant, caller.role) == (key_id, "acme", "developer")


async def test_a_key_of_a_role_that_does_not_exist_is_refused(gate: Any) -> None:
    secret, _ = await gate.key(role="emperor")

    with pytest.raises(KeyRefused, match="unknown role 'emperor'"):
        await gate.door().let_in(OPEN, {**HERE, "authorization": f"Bearer {secret}"})


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8420", "127.0.0.1", "127.0.0.1:8420", "[::1]:8420", "LOCALHOST", "127.8.9.1"]
)
async def test_without_keys_this_machine_comes_in(gate: Any, host: str) -> None:
    assert (await gate.door(open_locally=True).let_in(OPEN, {"host": host})).role == "admin"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8420", "localhost.evil.example", "", "localhost@evil.example", "evil@localhost",
        "[::1", "0.0.0.0", "192.168.1.5:8420", "127.0.0.1.evil.example", "localhost:8420:evil",
    ],
)  # fmt: skip
async def test_without_keys_a_name_that_may_be_rebound_stays_out(gate: Any, host: str) -> None:
    for route in (OPEN, Route(method="GET", path="/health", handler=fine, role=None)):
        if host == "localhost:8420:evil":
            continue
        with pytest.raises(NotAllowed, match="not this machine"):
            await gate.door(open_locally=True).let_in(route, {"host": host})


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "http://127.0.0.1:9999",
        "http://[",
        "file://",
        "http://127.0.0.1:8420.evil.example",
    ],
)
@pytest.mark.parametrize("open_locally", [True, False])
async def test_a_page_of_another_site_stays_out(gate: Any, origin: str, open_locally: bool) -> None:
    secret, _ = await gate.key()
    if open_locally:
        for_revoking = await gate.store.has_keys()
        assert for_revoking
    door = gate.door(_Keys(gate.store, empty=open_locally), open_locally=open_locally)

    with pytest.raises(NotAllowed, match="another site"):
        await door.let_in(OPEN, {**HERE, "origin": origin, "authorization": f"Bearer {secret}"})


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8420", "https://127.0.0.1:8420", "HTTP://127.0.0.1:8420"])
async def test_our_own_page_comes_in(gate: Any, origin: str) -> None:
    assert await gate.door(open_locally=True).let_in(OPEN, {**HERE, "origin": origin})


async def test_the_door_closes_by_itself_when_the_first_key_is_made(gate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("gonogo.gateway.door._now", lambda: now)
    door = gate.door(open_locally=True)
    assert (await door.let_in(OPEN, HERE)).role == "admin"
    secret, _ = await gate.key()
    now += 1.0

    with pytest.raises(KeyRefused):
        await door.let_in(OPEN, HERE)
    assert (await door.let_in(OPEN, {**HERE, "authorization": f"Bearer {secret}"})).role == "viewer"


async def test_the_door_stays_as_it_was_while_the_store_is_down(gate: Any) -> None:
    keys = _Keys(gate.store, empty=True)
    keys.down = True

    assert (await gate.door(keys, open_locally=True).let_in(OPEN, HERE)).role == "admin"


@pytest.mark.parametrize(
    ("address", "here"),
    [("127.0.0.1", True), ("::1", True), ("[::1]", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
     ("10.0.0.1", False), ("example.org", False), ("", False)],
)  # fmt: skip
def test_loopback_is_told_from_the_rest(address: str, here: bool) -> None:
    assert is_loopback(address) is here


class _Keys:
    """The real keys, until they are down."""

    def __init__(self, store: Any, *, empty: bool = False) -> None:
        self.store, self.empty, self.down = store, empty, False

    async def key(self, key_id: str) -> Any:
        if self.down:
            raise StoreBusy("locked")
        return await self.store.key(key_id)

    async def has_keys(self) -> bool:
        if self.down:
            raise StoreBusy("locked")
        return not self.empty and await self.store.has_keys()


async def test_a_key_is_known_again_by_what_was_shown_and_by_nothing_like_it(
    gate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gonogo.gateway.door._now", lambda: 100.0)
    secret, key_id = await gate.key()
    keys = _Keys(gate.store)
    door = gate.door(keys)
    await door.let_in(OPEN, {**HERE, "x-api-key": secret})
    keys.down = True

    assert (await door.let_in(OPEN, {**HERE, "x-api-key": secret})).key_id == key_id
    with pytest.raises(KeyRefused, match="a key is needed"):
        await door.let_in(OPEN, {**HERE, "authorization": secret})
    with pytest.raises(KeyRefused, match="a key is needed"):
        await door.let_in(OPEN, {**HERE, "authorization": "Basic x", "x-api-key": secret})


async def test_what_a_client_puts_around_its_key_does_not_fill_the_memory(gate: Any) -> None:
    secret, _ = await gate.key()
    door = gate.door()

    for blanks in range(1, 600, 50):
        await door.let_in(OPEN, {**HERE, "authorization": f"Bearer {' ' * blanks}{secret}"})

    assert all(len(shown or "") <= 512 for one in door._fresh for shown in one)
    assert len(door._fresh) < 12
