"""Installed: the components of this installation, and the set of them that one Version needs.

Here: the static tables joined; ``Toolbox`` for building, ``Components`` for the pipeline, pins for ``mission.lock``.
Not here: the components, the workflows.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial
from pathlib import Path
from urllib.parse import urlsplit

from gonogo import guardrails
from gonogo.assembly.chunk_scan import PoisonScanner
from gonogo.assembly.classifier_library import HomeLibrary, PinnedLibrary
from gonogo.assembly.index_owner import read_owner
from gonogo.assembly.late_classifier import LateClassifier
from gonogo.assembly.settings import KNOWN_PROVIDERS, Settings
from gonogo.assembly.tapes import embedder_on_tape, on_tape, refuse_late
from gonogo.building import Toolbox
from gonogo.caching import BoundedAnswerCache
from gonogo.classifiers import BUILT_IN
from gonogo.classifiers.careful import UNSURE, TieredClassifier
from gonogo.clock import Clock
from gonogo.contracts import (
    AnswerCache,
    Classifier,
    ClassifierLibrary,
    Components,
    Embedder,
    Guardrail,
    Index,
    IndexBackend,
    Metric,
    Provider,
    Router,
)
from gonogo.digest import digest_of
from gonogo.domain import (
    GuardrailRule,
    GuardrailStage,
    IndexSnapshot,
    Judge,
    Mission,
    ModelSpec,
    RetrievalPolicy,
    Version,
)
from gonogo.errors import BadInput, ExtraMissing, NotFound
from gonogo.features import Reader, StaticEmbedder
from gonogo.features.embedders import EmbedderOptions, embedder, known_embedders
from gonogo.judging import prompts_digest
from gonogo.metrics import KINDS, SHARES, BuiltInAssertions, Faithfulness, Relevance, Toxicity, python_kind
from gonogo.providers import (
    PROVIDERS,
    Endpoint,
    EndpointPool,
    ExtractiveProvider,
    PriceTable,
    ProviderOptions,
    Timeouts,
    alias_warning,
    endpoint_names,
    packaged_prices,
    read_prices,
)
from gonogo.providers.recorded_embedder import RecordedEmbedder
from gonogo.providers.recording import Tape
from gonogo.retrieval import (
    DigestingSnapshotMaker,
    EmbeddedBackend,
    IndexOptions,
    StructureChunker,
    TenantIndex,
    index_backend,
    known_indexes,
)
from gonogo.routing import DifficultyRouter

BUILTIN = "builtin"
BUILTIN_EMBEDDER = "static"
PRICES_FILE = "prices.toml"
"""In the home folder: prices of one's own models and corrections, in the form of the packaged table."""
WIRE_KINDS = ("openai", "anthropic")
"""Kinds of provider that settings may name; the other kinds of the table are for tests."""
_MAKERS = {"openai": "api.openai.com", "anthropic": "api.anthropic.com"}
"""Makers in the price table, and where they charge it."""
RATES = frozenset({"hallucination", "errors", "refusals", "off_topic", "toxicity", "injection"})
CODE_VERSIONS = {"features": 2, "guardrails": 2, "metrics": 2, "routing": 2, "caching": 2}
"""Raised whenever a change of that package may alter an answer or a score; pinned as weights are elsewhere."""

CAREFUL = "-careful"
"""Behind the name of a classifier in that of its careful tier."""


class Installed:
    """One for each open Workspace. Nothing heavy is loaded before it is asked for."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._providers: dict[str, Provider] = {}
        self._tape: Tape | None = None
        self._caches: dict[str, AnswerCache] = {}
        self._embedders: dict[str, Embedder] = {}
        self._indexes: dict[tuple[str, str], IndexBackend] = {}

    @cached_property
    def reader(self) -> Reader:
        """Texts to features, shared by every component."""
        return Reader(StaticEmbedder())

    @cached_property
    def chunker(self) -> StructureChunker:
        """Documents to Chunks."""
        return StructureChunker(self._settings.home / "chunks")

    @cached_property
    def scanner(self) -> PoisonScanner:
        """Looks for poison in Chunks, with the shipped judge: what it finds stops nothing and shapes no answer."""

        def judge() -> Classifier | None:
            return built_in(self.classifiers.pinned({})).get("injection")

        return PoisonScanner(self.reader, judge, self._settings.home / "scans")

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """Of answers made elsewhere, with the shipped classifiers, by name."""
        return self._metrics(self.classifiers.pinned({}))

    @cached_property
    def assertions(self) -> BuiltInAssertions:
        """What golden tasks may expect."""
        own = self._settings.mission_python
        return BuiltInAssertions(self.reader, KINDS if own is None else (*KINDS, python_kind(own)))

    @cached_property
    def classifiers(self) -> HomeLibrary:
        """Every classifier with weights on this machine."""
        return HomeLibrary(self._settings.home)

    @cached_property
    def prices(self) -> PriceTable:
        """Dollars per million tokens; built-in models cost nothing."""
        # Only the maker's own address charges the maker's list price, whatever names a local server gives its models.
        kinds = {
            name: kind
            for name, found in self._settings.file.providers.items()
            for kind, host in _MAKERS.items()
            if all(urlsplit(address.base_url).hostname == host for address in found.addresses)
        }
        own = self._settings.home / PRICES_FILE
        if not own.is_file():
            return packaged_prices(kinds)
        written = read_prices(_text(own), str(own))
        packaged = packaged_prices().listed()
        merged = {name: {**packaged.get(name, {}), **written.get(name, {})} for name in {*packaged, *written}}
        return PriceTable(merged, kinds)

    @cached_property
    def builtin(self) -> ExtractiveProvider:
        """The models that need no key."""
        return ExtractiveProvider(self.reader, name=BUILTIN)

    @cached_property
    def pins(self) -> dict[str, str]:
        """Every component that may shape an answer, by digest."""
        versions = {name: digest_of({name: number}) for name, number in CODE_VERSIONS.items()}
        return {"embedder": self.reader.embedder.digest, "builtin": self.builtin.fingerprint, **versions}

    @cached_property
    def toolbox(self) -> Toolbox:
        """What building needs."""
        return Toolbox(
            chunker=self.chunker,
            snapshots=DigestingSnapshotMaker(self.reader.embedder, self.chunker, self.embedder),
            assertions=self.assertions,
            guardrail_problems=guardrails.problems,
            known_checks=frozenset(guardrails.KNOWN),
            known_indexes=lambda: self.known_indexes,
            known_metrics=frozenset(self.metrics),
            known_shares=SHARES,
            alias_warning=alias_warning,
            pins=self.pins,
            known_embedders=self._known_embedders,
            known_providers=frozenset({BUILTIN, *KNOWN_PROVIDERS, *self._settings.file.providers}),
            known_rates=RATES,
            scanner=self.scanner,
            repositories=self._settings.repositories,
            judge_prompts=lambda kind: prompts_digest(kind, self.reader.embedder.digest),
        )

    def components(self, version: Version, snapshot: IndexSnapshot | None, *, draft: bool = False) -> Components:
        """Everything one Version needs to answer. Weights of classifiers are read when they first judge, or by
        ``load_weights``.

        Args:
            draft: it is not stored, so nothing is uploaded for it: its vectors are searched here, whatever its index.

        Raises:
            BadInput: a provider that this machine's settings do not know.
            NotFound: a classifier that the Version pins is not here.
            IndexIncomplete: its index does not hold what it was proven with.
            Unreachable: the server of its index does not answer.
        """
        mission, library = version.mission, self.classifiers.pinned(version.pins)
        library.check()
        metrics, judges = self._metrics(library), built_in(library)
        rails = {**judges, **(tiered(library, judges) if _asks_careful(mission) else {})}
        return Components(
            reader=self.reader,
            providers={name: self.provider(spec) for name, spec in mission.models.items()},
            prices=self.prices,
            index=self._index(mission, snapshot, draft),
            router=self._router(mission, library),
            cache=self._cache(mission, judges.get("equivalence")),
            input_guardrails=_guardrails(mission.guardrails.input, "input", metrics, rails),
            context_guardrails=_guardrails(mission.guardrails.context, "context", metrics, rails),
            output_guardrails=_guardrails(mission.guardrails.output, "output", metrics, rails),
            metrics=tuple(metrics.values()),
            classifiers=judges,
            clock=self._clock,
            most_read=self._settings.file.server.max_read,
        )

    def _metrics(self, library: PinnedLibrary) -> dict[str, Metric]:
        judges = built_in(library)
        found: tuple[Metric, ...] = (
            Faithfulness(self.reader),
            Relevance(self.reader),
            Toxicity(self.reader, judges.get("toxicity")),
        )
        return {metric.name: metric for metric in found}

    def embedder(self, name: str) -> Embedder:
        """What a Mission's ``retrieval.embedder`` names; one for each name, made when first needed.

        Raises:
            NotFound: no embedder is called that.
            BadInput: its settings lack something, or cannot be used.
            ExtraMissing: it needs an optional part.
            RecordingMissing: calls are replayed, and none of it was recorded.
        """
        if name == BUILTIN_EMBEDDER:
            return self.reader.embedder
        if name not in self._embedders:
            kind = self._settings.embedder(name).kind or name
            self._embedders[name] = embedder_on_tape(name, kind, self._tape, lambda: self._embedder(name, kind))
        return self._embedders[name]

    def _embedder(self, name: str, kind: str) -> Embedder:
        written = self._settings.embedder(name)
        options = EmbedderOptions(
            model=written.model,
            folder=Path(written.folder).expanduser() if written.folder else None,
            base_url=written.base_url,
            api_key=self._settings.api_key(written),
            dimensions=written.dimensions,
            timeout=written.timeout,
        )
        try:
            return embedder(kind, options)
        except (NotFound, ExtraMissing):
            raise
        except BadInput as error:
            place = f"{self._settings.home / 'settings.toml'}, section [embedders.{name}]"
            raise BadInput(f"{error} ({place})") from error

    def provider(self, spec: ModelSpec) -> Provider:
        """What answers for a model; one per provider name, made when first needed."""
        if spec.provider == BUILTIN:
            return self.builtin
        if spec.provider not in self._providers:
            name, tape = spec.provider, self._tape
            self._providers[name] = self._connect(name) if tape is None else on_tape(name, tape, self._connect)
        return self._providers[spec.provider]

    def use_tape(self, tape: Tape) -> None:
        """Every model and outside embedder records its calls from now on, or answers from recorded ones.

        Raises:
            BadInput: one is in use already.
        """
        refuse_late({**self._providers, **self._embedders})
        self._tape = tape

    @property
    def taped(self) -> bool:
        """Whether calls of models are recorded or replayed."""
        return self._tape is not None

    def judge_provider(self, judge: Judge) -> Provider:
        """What answers for the model behind a judge.

        Raises:
            BadInput: the settings do not know its provider.
        """
        return self.provider(ModelSpec(provider=judge.provider, model=judge.model, params=judge.params))

    def understood(self, version: Version) -> tuple[list[tuple[str, str]], list[str]]:
        """Which instructions the built-in models read in the system prompt; nothing where the Mission uses none."""
        if all(spec.provider != BUILTIN for spec in version.mission.models.values()):
            return [], []
        found = self.builtin.instructions(version.mission.prompt.system)
        named = [(_shown(item.name, item.parameter), item.sentence) for item in found.understood]
        return named, list(found.ignored)

    async def close(self) -> None:
        """Give back connections."""
        for provider in self._providers.values():
            await provider.close()
        if self._tape is not None:
            self._tape.close()
        for backend in self._indexes.values():
            backend.close()

    def _connect(self, name: str) -> Provider:
        settings = self._settings.provider(name)
        if settings is None:
            known = ", ".join(sorted({BUILTIN, *KNOWN_PROVIDERS, *self._settings.file.providers}))
            raise BadInput(
                f"provider '{name}' is not in {self._settings.home / 'settings.toml'}; known are {known}. "
                f"Add a section [providers.{name}] with base_url"
            )
        factory = PROVIDERS.get(settings.kind)
        if factory is None:
            raise BadInput(
                f"provider '{name}' has the unknown kind '{settings.kind}': known are {', '.join(WIRE_KINDS)}"
            )
        timeouts = Timeouts(
            connect=settings.connect_timeout,
            first_token=settings.first_token_timeout,
            between_tokens=settings.between_tokens_timeout,
            total=settings.timeout,
        )
        addresses = settings.addresses
        made = [
            factory(
                ProviderOptions(
                    name=name,
                    reader=self.reader,
                    base_url=address.base_url,
                    api_key=self._settings.api_key(address),
                    timeouts=timeouts,
                )
            )
            for address in addresses
        ]
        names = endpoint_names([address.base_url for address in addresses])
        endpoints = [
            Endpoint(shown, provider, weight=address.weight)
            for shown, provider, address in zip(names, made, addresses, strict=True)
        ]
        return EndpointPool(name, endpoints, self._clock)

    def _known_embedders(self) -> frozenset[str]:
        recorded = frozenset(self._tape.embedders) if self._tape is not None else frozenset()
        return known_embedders() | frozenset(self._settings.file.embedders) | recorded

    @property
    def known_indexes(self) -> frozenset[str]:
        """Names that ``retrieval.index`` may hold: sections of settings, and what needs none."""
        # A kind that needs an address is no use without a section of settings.
        alone = known_indexes() - {"milvus", "pinecone"}
        return alone | frozenset(self._settings.file.indexes)

    def _index(self, mission: Mission, snapshot: IndexSnapshot | None, draft: bool) -> Index | None:
        policy = mission.retrieval
        if policy is None or snapshot is None:
            return None
        backend = self.embedded(policy.embedder, kept=False) if draft else self.index_backend(policy)
        index = backend.open(snapshot, policy)
        return TenantIndex(index, policy.tenant_field) if policy.tenant_field else index

    def index_kind(self, policy: RetrievalPolicy) -> str:
        """What kind of index a Mission names: a section of settings says, else the name is the kind."""
        return self._settings.index(policy.index).kind or policy.index

    def index_backend(self, policy: RetrievalPolicy) -> IndexBackend:
        """What prepares and opens snapshots for a Mission; one for each pair of index and embedder.

        Raises:
            NotFound: no index or embedder is called that.
            BadInput: its settings lack something.
            ExtraMissing: it needs an optional part.
        """
        key = (policy.index, policy.embedder)
        if key not in self._indexes:
            written = self._settings.index(policy.index)
            options = IndexOptions(
                local=self.embedded(policy.embedder),
                uri=written.uri,
                token=self._settings.secrets.get(written.token_env, ""),
                token_env=written.token_env,
                database=written.database,
                owner=written.owner or self.owner,
                timeout=written.timeout,
            )
            try:
                self._indexes[key] = index_backend(self.index_kind(policy), options)
            except (NotFound, ExtraMissing):
                raise
            except BadInput as error:
                place = f"{self._settings.home / 'settings.toml'}, section [indexes.{policy.index}]"
                raise BadInput(f"{error} ({place})") from error
        return self._indexes[key]

    def embedded(self, embedder_name: str, *, kept: bool = True) -> EmbeddedBackend:
        """What searches on this machine; ``kept`` writes index files, which drafts do not need."""
        home, chosen = self._settings.home, self.embedder(embedder_name)
        # What this machine has kept would be missing in the recording.
        recorded = isinstance(chosen, RecordedEmbedder)
        return EmbeddedBackend(
            self.reader,
            embedder=chosen,
            vectors=None if recorded else home / "vectors",
            stems=home / "stems",
            indexes=home / "indexes" if kept and not recorded else None,
            reading=self.pins["features"],
        )

    @cached_property
    def owner(self) -> str:
        """Whose data this is on an index server that others use too: made once for a home folder.

        Raises:
            BadInput: it cannot be read or written.
        """
        return read_owner(self._settings.home)

    def _router(self, mission: Mission, library: PinnedLibrary) -> Router | None:
        if mission.routing is None:
            return None
        learned = built_in(library).get("difficulty")
        return DifficultyRouter(mission.routing, tuple(mission.models), library, learned=learned)

    def _cache(self, mission: Mission, equivalence: Classifier | None) -> AnswerCache | None:
        if mission.cache is None:
            return None
        # Shared by Versions with the same policy: entries are kept apart by the behaviour digest in the key.
        judge = equivalence.digest if equivalence else None
        key = digest_of({"mission": mission.name, "policy": mission.cache, "equivalence": judge})
        if key not in self._caches:
            self._caches[key] = BoundedAnswerCache(mission.cache, self.reader, classifier=equivalence)
        return self._caches[key]


def load_weights(parts: Components) -> None:
    """Read what is not read yet, so that no request waits for it.

    Raises:
        NotFound: weights are not here.
        BadInput: they are broken, altered, or of a newer gonogo.
    """
    for classifier in parts.classifiers.values():
        if isinstance(classifier, LateClassifier):
            classifier.load()


def built_in(library: ClassifierLibrary) -> dict[str, Classifier]:
    """The built-in classifiers that a library has, by name; weights are read when first needed."""
    names = library.names()
    return {name: _late(library, name) for name in BUILT_IN if name in names}


def _late(library: ClassifierLibrary, name: str) -> LateClassifier:
    return LateClassifier(name, partial(library.classifier, name))


def _asks_careful(mission: Mission) -> bool:
    rails = mission.guardrails
    return any("careful" in rule.options for rule in (*rails.input, *rails.context, *rails.output))


def tiered(library: ClassifierLibrary, judges: Mapping[str, Classifier]) -> dict[str, Classifier]:
    """For a classifier with a careful tier, under its name: fast first, careful where the fast one is unsure."""
    names = library.names()
    return {
        fast + CAREFUL: TieredClassifier(judges[fast], library.classifier(fast + CAREFUL), unsure)
        for fast, unsure in UNSURE.items()
        if fast in judges and fast + CAREFUL in names
    }


def _guardrails(
    rules: tuple[GuardrailRule, ...],
    stage: GuardrailStage,
    metrics: Mapping[str, Metric],
    classifiers: Mapping[str, Classifier],
) -> tuple[Guardrail, ...]:
    return tuple(guardrails.build(rule, stage, metrics=metrics, classifiers=classifiers) for rule in rules)


def _shown(name: str, parameter: object) -> str:
    return name if parameter in (None, "on") else f"{name} = {parameter}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read {path}: {error}") from error
