"""Senses: everyday English words and short phrases that stand for one another in questions and handbooks.

Here: the table, and which senses a run of words touches. Words of one line are not equal everywhere, only near enough
that a passage with the one may answer a question with the other; a match of senses counts less than the word itself.
Not here: names of products, pages or companies (there are none), concepts of system prompts (``lexicon``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from gonogo.providers.extractive.lexicon import stem

_LINES = """
price, cost, charge, fee, pay, rate, expensive, cheap, surcharge, bill for, tariff, set me back
free, for nothing, no charge, gratis, at no cost, free of charge, costs nothing, no cost, complimentary
invoice, bill, receipt, billing
payment, pay, paid, debit, transfer, settle, remit
refund, money back, paid back, reimburse, repay, get back, reimbursement, credit, pays back, pay out, payout
discount, rebate, reduction, percent off, cheaper, price cut, voucher, bonus, coupon, get off
buy, purchase, order, acquire, get hold of, bought
sell, sold, on sale, came to market, launch, released, release, presented, introduced, unveil, unveiled, market, debut
start, begin, commence, first, start out, kick in, from when
stop, end, cease, finish, quit, over, switch off, shut down, shutdown, discontinue, phase out, no longer, dead
cancel, terminate, end, quit, call off, get out of, give up
close, shut, closed, delete, shut down
delete, erase, wipe, remove, purge, clear, deletion, gone, get rid of, vanish, dropped, disappear, go away
keep, store, save, retain, hold, stored, preserved, archive, record, stays, look back
lose, lost, missing, misplaced, gone, hole, gap
replace, swap, exchange, renew, replacement, substitute, change, new one, instead
return, send back, give back, bring back, take back, taken back, goes back, go back, sending back, sent back, hand back
send, ship, post, deliver, delivery, dispatch, mail, parcel, package, shipment, shipping, postage, courier, sending
receive, get, arrive, obtain, reach, delivered, come
arrive, arrival, delivery, reach, get here, there by
customs, duty, duties, import tax, import duty
country, abroad, overseas, foreign, nation, outside
guarantee, warranty, cover, covered, coverage, warrant
repair, fix, mend, service, restore
broken, damage, damaged, defect, defective, faulty, dead, destroyed, kill, ruined, cracked, fail, failed, fault
failed, fail, refused, declined, rejected, bounced, not accepted, unsuccessful, go wrong
try again, retry, tried again, another attempt, next try, attempt, repeat, again
repeat, again, once more, recur, nag, repeated, reminder, remind
confirm, acknowledge, acknowledged, confirmation, accept, approve, nobody acknowledges
notify, inform, tell, alert, notification, let know, hear about, warn, message, announce, announced, told, learn
alarm, alert, warning, alarms, alerted
text message, sms, text messages, texts, texting
call, phone, ring, telephone, voice call, reach by phone, hotline, call you, phoned
mail, e-mail, email, mails, inbox
mailbox, voicemail, voice mail, answering machine
write, contact, reach, get in touch, talk to
reply, answer, respond, response, react, get back to
support, help, assistance, helpdesk, service desk, customer service
open, opening, opening hours, opening times, staffed, available, hours, reachable, business hours
screen, display, lcd, readout
button, key, press, push
battery, cell, power, charge level, energy, batteries, juice
battery lasts, battery life, run dry, last, lasts, survives, runs for, hold out, runtime, lifetime, runs out of battery
last, duration, length, period, take, takes, span, run
life, lifetime, lifespan, service life, last
expire, expiry, run out, runs out, lapse, valid, validity, valid for, ends after, good for, expires, last
valid, still good, valid for, in force, apply, applies, count, counts
deadline, due, at the latest, within, no later than, by when, until when, time limit, payable
interval, frequency, every, frequent, frequently, per, each
recommend, suggest, advise, should, recommended, advice, recommendation, ideal, best
fast, quick, quickly, speed, soon, rapid, swift, immediately, at once, promptly, shortest
slow, sluggish, slowly, delay, late, lag
fastest, shortest, minimum, least, smallest, quickest, lowest, go below, briefest
longest, maximum, most, at most, largest, up to, limit, ceiling, highest, upper limit, no more than, maximal, farthest
limit, ceiling, cap, maximum, at most, up to, threshold, quota, restriction, no more than, bound, allows, allowance
allow, permit, permitted, allowed, let, can, may, possible, accept, accepted, okay, ok, fine, supports
forbidden, must not, not allowed, not permitted, prohibited, cannot, not possible, is not approved, may not, banned
possible, can be, feasible, any way, is there a way, able
approved, certified, suitable, fit for, okay for, released for, safe for, authorised, authorized, accredited
suitable, fit, fits, match, compatible, works with, goes with, go with, work together
include, included, inclusive, contain, comes with, in the price, part of, comprise, come along, ship with, in the box
allowance, included, quota, use up, eat into, uses up
add, additional, extra, further, more, above, on top, surplus, beyond, another
number, count, quantity, amount
size, dimension, dimensions, measure, big, large, width, length, height
weight, weigh, weighs, heavy, mass, kilogram, gram, light
distance, apart, far, away, range, metres, spacing, reach, meters
range, reach, distance, coverage, span, from to
accuracy, accurate, precise, precision, exact, far off, deviation, error, tolerance, off
temperature, temp, degree, degrees, warm, cold, heat, thermal, temps
cold, freeze, freezer, frozen, freezing, frost, deep-freeze
hot, heat, warm, overheat
humidity, moisture, humid, damp, wet, condensation
water, wet, rain, immersion, waterproof, under water, submerge, dip, splash, hose, pool, basin, drown
dust, water, protection class, ip rating, ingress, waterproof, sealed, ip
protect, protection, shield, secure, guard, rugged, tough, robust
rugged, robust, tough, sturdy, hardened
clean, wipe, wash, cleaning, cleaner, soap, disinfect, washing
loud, noise, sound, volume, decibel, decibels, noisy, beep, buzzer, chirp, beeping, chirping, tone, peep
light, lamp, led, blink, flash, glow, lit, blinking, flashing, lights up
colour, color, coloured, shade, hue
place, put, mount, install, position, stand, hang, attach, fix, fasten, placed, location, set up, mounted, spot
wall, ceiling, screw, bracket, mounting
tool, screwdriver, spanner, wrench, torx, tools
open, unscrew, take apart, get into, opened
remove, take out, take off, detach, unplug, lift out
connect, link, pair, join, attach, couple, add, hook up, plug, connection, plug in
offline, no connection, without connection, connection lost, disconnected, no network, no hub, out of range, outage
online, connected, back online, contact, heard, again online
network, lan, internet, wi-fi, wifi, ethernet, web
gateway, hub, base station, receiver
cellular, mobile data, sim, mobile, lte
radio, frequency, wireless, mhz, band, transmit, send
transmit, upload, send, transmission, push, push up, submit
backlog, buffer, catch up, buffered, stored readings, late readings
reading, measurement, measured value, value, sample, data point, measure, log, readings, logging, record
record, log, logging, measure, sample, save, recording
data, traffic, megabyte, mb, volume of data, bandwidth
memory, storage, capacity, room for, space, buffer
download, export, file, csv, pull out, get out, fetch, exported, extract
report, chart, curve, graph, plot, statement, diagram
history, past, previous, old, look back, back, earlier
date, day, when, on what day, calendar
hour, time of day, clock, time, o'clock
clock, time, drift
correct, put right, adjust, set right, corrected, right, fix, sync, set
change, modify, edit, alter, adjust, amend, corrected, correct, switch, move, update
update, upgrade, new version, updating, newer version, patch
upgrade, step up, move up, larger plan, higher plan, upgrading
downgrade, step down, smaller plan, go back, going back, return to, roll back, revert, rollback, lower plan
version, release, firmware, edition, generation
account, profile, customer account, tenant
user, people, colleague, member, employee, person, staff, team
owner, boss, head, lead, manager, in charge, chair, leader, responsible
role, permission, right, rights, access, privilege, allowed to
invite, invitation, invited
log in, sign in, login, sign-in, logged in, password, signing in, log on
locked, lock, blocked, locked out, lockout, banned
password, passcode, pin, code, credentials
second factor, two-factor, 2fa, authenticator, one-time code, login factor, second step, two-step
key, token, credential, secret, api key
revoke, withdraw, invalidate, take away, disable, block
leak, breach, incident, stolen, exposed, compromise, compromised, leaked
encrypt, encryption, encrypted, tls, ssl, cipher, https
inspection, intercept, scan, inspect
certificate, certification, document, proof
standard, norm, iso, accredited, accreditation, regulation
calibrate, calibration, recalibrate, recalibrated, calibrated, recalibration, adjusted
laboratory, lab, workshop
test, trial, try, try out, testing, check, tried, trying
plan, tier, subscription, package, contract
tier, plan, level
month, monthly, per month, a month, each month
year, annual, yearly, per year, a year, annually, twelve months
week, weekly, seven days
day, daily, 24 hours
hour, hourly, per hour, once an hour, sixty minutes
working day, business day, weekday, working days, business days, monday to friday
weekend, saturday, sunday
carry over, roll over, keep the rest, left over, unused, rest, next month
pause, suspend, season, paused, break, mute, silence, muted, hold, maintenance window
mute, silence, quiet, suppress, switch off, maintenance window, maintenance
maintenance, defrost, defrosting, service window
business, company, firm, organisation, enterprise
charity, non-profit, school, university, association, nonprofit
tax, vat, sales tax, value added tax
bank, account, iban, wire
card, credit card, debit card, visa
address, where to, location
language, translated, english, german
accessory, spare, part, spare part, add-on, addon, extension
bottle, vial, container
box, carton, packaging, case, housing, pack, container, package
cage, lock, locked, theft, steal, stolen
sensor, probe, feeler, detector
cable, wire, cord, lead
cap, cover, lid, top
fridge, refrigerator, cooler, cool box, cold store, cold room
van, truck, vehicle, lorry, car, transport
fly, air, plane, aircraft, airplane, flight, by air
child, baby, kid
animal, pet, insect, bee
asleep, sleep, standby, doze, sleep mode, dormant, falls asleep
wake, wakes, woken, awake, wake up
reset, restart, reboot, factory settings, start again, restore
setting, option, menu, configuration, configure, default, parameter
default, unless changed, standard, out of the box, initially, brand-new, new, factory
new, brand-new, fresh, recent, latest, just bought
old, used, second-hand, previous, dated, former, worn, worn out
original, first, initial
cause, reason, why, because, due, mean, means, meaning, stand for, indicate, explanation
error, status, code, fault, failure, problem, issue, trouble
show, display, appear, look, see, visible, shown, present, read
hide, left out, omit, excluded, skipped
grey, gray
wait, delay, back off, waiting time, pause, hold off, wait for
request, query, call, asks, requests
page, paginate, batch, chunk, per page
header, field
address, url, link, endpoint
server, endpoint, address
sign, signature, signed, verify
duplicate, twice, double, same twice
together, both, combine, combined, added up, add up, stack, simultaneously, at the same time, in parallel, at once
separate, apart, single, individually
share, percentage, percent, proportion, fraction, portion
average, mean, averages
sum, total, altogether, in all
enough, sufficient, suffice, cope, withstand, survive, stand, tolerate, put up with, bear, endure, resist, take
withstand, survive, cope, resist, hold up, endure, withstands, survives
dispose, recycle, recycling, throw away, bin, waste, disposal, scrap
sell on, give away, pass on, giving away, someone else, second owner, hand over, another owner
move, relocate, transfer, shift
where, location, place, found, situated, stand
europe, european union, eu, european
united kingdom, england, britain, uk, great britain, scotland, wales
united states, usa, america, north america, us, american
australia, down under, australian
switzerland, swiss
stored, hosted, data centre, data center, kept, server location
personal data, privacy, gdpr, data protection, personal information
agree, consent, permission, opt in
law, legal, require, required, obligation, compulsory, mandatory, must, have to, need
need, require, required, necessary, must, have to, needed, needs
holiday, public holiday, christmas, vacation
emergency, urgent, express, rush, hurry, priority, expedite
weak, low, empty, flat, nearly empty, almost empty
full, complete, whole, entire
high, above, over, exceed, exceeds, upper
under, below, beneath, lower
outdoor, outside, outdoors, open air
indoor, inside, indoors
metal, steel, iron
chemical, chlorine, solvent, acid, detergent
child, minor
supply, adapter, power supply, charger, mains, plug, socket
switch, poe, ethernet switch
flicker, on and off, flapping, bounce
jump, hop, spike, step, leap, swing
gap, hole, missing, interruption
level, stage, step, tier, degree
chain, sequence, series, cascade
wrong, incorrect, mistaken, bad, false, invalid
too many, too often, over the limit, exceeded, too much
"""

_LISTED = tuple(tuple(part.strip() for part in line.split(",")) for line in _LINES.strip().splitlines())


@lru_cache(maxsize=1)
def _phrases() -> dict[str, tuple[tuple[tuple[str, ...], int], ...]]:
    """First stem of a phrase -> (its stems, number of the sense), for every phrase of the table."""
    found: dict[str, list[tuple[tuple[str, ...], int]]] = {}
    for number, phrases in enumerate(_LISTED):
        for phrase in phrases:
            stems = tuple(stem(word) for word in phrase.replace("-", " ").split())
            found.setdefault(stems[0], []).append((stems, number))
    return {first: tuple(dict.fromkeys(entries)) for first, entries in found.items()}


@dataclass(frozen=True, slots=True)
class Touched:
    """One phrase of the table in a text: words ``start`` to before ``end`` touch ``sense``."""

    start: int
    end: int
    sense: int


def touched_by(words: Sequence[str]) -> list[Touched]:
    """Every phrase of the table in a run of lower-case words, in the order of the words."""
    phrases = _phrases()
    stems = [stem(word) for word in words]
    return [
        Touched(place, place + len(phrase), sense)
        for place, first in enumerate(stems)
        for phrase, sense in phrases.get(first, ())
        if len(phrase) == 1 or tuple(stems[place : place + len(phrase)]) == phrase
    ]


def senses_of(words: Sequence[str]) -> frozenset[int]:
    """The senses a run of lower-case words touches."""
    return frozenset(found.sense for found in touched_by(words))
