"""Edits of a claim: some keep what it says, some make it wrong by as little as one word.

Here: rewritings that stay supported by the text a claim came from (compressed, reordered, synonyms, spelled numbers,
talk around it), and edits after which it no longer is (number, year, other number, entity, other entity, negation,
antonym, role swap, another word of the kind, a tail cut from elsewhere). Each takes a claim and gives another, or
``None`` where it cannot be made. Not here: which texts are edited, and the rows (``faithfulness``).

A wrong claim is made from a rewritten right one, by replacing words rather than adding them: the two are alike in
length and style, so that neither tells them apart.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from gonogo.features.words import STOP_WORDS

_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w-])")
_YEAR = re.compile(r"(?<![\w.,$-])(?:1[5-9]|20)\d\d(?![\w-])")
_NAME = re.compile(r"`[^`\s]{2,40}`|(?<!^)(?<![.!?] )(?<![\w-])[A-Z][\w'&-]*(?: (?:of |the |de )?[A-Z][\w'&-]*)*")
_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_SPELLED = re.compile(r"\b(?:" + "|".join(_SMALL[2:]) + r")\b")
_CONNECTIVES = (
    "of", "in", "by", "with", "for", "to", "from", "on", "as", "that", "because", "when", "if", "and", "at", "using",
    "into", "during", "after", "before",
)  # fmt: skip
_CONNECTIVE = re.compile(r" (" + "|".join(_CONNECTIVES) + r") ")
_OPPOSITES = """
    before/after increase/decrease increases/decreases increased/decreased increasing/decreasing more/less above/below
    minimum/maximum min/max always/never allowed/forbidden include/exclude includes/excludes including/excluding
    enable/disable enables/disables enabled/disabled first/last earlier/later free/paid open/closed opens/closes
    accept/reject accepts/rejects accepted/rejected mandatory/optional required/optional possible/impossible
    cheaper/dearer faster/slower higher/lower older/newer start/end starts/ends oldest/newest smallest/largest
    lowest/highest biggest/smallest large/small big/small long/short longer/shorter high/low old/new early/late
    with/without true/false valid/invalid public/private local/remote input/output read/write upper/lower left/right
    success/failure succeeds/fails successful/unsuccessful common/rare often/rarely usually/rarely many/few most/fewest
    all/none inside/outside internal/external begin/end began/ended won/lost win/lose won/lost born/died male/female
    men/women man/woman boys/girls king/queen father/mother son/daughter brother/sister husband/wife north/south
    east/west northern/southern eastern/western hot/cold warm/cold wet/dry strong/weak rich/poor legal/illegal
    safe/dangerous simple/complex easy/difficult easier/harder fast/slow modern/ancient best/worst better/worse
    positive/negative add/remove adds/removes added/removed create/delete creates/deletes created/deleted
    import/export save/load send/receive sends/receives sent/received buy/sell buys/sells bought/sold gain/lose
    synchronous/asynchronous ascending/descending explicit/implicit single/multiple same/different similar/different
    necessary/unnecessary known/unknown automatic/manual automatically/manually domestic/foreign rural/urban
    native/foreign professional/amateur active/inactive visible/hidden heavy/light wide/narrow deep/shallow full/empty
    raise/lower rises/falls rose/fell expanded/shrank supported/unsupported encourage/discourage agree/disagree
    victory/defeat war/peace majority/minority increasing/declining support/oppose supported/opposed
"""
_SYNONYMS = """
    use/employ uses/employs used/employed using/employing show/display shows/displays shown/displayed also/additionally
    begin/start begins/starts began/started big/large help/assist helps/assists get/obtain gets/obtains got/obtained
    need/require needs/requires needed/required let/allow lets/allows make/create makes/creates many/numerous
    mainly/mostly mainly/primarily usually/normally usually/typically often/frequently nearly/almost
    around/approximately about/approximately about/roughly over/more|than several/a|number|of because/since
    such|as/like such|as/for|example for|example/for|instance located/situated famous/well-known popular/well-liked
    called/named known|as/called film/movie films/movies movie/film car/automobile cars/automobiles company/firm
    United|States/US United|States/U.S. United|Kingdom/UK buy/purchase buys/purchases bought/purchased
    provide/offer provides/offers provided/offered give/provide gives/provides contain/include contains/includes
    return/give|back returns/gives|back specify/set specified/set default/standard option/setting choose/select
    chosen/selected change/alter changes/alters changed/altered modify/change modifies/changes try/attempt
    tries/attempts tried/attempted stop/halt keep/retain keeps/retains write/author wrote/authored written/authored
    released/published published/issued founded/established established/set|up built/constructed developed/created
    produce/make produces/makes produced/made consists|of/is|made|up|of comprises/consists|of
    main/chief primary/main people/persons kids/children children/kids woman/lady whole/entire part/portion
    kind/type kinds/types type/kind types/kinds way/manner ways/methods quickly/rapidly fast/quick total/overall
    however/though therefore/thus thus/so although/though while/whereas whilst/while in|order|to/to
    is|able|to/can are|able|to/can cannot/can't is|not/isn't are|not/aren't does|not/doesn't do|not/don't
    did|not/didn't was|not/wasn't will|not/won't it|is/it's important/significant enough/sufficient
    approximately/about different/various various/different near/close|to end/finish ends/finishes ended/finished
    last/final each/every error/failure happens/occurs happen/occur occurs/happens automatically/by|itself
    simple/plain difficult/hard easy/simple require/need requires/needs manage/handle manages/handles
    function/routine argument/parameter arguments/parameters parameter/argument parameters/arguments send/transmit
    earns/makes earn/make cost/be|priced|at altogether/in|total per|day/a|day per|week/a|week every|day/daily
    each|day/every|day twice/two|times buys/purchases sells/is|selling
"""
_OPENING = re.compile(r"((?:In|On|At|By|For|During|Since|From|If|When|After|Before|To) [^,]{3,50}), (.{10,}?)\.?$")
_BE = re.compile(
    r"\b(is|are|was|were|can|will|would|could|should|must|may|might|has been|have been|had been)\b(?! not\b)(?! n't)"
)
_NOT = re.compile(
    r"\b(?:(is|are|was|were|can|will|would|could|should|must|may|might|has|have|had|do|does|did) not|cannot)\b"
)
_VERBS = """
    uses/use provides/provide allows/allow supports/support returns/return contains/contain includes/include
    raises/raise takes/take accepts/accept requires/require makes/make creates/create needs/need works/work lets/let
    shows/show gives/give means/mean covers/cover has/have comes/come runs/run sends/send adds/add handles/handle
    defines/define becomes/become features/feature stars/star serves/serve lives/live wants/want costs/cost sells/sell
    buys/buy earns/earn eats/eat produces/produce involves/involve consists/consist offers/offer plays/play
    applies/apply affects/affect causes/cause follows/follow keeps/keep knows/know leads/lead
"""
_LEADS = (
    "i think {}", "yes , {}", "yes, {}", "well, {}", "i know that {}", "i believe {}", "did you know that {}",
    "i ' m not sure , but i do know that {}", "i am not sure but {}", "from what i know {}", "Yeah, {}", "oh , {}",
    "According to the documentation, {}", "In short, {}", "The text says that {}", "As far as I know, {}",
)  # fmt: skip
_TRAILS = (
    "{} . i love it !", "{} . do you like it ?", "{} , i think .", "{}. Hope that helps.", "{} . how about you ?",
)  # fmt: skip


_KINDS = """
    red blue green yellow black white brown orange purple pink grey
    january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday
    spring summer autumn winter
    second minute hour day week month year decade century
    seconds minutes hours days weeks months years decades centuries
    dollars euros pounds cents pesos yen
    kilometres miles metres feet inches yards centimetres
    grams kilograms ounces pounds tons litres gallons
    gold silver iron steel copper bronze wood plastic glass stone clay paper leather
    guitar piano violin drums bass flute trumpet cello saxophone
    football baseball basketball hockey tennis golf cricket rugby volleyball swimming boxing
    dog cat horse cow pig sheep goat rabbit mouse bird fish lion tiger bear wolf
    dogs cats horses cows pigs sheep goats rabbits mice birds lions tigers bears wolves
    bread cheese butter rice pasta potato tomato onion chicken beef pork salad soup
    apples oranges bananas grapes pears peaches cherries lemons strawberries
    tea coffee milk juice beer wine water soda
    singer actor writer painter director producer composer poet journalist lawyer teacher scientist engineer dancer
    singers actors writers painters directors producers composers poets lawyers teachers scientists engineers
    novel album song film poem play painting book magazine opera
    novels albums songs films poems plays paintings books magazines
    american british french german italian spanish russian chinese japanese canadian australian indian mexican
    europe asia africa america australia
    brother sister father mother uncle aunt cousin son daughter grandfather grandmother
    king queen prince president minister senator governor mayor emperor
    city town village state country county region continent island
    cities towns villages states countries counties regions continents islands
    river lake ocean mountain desert forest valley coast
    rock jazz blues country pop punk classical folk soul
    horror comedy drama thriller romance western documentary
    school college university hospital church museum library theatre prison
    war revolution election treaty strike trial festival
    head arm leg hand foot eye ear nose heart lung brain skin bone
    doctor nurse farmer soldier sailor pilot driver cook barber
    integer string float boolean list tuple dictionary bytes date
    integers strings floats booleans lists tuples dictionaries
    function class method module package attribute variable decorator
    functions classes methods modules packages attributes variables decorators
    option argument flag command group parameter prompt callback
    options arguments flags commands groups parameters prompts callbacks
    request response header cookie body query redirect timeout proxy
    requests responses headers cookies redirects timeouts proxies
    file directory path stream buffer archive
    files directories paths streams buffers archives
    text audio image video
    dataset model tokenizer metric pipeline split
    row column index table cell
    rows columns indices tables cells
    download upload load save copy move delete
    windows linux macos android
    username password token certificate key
    error warning exception message
    cached ignored validated encoded compressed encrypted sorted filtered shuffled
    monthly weekly daily yearly hourly
    largest oldest newest fastest tallest cheapest
    painted written composed directed produced performed designed invented discovered
    won bought sold lost found built broke burned
"""


def _pairs(written: str, both_ways: bool = True) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for pair in written.split():
        one, other = (side.replace("|", " ") for side in pair.split("/"))
        found[one].append(other)
        if both_ways:
            found[other].append(one)
    return found


def _verbs() -> dict[str, str]:
    return dict(pair.split("/") for pair in _VERBS.split())


class Edits:
    """Every edit, over one set of texts that names, numbers and tails are taken from.

    Args:
        texts: sentences whose parts replace parts of a claim.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._synonym_table = _pairs(_SYNONYMS, both_ways=False)
        self._opposite_table = _pairs(_OPPOSITES)
        self._verb_table = _verbs()
        self._names: dict[tuple[bool, int], list[str]] = defaultdict(list)
        self._tails: dict[tuple[str, int], list[str]] = defaultdict(list)
        self._kinds: dict[str, list[str]] = defaultdict(list)
        for kind in filter(None, _KINDS.split("\n")):
            for word in kind.split():
                self._kinds[word].extend(other for other in kind.split() if other != word)
        self._followers: dict[str, set[str]] = defaultdict(set)
        for text in texts:
            for name in _NAME.findall(text):
                self._names[_look(name)].append(name)
            for found in _CONNECTIVE.finditer(text):
                tail = text[found.end() :].rstrip(" .!?")
                if 2 <= len(tail.split()) <= 14 and "\n" not in tail:
                    self._tails[found[1], len(tail.split())].append(tail)
            parts = _WORD.findall(text)
            for before, word in pairwise(parts):
                if word.islower() and len(word) > 3 and word not in STOP_WORDS:
                    self._followers[before.lower()].add(word)
        self.keeping = (self.compressed, self.reordered, self.synonyms, self.spelled, self.talked)
        self.breaking = {
            "number": self.number, "year": self.year, "other number": self.other_number, "entity": self.entity,
            "other entity": self.other_entity, "negation": self.negation, "antonym": self.antonym,
            "role swap": self.role_swap, "kind": self.kind, "word": self.word, "tail": self.tail,
        }  # fmt: skip

    # --- what keeps a claim right ---

    def compressed(self, claim: str, draw: random.Random) -> str | None:
        """Without a parenthesis, a relative clause, an opening or a closing part behind a comma."""
        ways = []
        if found := re.search(r" \([^()]{3,80}\)", claim):
            ways.append(claim[: found.start()] + claim[found.end() :])
        if found := re.search(r", (?:which|who|where|including|such as|e\.g\.)[^,]{5,80}(?=[,.])", claim):
            ways.append(claim[: found.start()] + claim[found.end() :].removeprefix(","))
        parts = claim.rstrip(". ").split(", ")
        if len(parts) > 1 and len(parts[0].split()) >= 6 and len(claim.split()) >= 10:
            kept = draw.randrange(1, len(parts))
            if not re.match(r"(?:and|or|but)\b", parts[kept]) or kept == len(parts) - 1:
                ways.append(", ".join(parts[:kept]) + ".")
        if found := re.match(r"(?:Additionally|However|Therefore|Also|Instead|Currently|Generally), (\w)", claim):
            ways.append(found[1].upper() + claim[found.end() :])
        if found := re.search(r"^(.{30,}?) (?:because|since|so that|in order to|when|while|after|before) ", claim):
            ways.append(found[1] + ".")
        return draw.choice(ways) if ways else None

    def reordered(self, claim: str, draw: random.Random) -> str | None:
        """An opening part at the end, or the halves around "and" exchanged."""
        ways = []
        if found := _OPENING.match(claim):
            ways.append(f"{_capital(found[2])} {_small(found[1])}.")
        if found := re.match(r"([^,]{15,}?),? (?:in|during|on) ((?:\w+ )?(?:\d{1,2}, )?\d{4})\.?$", claim):
            ways.append(f"In {found[2]}, {_small(found[1])}.")
        found = re.search(r"\b(\w{4,}) and (\w{4,})(?=[,. ])", claim)
        if found and found[1][0].isupper() == found[2][0].isupper():
            ways.append(f"{claim[: found.start()]}{found[2]} and {found[1]}{claim[found.end() :]}")
        if found := re.match(r"If ([^,]{5,60}), (.{10,}?)\.?$", claim):
            ways.append(f"{_capital(found[2])} if {found[1]}.")
        return draw.choice(ways) if ways else None

    def synonyms(self, claim: str, draw: random.Random) -> str | None:
        """Up to three words by words of the same meaning."""
        ways = []
        lower = claim.lower()
        for known, others in self._synonym_table.items():
            places = re.finditer(rf"(?<![\w-]){re.escape(known.lower())}(?![\w-])", lower)
            ways += [(found.start(), found.end(), draw.choice(others)) for found in places]
        if not ways:
            return None
        draw.shuffle(ways)
        taken: list[tuple[int, int, str]] = []
        for start, end, other in ways:
            if len(taken) < draw.randint(1, 3) and all(end < a or start > b for a, b, _ in taken):
                taken.append((start, end, other))
        for start, end, other in sorted(taken, reverse=True):
            claim = claim[:start] + (_capital(other) if claim[start].isupper() else other) + claim[end:]
        return claim

    def spelled(self, claim: str, draw: random.Random) -> str | None:
        """A small number in the other spelling."""
        ways = [(found.start(), found.end(), _SMALL[int(found.group())]) for found in _NUMBER.finditer(claim)
                if found.group().isdigit() and 2 <= int(found.group()) <= 12]  # fmt: skip
        ways += [(found.start(), found.end(), str(_SMALL.index(found.group()))) for found in _SPELLED.finditer(claim)]
        if not ways:
            return None
        start, end, other = draw.choice(ways)
        return claim[:start] + other + claim[end:]

    def talked(self, claim: str, draw: random.Random) -> str | None:
        """Words of talk around it, which claim nothing."""
        plain = claim.rstrip(". ")
        if draw.random() < 0.7:
            return draw.choice(_LEADS).format(_small(plain)) + "."
        return draw.choice(_TRAILS).format(plain)

    def styled(self, claim: str, style: str) -> str:
        """As dialogue systems write: lower case, blanks around marks."""
        if style == "tokens":
            claim = re.sub(r"([.,!?;:()\"])", r" \1 ", claim.lower())
            return " ".join(claim.replace("'", " ' ").split())
        return claim.lower() if style == "lower" else claim

    # --- what makes it wrong ---

    def number(self, claim: str, draw: random.Random, known: str) -> str | None:
        """A number that the documents do not have."""
        return self._changed(claim, draw, _NUMBER, lambda old: _another(old, draw), known) or self._changed(
            claim, draw, _SPELLED, lambda old: draw.choice([one for one in _SMALL[2:] if one != old]), known
        )

    def year(self, claim: str, draw: random.Random, known: str) -> str | None:
        """A year that the documents do not have."""
        step = draw.choice([-20, -10, -9, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 9, 10, 20, 100])
        return self._changed(claim, draw, _YEAR, lambda old: str(int(old) + step), known)

    def other_number(self, claim: str, draw: random.Random, known: str) -> str | None:
        """A number that the documents have for something else."""
        others = sorted(set(_NUMBER.findall(known)) - set(_NUMBER.findall(claim)))
        found = list(_NUMBER.finditer(claim))
        if not found or not others:
            return None
        place = draw.choice(found)
        alike = [one for one in others if bool(_YEAR.fullmatch(one)) == bool(_YEAR.fullmatch(place.group()))]
        return claim[: place.start()] + draw.choice(alike) + claim[place.end() :] if alike else None

    def entity(self, claim: str, draw: random.Random, known: str) -> str | None:
        """A name that the documents do not have."""
        return self._changed(claim, draw, _NAME, lambda old: draw.choice(self._names.get(_look(old)) or [old]), known)

    def other_entity(self, claim: str, draw: random.Random, known: str) -> str | None:
        """A name that the documents have for something else."""
        own = {name.lower() for name in _NAME.findall(claim)}
        others = sorted({name for name in _NAME.findall(known) if name.lower() not in own and name not in claim})
        found = list(_NAME.finditer(claim))
        if not found or not others:
            return None
        place = draw.choice(found)
        look = _look(place.group())
        alike = [one for one in others if _look(one)[0] == look[0] and abs(_look(one)[1] - look[1]) <= 1]
        return claim[: place.start()] + draw.choice(alike) + claim[place.end() :] if alike else None

    def negation(self, claim: str, draw: random.Random, known: str) -> str | None:
        """A negation more, or one less."""
        if found := _NOT.search(claim):
            return f"{claim[: found.start()]}{found[1] or 'can'}{claim[found.end() :]}"
        ways = [f"{claim[: found.end()]} not{claim[found.end() :]}" for found in _BE.finditer(claim)]
        for verb, base in self._verb_table.items():
            if found := re.search(rf"\b{verb}\b", claim):
                ways.append(f"{claim[: found.start()]}does not {base}{claim[found.end() :]}")
        if not ways:
            return None
        wrong = draw.choice(ways[:2])
        if draw.random() < 0.5:
            return wrong.replace("can not", "cannot")
        return re.sub(r"\b(is|are|was|were|does|could|would|should) not\b", r"\1n't", wrong)

    def antonym(self, claim: str, draw: random.Random, known: str) -> str | None:
        """A word by its opposite."""
        ways = []
        for found in _WORD.finditer(claim):
            word = found.group().lower()
            others = self._opposite_table.get(word, [])
            ways += [(found.start(), found.end(), other) for other in others]
        return _one_of(claim, ways, draw)

    def role_swap(self, claim: str, draw: random.Random, known: str) -> str | None:
        """Two names, two numbers, or what stands around "than", "before" and their like, exchanged."""
        ways = []
        names = list(_NAME.finditer(claim))
        for one, other in pairwise(names):
            between = claim[one.end() : other.start()]
            if re.search(r"[a-z]{2,}", between) and not re.fullmatch(r",? ?(?:and|or|,)? ?(?:the )?", between):
                ways.append(_exchanged(claim, one.span(), other.span()))
        numbers = list(_NUMBER.finditer(claim))
        for one, other in pairwise(numbers):
            between = claim[one.end() : other.start()]
            if one.group() != other.group() and not re.fullmatch(r",? ?(?:and|or|,)? ?", between):
                ways.append(_exchanged(claim, one.span(), other.span()))
        pattern = (
            r"\b([a-z]{4,}) (?:than|before|after|into|instead of|rather than|over|inside|from|by|as) (?:the |a |an )?"
            r"([a-z]{4,})\b"
        )
        ways += [
            _exchanged(claim, found.span(1), found.span(2))
            for found in re.finditer(pattern, claim)
            if STOP_WORDS.isdisjoint(found.groups()) and not found[2].endswith("ing")
        ]
        ways = [one for one in ways if one != claim]
        return draw.choice(ways) if ways else None

    def kind(self, claim: str, draw: random.Random, known: str) -> str | None:
        """A word by another of its kind ("blue" for "red") that the documents do not have."""
        here, ways = set(_WORD.findall(known.lower())), []
        for found in _WORD.finditer(claim):
            others = [one for one in self._kinds.get(found.group().lower(), ()) if one not in here]
            if others:
                ways.append((found.start(), found.end(), draw.choice(others)))
        return _one_of(claim, ways, draw)

    def word(self, claim: str, draw: random.Random, known: str) -> str | None:
        """A content word by one that follows the same word elsewhere, and that the documents do not have."""
        here, ways = set(_WORD.findall(known.lower())), []
        for before, found in pairwise(_WORD.finditer(claim)):
            word = found.group()
            if word.islower() and len(word) > 3 and word not in STOP_WORDS and not self._means_the_same(word):
                ending = _ending(word)
                others = [
                    one for one in sorted(self._followers.get(before.group().lower(), ()))
                    if one not in here and _ending(one) == ending and one[:4] != word[:4]
                ]  # fmt: skip
                if others:
                    ways.append((found.start(), found.end(), draw.choice(others)))
        return _one_of(claim, ways, draw)

    def _means_the_same(self, word: str) -> bool:
        """Whether the word is often said otherwise: such words are exchanged without harm."""
        return word in self._synonym_table

    def tail(self, claim: str, draw: random.Random, known: str) -> str | None:
        """The part behind a preposition or conjunction, by one of the same length from another text."""
        plain = claim.rstrip(" .!?")
        ways = []
        for found in _CONNECTIVE.finditer(plain):
            length = len(plain[found.end() :].split())
            if 2 <= length <= 14 and found.start() > len(plain) * 0.25:
                ways.append((found, length))
        draw.shuffle(ways)
        for found, length in ways:
            near = [tail for step in (0, 1, -1) for tail in self._tails.get((found[1], length + step), ())]
            draw.shuffle(near)
            for tail in near[:20]:
                if tail.lower() not in known.lower():
                    return f"{plain[: found.end()]}{tail}{claim[len(plain) :]}"
        return None

    def _changed(
        self, claim: str, draw: random.Random, pattern: re.Pattern[str], change: Callable[[str], str], known: str
    ) -> str | None:
        places = list(pattern.finditer(claim))
        draw.shuffle(places)
        for place in places:
            for _ in range(8):
                new = change(place.group())
                there = re.search(rf"(?<![\w.]){re.escape(new.strip('`'))}(?![\w])", known, re.IGNORECASE)
                if not there and new != place.group():
                    return claim[: place.start()] + new + claim[place.end() :]
        return None


def _ending(word: str) -> str:
    """What a word ends in, where that tells its part of speech."""
    return next((ending for ending in ("ing", "ed", "ly", "tion", "s", "er", "al") if word.endswith(ending)), "")


def _look(name: str) -> tuple[bool, int]:
    """Whether a name is code, and its words."""
    return name.startswith("`"), len(name.split())


def _another(old: str, draw: random.Random) -> str:
    """A number of the same size and look."""
    plain = old.replace(",", "")
    if "." in plain:
        places = len(plain.partition(".")[2])
        return f"{max(0.1, float(plain) * draw.choice([0.5, 0.8, 1.1, 1.5, 2, 10])):.{places}f}"
    value = int(plain)
    if len(plain) > 15:
        return old
    step = max(1, value // 10)
    near = [value + step, value - step, value + 1, value - 1, value * 2, value + 3 * step, value * 10]
    new = max(1, draw.choice(near))
    return f"{new:,}" if "," in old else str(new)


def _one_of(claim: str, ways: Sequence[tuple[int, int, str]], draw: random.Random) -> str | None:
    if not ways:
        return None
    start, end, other = draw.choice(ways)
    return claim[:start] + (_capital(other) if claim[start].isupper() else other) + claim[end:]


def _exchanged(claim: str, one: tuple[int, int], other: tuple[int, int]) -> str:
    first, second = claim[slice(*one)], claim[slice(*other)]
    return claim[: one[0]] + second + claim[one[1] : other[0]] + first + claim[other[1] :]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _small(text: str) -> str:
    """Without the capital of a first word that is no name."""
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first.istitle() and first != "I" and len(first) > 1 else text
