"""Settings: where things stand on this machine; never part of a Mission, never digested.

Here: the home folder, the store, addresses and keys of providers, the only reader of environment variables.
Not here: anything that shapes an answer (``mission.yaml``).

``settings.toml`` in the home folder::

    durability = "process"              # or "power": fsync before a Trace is acknowledged
    [store]                             # without it, one SQLite file in the home folder
    url = "postgresql://gonogo@db.internal:5432/gonogo"
    password_env = "STORE_PASSWORD"
    [server]
    host = "127.0.0.1"
    port = 8420
    [providers.openai]
    kind = "openai"                     # any OpenAI-compatible address; or anthropic, for its Messages API
    base_url = "https://api.openai.com/v1"
    api_key_env = "OPENAI_API_KEY"      # the name of a variable, never the key itself
    [embedders.docs]                    # retrieval: {embedder: docs}
    kind = "openai"                     # or fastembed, sentence-transformers, model2vec, minilm
    model = "text-embedding-3-small"
    api_key_env = "OPENAI_API_KEY"
    [indexes.team]                      # retrieval: {index: team}
    kind = "milvus"                     # or pinecone
    uri = "http://127.0.0.1:19530"
    token_env = "MILVUS_TOKEN"
"""

from __future__ import annotations

import getpass
import os
import tomllib
from collections.abc import Iterable, Mapping, MutableMapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, structs

from gonogo.assembly.telemetry_target import TelemetrySettings, telemetry_target
from gonogo.contracts import MissionPython, Repositories
from gonogo.contracts.components import MOST_READ
from gonogo.domain import NO_LIMITS, Dollars, RateLimits
from gonogo.errors import MissionInvalid, Problem
from gonogo.telemetry import Target

HOME_NAME = ".gonogo"
FILE_NAME = "settings.toml"


Seconds = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]


class EndpointSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of several addresses of a provider. ``weight`` is its share against the others'; without ``api_key_env`` the
    provider's holds."""

    base_url: str
    weight: Annotated[float, Meta(gt=0)] = 1.0
    api_key_env: str = ""


class ProviderSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a provider is reached: at ``base_url``, or at several ``endpoints`` that have the same models. ``timeout`` is
    the total for one call, seconds."""

    kind: str = "openai"
    base_url: str = ""
    api_key_env: str = ""
    timeout: Seconds = 600.0
    connect_timeout: Seconds = 10.0
    first_token_timeout: Seconds = 120.0
    between_tokens_timeout: Seconds = 60.0
    endpoints: tuple[EndpointSettings, ...] = ()

    def __post_init__(self) -> None:
        if self.endpoints and self.base_url:
            raise ValueError("a provider has base_url or endpoints, not both: move base_url into endpoints")

    @property
    def addresses(self) -> tuple[EndpointSettings, ...]:
        """All of them, each with the key that holds for it."""
        written = self.endpoints or (EndpointSettings(base_url=self.base_url),)
        return tuple(structs.replace(one, api_key_env=one.api_key_env or self.api_key_env) for one in written)


class EmbedderSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What turns text into vectors. ``kind`` is the section's name where it is left out; ``folder`` holds model files,
    for nothing is downloaded; ``dimensions`` 0 is what the model is known to have; ``timeout`` of one call, seconds."""

    kind: str = ""
    model: str = ""
    folder: str = ""
    base_url: str = ""
    api_key_env: str = ""
    dimensions: Annotated[int, Meta(ge=0, le=65_536)] = 0
    timeout: Seconds = 60.0


class IndexSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where vectors of Missions with ``retrieval.index`` of this name stand. ``kind`` is the section's name where it is
    left out; ``owner`` names whose data it is on a server that others use too; ``timeout`` of one call, seconds."""

    kind: str = ""
    uri: str = ""
    token_env: str = ""
    database: str = ""
    owner: Annotated[str, Meta(pattern="^[a-z0-9]{0,24}$")] = ""
    timeout: Seconds = 10.0


class ServerSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where ``gonogo serve`` listens, and its limits. ``max_body`` in bytes, ``max_read`` in characters of one request
    that guardrails, search or cache read, ``max_wait`` in seconds, the others are counts."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8420
    workers: Annotated[int, Meta(ge=1, le=256)] = 1
    max_body: Count = 4 * 1024 * 1024
    max_read: Count = MOST_READ
    max_messages: Count = 500
    max_in_flight: Count = 256
    max_waiting: Annotated[int, Meta(ge=0)] = 256
    max_wait: Seconds = 1.0
    log_format: Literal["text", "json"] = "text"


class KeySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``pepper_env`` names the variable with the secret that keys are hashed with; without it, one is made and kept in
    the home folder. Servers that share one store need the same."""

    pepper_env: str = ""


class StoreSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where everything is kept: in the home folder unless ``url`` names a PostgreSQL database; ``password_env`` is the
    name of the variable with the password, which never stands in the address."""

    url: str = ""
    password_env: str = ""


class LimitSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of requests and tokens: of each key that has none of its own, of tenants and of Missions by name."""

    each_key: RateLimits = NO_LIMITS
    tenants: dict[str, RateLimits] = {}
    missions: dict[str, RateLimits] = {}


class BudgetSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Dollars a UTC day: of all requests, of each key that has no budget of its own, of tenants, of Missions.

    ``unpriced``: what happens under a budget where a model's price is unknown. ``assumed_output``: tokens reserved for
    an answer that has no ``max_tokens``.
    """

    total: Dollars | None = None
    each_key: Dollars | None = None
    tenants: dict[str, Dollars] = {}
    missions: dict[str, Dollars] = {}
    unpriced: Literal["refuse", "allow"] = "refuse"
    assumed_output: Count = 1000


class SettingsFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The shape of ``settings.toml``."""

    durability: Literal["process", "power"] = "process"
    server: ServerSettings = ServerSettings()
    store: StoreSettings = StoreSettings()
    keys: KeySettings = KeySettings()
    limits: LimitSettings = LimitSettings()
    budgets: BudgetSettings = BudgetSettings()
    providers: dict[str, ProviderSettings] = {}
    embedders: dict[str, EmbedderSettings] = {}
    indexes: dict[str, IndexSettings] = {}
    telemetry: TelemetrySettings = TelemetrySettings()


class Settings(Struct, frozen=True, kw_only=True):
    """All of it, resolved. ``secrets`` holds only the variables that the file names.

    ``mission_python`` runs Python files of a Mission, ``repositories`` reads git revisions; the local command line
    alone brings them.
    """

    home: Path
    file: SettingsFile
    author: str
    secrets: dict[str, str]
    colour: bool = True
    telemetry: Target | None = None
    mission_python: MissionPython | None = None
    repositories: Repositories | None = None

    def provider(self, name: str) -> ProviderSettings | None:
        """Settings of a provider: written ones first, then those every installation knows."""
        return self.file.providers.get(name) or KNOWN_PROVIDERS.get(name)

    def embedder(self, name: str) -> EmbedderSettings:
        """Settings of an embedder; a name without a section is its own kind."""
        written = self.file.embedders.get(name)
        if written is not None:
            return written
        return EmbedderSettings(api_key_env="OPENAI_API_KEY" if name == "openai" else "")

    def index(self, name: str) -> IndexSettings:
        """Settings of an index; a name without a section is its own kind."""
        return self.file.indexes.get(name) or IndexSettings()

    @property
    def hidden(self) -> tuple[str, ...]:
        """Every secret that is known from here, so that no log shows one."""
        headers = tuple(self.telemetry.headers.values()) if self.telemetry is not None else ()
        return (*self.secrets.values(), *headers)

    def api_key(self, provider: EndpointSettings | EmbedderSettings) -> str:
        """The key, or empty where the provider needs none or the variable is not set."""
        return self.secrets.get(provider.api_key_env, "")


KNOWN_PROVIDERS: Mapping[str, ProviderSettings] = {
    "openai": ProviderSettings(base_url="https://api.openai.com/v1", api_key_env="OPENAI_API_KEY"),
    "anthropic": ProviderSettings(
        kind="anthropic", base_url="https://api.anthropic.com", api_key_env="ANTHROPIC_API_KEY"
    ),
    "ollama": ProviderSettings(base_url="http://127.0.0.1:11434/v1"),
    "vllm": ProviderSettings(base_url="http://127.0.0.1:8000/v1"),
    "llamacpp": ProviderSettings(base_url="http://127.0.0.1:8080/v1"),
}


def find_home(start: Path, environ: Mapping[str, str]) -> Path:
    """``GONOGO_HOME``, else the nearest ``.gonogo`` folder from ``start`` upwards, else ``start/.gonogo``."""
    if named := environ.get("GONOGO_HOME"):
        return Path(named).expanduser().absolute()
    for folder in (start, *start.parents):
        if (folder / HOME_NAME).is_dir():
            return folder / HOME_NAME
    return start / HOME_NAME


def load_settings(home: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read settings; a missing file means defaults.

    Raises:
        MissionInvalid: the file is no TOML, or holds an unknown key or a wrong type.
    """
    environ = os.environ if environ is None else environ
    home = find_home(Path.cwd(), environ) if home is None else home
    file = _read(home / FILE_NAME)
    providers = (*file.providers.values(), *KNOWN_PROVIDERS.values())
    named: tuple[EndpointSettings | EmbedderSettings, ...] = (
        *(address for one in providers for address in one.addresses), *file.embedders.values(),
    )  # fmt: skip
    tokens = (one.token_env for one in file.indexes.values())
    wanted = {file.keys.pepper_env, *tokens, file.store.password_env, *(one.api_key_env for one in named)} - {""}
    return Settings(
        home=home,
        file=file,
        author=environ.get("GONOGO_AUTHOR") or _login(),
        secrets=secrets_named(wanted, environ),
        colour="NO_COLOR" not in environ,
        telemetry=telemetry_target(file.telemetry, environ),
    )


def secrets_named(names: Iterable[str], environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of these names that are set."""
    environ = os.environ if environ is None else environ
    return {name: environ[name] for name in names if environ.get(name)}


def ray_address(environ: MutableMapping[str, str] | None = None) -> str:
    """The cluster that ``RAY_ADDRESS`` names; ``local`` where it names none. Ray is told to report nothing to its
    maker, unless somebody told it otherwise."""
    environ = os.environ if environ is None else environ
    environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    return environ.get("RAY_ADDRESS") or "local"


def key_of_server(environ: Mapping[str, str] | None = None) -> str:
    """The key that commands show a server (``--server``): ``GONOGO_KEY``, or none."""
    return (os.environ if environ is None else environ).get("GONOGO_KEY", "")


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run a user id without a name
        return "unknown"


def _read(path: Path) -> SettingsFile:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return SettingsFile()
    except OSError as error:
        raise MissionInvalid((Problem(message=f"cannot be read: {error.strerror}", file=path),)) from error
    try:
        table: dict[str, Any] = tomllib.loads(content.decode())
        return msgspec.convert(table, SettingsFile)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MissionInvalid((Problem(message=f"cannot be read as TOML: {error}", file=path),)) from error
    except msgspec.ValidationError as error:
        raise MissionInvalid((Problem(message=str(error), file=path, hint=_nearest(str(error))),)) from error


def _nearest(message: str) -> str | None:
    shapes = (
        SettingsFile, ProviderSettings, EmbedderSettings, IndexSettings, ServerSettings,
        KeySettings, TelemetrySettings, LimitSettings,
        BudgetSettings, StoreSettings, RateLimits,
    )  # fmt: skip
    known = [field for shape in shapes for field in shape.__struct_fields__]
    unknown = message.split("`")[1] if "unknown field" in message else ""
    close = get_close_matches(unknown, known, n=1)
    return f"did you mean {close[0]}?" if close else None
