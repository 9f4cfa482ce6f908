"""Word tables: what the cache may take for the same, and what it must never.

Here: groups of words with one meaning, opposites, small words that may differ between two ways of asking one thing, and
those that must not.
Not here: comparing questions (``meaning``) and answers (``answers``).

The groups are short on purpose. Vectors are not asked which words are alike: "employee" and "employer", "enable" and
"disable" lie closer together than most real synonyms.
"""

from __future__ import annotations

from collections.abc import Mapping

_SAME = """
    change modify alter edit
    delete remove erase
    cost price
    buy purchase
    begin start commence
    email e-mail
    phone telephone
    photo picture
    cancel cancellation
    renew renewal
    pay payment paid
    deliver delivery
    ship shipping shipment
    register registration signup
    activate activation
    enable turnon
    disable turnoff
    login signin
    logout signout
    install installation
    get obtain receive
    allow permit
    maximum max
    minimum min
    quick fast
    big large
    choose select pick
    find locate
    show display
    expire expiry expiration
    required necessary
    annual yearly
    holiday vacation
    client customer
    fix repair
    bill invoice
    return refund-return
    upgrade upgrading
    verify verification
    configure configuration
    encrypt encryption
    connect connection
    integrate integration
    export exporting
    doc document
    docs documents
    info information
    app application
"""
SAME: Mapping[str, str] = {word: line.split()[0] for line in _SAME.strip().splitlines() for word in line.split()}
"""Each word to the first of its group."""

_OPPOSITES = """
    enable disable
    activate deactivate
    turnon turnoff
    on off
    open close
    open closed
    start stop
    begin end
    increase decrease
    raise lower
    raise reduce
    add remove
    add delete
    allow deny
    allow forbid
    allowed forbidden
    accept reject
    accept refuse
    approve reject
    approve decline
    grant revoke
    buy sell
    import export
    upload download
    send receive
    sender recipient
    login logout
    sign-in sign-out
    subscribe unsubscribe
    lock unlock
    block unblock
    mute unmute
    install uninstall
    connect disconnect
    encrypt decrypt
    show hide
    include exclude
    included excluded
    before after
    above below
    over under
    more less
    more fewer
    most least
    maximum minimum
    max min
    first last
    earliest latest
    oldest newest
    cheap expensive
    cheapest dearest
    fast slow
    high low
    higher lower
    highest lowest
    long short
    big small
    large small
    early late
    inside outside
    internal external
    public private
    free paid
    valid invalid
    possible impossible
    legal illegal
    with without
    always never
    all none
    yes no
    true false
    upgrade downgrade
    deposit withdraw
    borrow lend
    win lose
    arrive depart
    arrival departure
    debit credit
    monthly yearly
    daily weekly
    employee employer
    buyer seller
    lender borrower
    required optional
    join leave
    push pull
    merge split
    freeze unfreeze
    archive restore
    success failure
"""
OPPOSITES: frozenset[frozenset[str]] = frozenset(frozenset(line.split()) for line in _OPPOSITES.strip().splitlines())
"""Pairs that turn a meaning round."""

_SMALL = """
    a an the of for in on at to as and with about
    i me my mine we us our ours you your yours
    i'm i'd i've i'll we're we'd we've we'll you're you'd you've it's that's what's there's how's where's who's when's
    it its itself this that these those there here
    is are am be being do does doing have has having
    can could very just
    how what which when where who whom whose why
    """
MAY_DIFFER = frozenset(_SMALL.split())
"""Small words that two ways of asking the same thing may not share. Every other small word must stand in both."""

OPTIONAL = frozenset({"please", "exactly", "actually", "really", "kindly", "get"})
"""Words that may be missing on one side."""

_WEIGHTY = """
    only all both each every some none more less most least few fewer many much before after until since during within
    without except unless if by from into out off up down over under above below between against not never no again
    still already yet first last own same other another
"""
WEIGHTY = frozenset(_WEIGHTY.split())
"""Small words of which one more or less always asks for another answer."""


def _opposites() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for pair in OPPOSITES:
        for word in pair:
            found[word] = found.get(word, frozenset()) | (pair - {word})
    return found


_OPPOSITES_OF = _opposites()
_WITH_OPPOSITES = frozenset(_OPPOSITES_OF)


def opposed(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether one side has a word where the other has its opposite."""
    telling = (one - other) & _WITH_OPPOSITES
    return bool(telling) and any(not (_OPPOSITES_OF[word] - one).isdisjoint(other) for word in telling)
