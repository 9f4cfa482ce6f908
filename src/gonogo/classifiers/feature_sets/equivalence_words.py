"""Words of questions: which mean about the same, which weigh little, which ask, and how words are reduced.

Here: tables, written by hand, and the reduction of a word to what it shares with its other forms.
Not here: comparing two questions (``equivalence``), opposites (``opposites``).
"""

from __future__ import annotations

_SYNONYMS = """
    buy purchase get order acquire obtain shop
    help assist support
    start begin commence launch
    stop quit end finish cease
    fix repair solve resolve troubleshoot
    show display see view
    find locate search discover
    pick choose select
    big large huge great
    small little tiny
    quick fast rapid speed quickly
    smart intelligent clever intelligence
    money cash earn income
    earn make gain
    job work career employment position
    car vehicle automobile
    kid child children kids
    movie film
    phone mobile telephone cellphone smartphone
    picture photo image photograph pic
    holiday vacation
    doctor physician
    lawyer attorney
    salary pay wage package
    company firm business organisation organization corporation
    city town
    trip journey travel tour
    mistake error
    answer reply response respond
    way method procedure process step approach
    kind type sort
    reason cause why
    result outcome effect consequence impact
    difference distinction differ distinguish
    benefit advantage pro
    problem issue trouble
    cost price charge fee expensive rate
    delete remove erase deactivate
    change modify alter edit switch convert
    improve better increase enhance
    reduce lower decrease cut
    learn study
    speak talk speaking
    teach explain
    need require must
    want wish like
    try attempt
    use utilise utilize usage employ
    allow permit allowed let
    happen occur
    receive get
    send transmit transfer
    keep retain hold
    close shut
    lose lost missing misplace
    cancel cancellation
    verify confirm verification
    decline reject refuse
    transaction payment transfer
    account profile
    password passcode pin
    country nation
    abroad overseas foreign
    currency money
    exchange swap convert
    weather forecast temperature
    meal dish food cuisine
    restaurant eatery
    flight plane airplane
    luggage baggage
    meeting appointment
    schedule timetable
    song music tune
    story tale
    name title call
    old age
    important essential significant significance importance
    necessary required needed compulsory mandatory
    easy simple
    hard difficult tough
    best top finest good great
    famous popular
    common frequent usual
    strange weird odd
    new latest recent
    cheap inexpensive affordable
    free complimentary
    available possible
    whole entire
    main primary major
    often frequently
    approximately about around roughly
    almost nearly
    now currently present today
    soon shortly
    describe explain define
    calculate compute determine figure
    recognise identify recognize
    create make build develop construct design
    contain include
    cure treat remedy treatment
    illness disease sick ill
    exam test examination
    college university school institute
    website site page
    app application
    computer pc laptop
    folder directory
    document file doc
    parameter argument option setting
    function routine
    library package module
    install setup
    enable activate turnon
    read load open
    save store
    boyfriend guy man male
    girlfriend girl woman lady female
    prepare preparation ready
    visit see go
    live reside living life
    join enter
    leave quit
    meaning mean define definition
    purpose aim goal
    advice tip suggestion guidance
    skill ability
    habit routine
    thin slim
    weight fat pound kg
    lose reduce shed
    love like
    feel think opinion thought believe view
    favorite favourite
    color colour
    program programming code coding programmer
    language
    book novel
    read reading
    write writing written
    believe belief
    die death dead
    kill murder suicide
    marry marriage wedding wed
    president leader
    india indian
    america american usa us
    china chinese
    uk england british britain
    war fight conflict
    win victory
    startup business
    invest investment
    hack hacker hacking
    english
    hair
    sleep asleep
    wake
    fat overweight
    remember recall memory
    focus concentrate concentration
    motivate motivation
    depress depression depressed
    anxious anxiety
    happy happiness
    rich wealthy wealth
    poor poverty
    beautiful pretty attractive
    ugly
    true real reality
    false fake
    future
    world earth
    people person someone anyone everybody human
    place location area
    time long
    year
    number amount
    engineer engineering
    science scientific
    math mathematics maths
    question quora
    email mail gmail
    recover retrieve recovery reset restore
    deliver delivery arrive
    card
    top-up topup
    wifi internet wi-fi
    contact reach call
    grow growth
    eat eating food consume
    drink drinking
    safe secure safety
    expire expiry expiration
    annual yearly
    client customer
    bill invoice
    refund reimbursement return
    connect connection link
    doc document
    info information detail details
    maximum max limit
    minimum min
    video clip
    measure measurement range
    replace change swap
    warranty guarantee
    battery cell
    weigh weight heavy
    dimension size large
    accurate accuracy precise precision
    last long survive
    ship deliver shipping
    work function operate
    broken faulty defective damaged
    register sign registration signup
    spare replacement
    manual instruction guide documentation
    record log save
    send mail
    often interval frequency
    warm hot heat
    cold cool
    worldwide anywhere globally international
    outside outdoors outer
    stolen theft steal
    charge bill debit
    present gift
    city town
    house home
    road street
    limit maximum
    drawback disadvantage
    update refresh
    remember memorise memorize
    plane aeroplane
    famous well-known
    immediate straight instantly
    create generate produce
    contain hold
    specify state set
    influence affect effect
    partner spouse
    employee staff worker
    subject topic
    reach arrive
    obtain retrieve
    request application
    odd unusual
    correct right proper
    wrong incorrect
    dataset data
    loan credit
    list enumerate
    begin beginning
    seek search
    speed pace
    entry access
    provide offer give supply
    operate run
    perform carry execute
    enable allow
    various several multiple
    ensure guarantee
    refer see consult
    simply easily
    assistance help
    usage use
"""

_LIGHT = """
    good best great get got getting make made making do doing done use using used go going come thing things way ways
    people person someone anyone one ones kind type sort lot lots many much really actually exactly currently ever
    possible able need want like know tell say give given take find think feel look help start work working happen
    mean example different various certain specific general right just also even still already yet today now
    time day first new old long big little some any other others another same such own well back
    question answer quora advice tip tips idea ideas suggestion suggestions opinion opinions thought thoughts
    please thanks thank hi hello hey dear kindly wondering explain describe define list
    best-way steps step method methods process procedure following always usually generally normally
    easily quickly properly correctly effectively simply most very too so
"""

_FRAME = """
    please thanks thank hi hello hey dear kindly wondering wonder tell explain know quick question idea help
    understand anyone somebody someone sorry there so well okay ok just
"""

_CONTRACTED = """
    what's:what_is where's:where_is who's:who_is how's:how_is when's:when_is why's:why_is that's:that_is it's:it_is
    there's:there_is here's:here_is i'm:i_am i've:i_have i'd:i_would i'll:i_will you're:you_are you've:you_have
    you'd:you_would you'll:you_will we're:we_are we've:we_have we'd:we_would we'll:we_will they're:they_are
    they've:they_have can't:can_not cannot:can_not won't:will_not don't:do_not doesn't:do_not didn't:did_not
    isn't:is_not aren't:are_not wasn't:was_not weren't:were_not hasn't:has_not haven't:have_not hadn't:had_not
    shouldn't:should_not wouldn't:would_not couldn't:could_not mustn't:must_not whats:what_is dont:do_not cant:can_not
    doesnt:do_not im:i_am ive:i_have isnt:is_not
"""
CONTRACTED: dict[str, tuple[str, ...]] = {
    short: tuple(full.split("_")) for short, full in (one.split(":") for one in _CONTRACTED.split())
}
"""Short forms to their words."""

_FUNCTION = """
    a an the of for in on at to from with without by as about into onto over under above below between through during
    before after until till since within beyond inside outside up down off out near against along across per via
    and or but nor if unless because while whereas than then that this these those there here
    i me my mine myself we us our ours you your yours he him his she her it its they them their one's
    is are am was were be been being do does did has have had having can could may might must shall should will would
    not no never none neither nor only all both each every either any some more most less least few fewer many much
    how what which when where who whom whose why s t let lets
"""
FUNCTION = frozenset(_FUNCTION.split())
"""Words that hold a question together. Those not in `MAY_DIFFER` weigh."""

_MAY_DIFFER = """
    a an the of for in on at to and with about i me my mine myself we us our ours you your yours it its this that these
    those there here is are am be been being do does has have having can could would how what which s t any some let
    lets as
"""
MAY_DIFFER = frozenset(_MAY_DIFFER.split())
"""Words that two ways of asking one thing may not share."""

MODALS: dict[str, str] = {
    **dict.fromkeys(("can", "could", "able", "possible"), "can"),
    **dict.fromkeys(("must", "should", "need", "required", "mandatory", "ought"), "must"),
    **dict.fromkeys(("will", "shall"), "will"),
    **dict.fromkeys(("did", "was", "were", "had"), "past"),
    **dict.fromkeys(("may", "might"), "may"),
}
"""Words of possibility, duty and time to their class."""

ASKING = frozenset({"how", "what", "which", "when", "where", "who", "whom", "whose", "why"})
WAYS = frozenset({"way", "ways", "steps", "step", "method", "methods", "procedure", "process"})
MEASURES = frozenset(
    {"many", "much", "long", "often", "far", "old", "big", "large", "fast", "soon", "tall", "high", "deep"}
)


def reduced(word: str) -> str:
    """A word without its plural, -ed, -ing or -ly: "changed", "changes" and "changing" become one."""
    if word[-1:].isdigit() or len(word) < 4:
        return word
    word = word.removesuffix("'s").removesuffix("’s")
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "xes", "zes", "ches", "shes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix in ("ing", "ed", "ly"):
        root = word.removesuffix(suffix)
        if root != word and len(root) >= 3:
            word = root[:-1] if root[-1] == root[-2] and root[-1] not in "lsz" else root
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def _groups() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, line in enumerate(_SYNONYMS.strip().splitlines()):
        for word in line.split():
            found.setdefault(reduced(word), set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


SYNONYMS: dict[str, frozenset[int]] = _groups()
"""Reduced words to the numbers of the groups that they stand in."""
LIGHT = frozenset(map(reduced, _LIGHT.split()))
"""Reduced words of little weight."""
FRAME = frozenset(_FRAME.split())
"""Words of greetings and polite frames."""
