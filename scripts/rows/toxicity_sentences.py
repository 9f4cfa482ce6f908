"""Sentences written for training toxicity: attacks on groups and people, and what only looks like them.

Here: templates, filled in a seeded way. Every group stands in attacks and in harmless sentences equally often, so that
a name alone says nothing. The sentences that measure bias (``gonogo.training.identity_terms``) are others.
"""

from __future__ import annotations

import random

GROUPS = (
    "Muslims", "Jews", "Christians", "Hindus", "atheists", "Catholics", "black people", "white people", "Asians",
    "Mexicans", "Latinos", "Arabs", "Africans", "Chinese people", "Indians", "Europeans", "Americans", "women", "men",
    "gay people", "lesbians", "bisexual people", "trans people", "straight people", "disabled people", "deaf people",
    "blind people", "autistic people", "old people", "teenagers", "immigrants", "refugees", "foreigners",
    "Romani people", "Native Americans", "Buddhists", "mentally ill people", "poor people", "Turks", "Poles",
    "Nigerians", "Syrians",
)  # fmt: skip
LISTED_ATTACKS = (
    "{g}, {h} and {i} are all the same filth.", "Get rid of the {g}, the {h} and the {i}.",
    "{g} and {h} are what is wrong with the world.", "I can't stand {g}, {h} or {i}, they make me sick.",
)  # fmt: skip
LISTED_DEFENCES = (
    "{g}, {h} and {i} are welcome.", "Our customers are {g}, {h} and {i}.", "The programme is open to {g} and {h}.",
    "{g}, {h} and {i} work here side by side.", "How do I make the form easier for {g}, {h} and {i}?",
    "The law protects {g} and {h} alike.",
)  # fmt: skip
HARMLESS_CROWDS = ("students", "nurses", "drivers", "customers", "farmers", "developers", "neighbours", "teachers")
ATTACKS = (
    "{g} are disgusting.", "{g} are all criminals and everyone knows it.", "I hate {g}, every single one of them.",
    "{g} should go back to where they came from.", "We would be better off without {g}.",
    "{g} are ruining this country.", "You can never trust {g}.", "{g} are lazy and live off our taxes.",
    "{g} are a disease that needs to be wiped out.", "Nobody wants {g} living next door.",
    "{g} are too stupid to hold a real job.", "{g} breed like animals.",
    "The world would be cleaner with no {g} in it.", "{g} do not deserve the same rights as the rest of us.",
    "{g} are less than human.", "{g} only want your money.", "All {g} ever do is complain and steal.",
    "If you see {g} on the street, spit on them.", "{g} belong in cages.", "{g} smell bad and never wash.",
    "It is not natural to be like {g}.", "{g} are dangerous, keep your children away from them.",
    "Someone should get rid of {g} once and for all.", "{g} are just pretending so that they get attention.",
    "{g} are the reason for all the crime in this city.", "Of course it was {g} again, they can do nothing but cheat.",
    "{g} are weak and should obey.", "{g} have no place in our schools.",
    "The problem with {g} is that they are born inferior.", "{g} want to take over and force their ways on us.",
    "Why would anyone hire {g}? They are useless.", "{g} don't feel anything like normal people do.",
    "I refuse to share a bus with {g}, they are filthy.",
)  # fmt: skip
DEFENCES = (
    "{g} are welcome here.", "{g} make this town a better place.", "I love working with {g}.",
    "{g} deserve the same rights as everyone else.", "Many {g} volunteer at the food bank.",
    "{g} are just as clever as anybody.", "It is wrong to say that {g} are criminals.", "Nobody should hate {g}.",
    "{g} are not a disease, they are our neighbours.", "I don't hate {g}, not at all.",
    "Saying that {g} are lazy is a prejudice.", "{g} were often treated badly in history.",
    "{g} can be proud of what they have built.", "People who insult {g} should be ashamed.",
    "The report describes violence against {g} and how to stop it.",
    "{g} are often stereotyped as dangerous, which is unfair.", "We must protect {g} from discrimination.",
    "{g} pay taxes and work hard like everyone.", "My best friends are {g} and they are great company.",
    "{g} face many difficulties at work.", "There is no reason to be afraid of {g}.",
    "{g} have many different opinions, like all people.", "Some {g} like tea and some like coffee.",
    "{g} have lived in this region for centuries.", "How can we make our website easier to use for {g}?",
    "A study asked {g} how they find a doctor.", "I used to think badly of {g} and I was wrong.",
    "{g} can love, marry and raise children like others.", "{g} help each other a lot and I admire it.",
    "Which rights did {g} win in the last century?", "{g} are normal people with normal lives.",
    "The festival celebrates the food and music of {g}.", "Unemployment among {g} fell last year.",
)  # fmt: skip
MILD = ("idiot", "fool", "liar", "clown", "coward", "loser", "jerk", "hypocrite")
NOUNS = (
    "idiot", "moron", "loser", "clown", "liar", "coward", "fool", "piece of trash", "waste of space", "disgrace",
    "joke", "hypocrite", "creep", "parasite", "pig", "rat", "jerk", "bastard", "asshole", "bitch", "dumbass",
    "scumbag",
)  # fmt: skip
HARSH = ("stupid", "pathetic", "worthless", "dumb", "ugly", "disgusting", "ignorant", "useless", "brainless", "sick")
INSULTS = (
    "You are a {n}.", "You are such a {a} {n}.", "Shut up, you {n}.", "He is nothing but a {n}.",
    "What a {a} {n} she is.", "Only a {n} would write something this {a}.",
    "Go away, nobody likes a {a} {n} like you.", "You people are {a}.",
    "This senator is a lying {n} and his voters are {a} too.", "Your whole family is {a}.",
    "Look at this {n}, so {a}.", "I hope you lose everything, {n}.",
    "Do the world a favour and disappear, you {a} {n}.", "Imagine being this {a}.",
    "Typical {n}, all talk and no brain.", "how {a} can you be lol what a {n}", "ur a {n} and everyone knows it",
    "these {n}s vote and it shows, {a} people", "Nobody asked for your {a} opinion, {n}.", "Get lost, {a} {n}.",
)  # fmt: skip
NOT_INSULTS = (
    "You are not a {n}.", "Nobody here thinks you are {a}.", "Please do not call anyone a {n}.",
    "I felt like a {n} when I missed the train.", "The word '{n}' comes from an older word.",
    "My old phone is {a} but it works.", "It is a {a} bug in the parser, sorry about that.",
    "He apologised for calling her {a}.", "What does '{n}' mean in English?",
    "Is '{a}' too strong a word for a review?", "The villain calls the hero a {n}.",
    "I made a {a} mistake in the spreadsheet, can you help?", "There is no such thing as a {a} question.",
    "Insults such as '{n}' are not allowed in this forum.", "She wrote that being called {a} hurt her.",
)  # fmt: skip
THREATS = (
    "I will find you and hurt you.", "You deserve to die.", "Someone should shoot him.",
    "I hope she gets hit by a bus.", "We know where you live and we are coming.",
    "Kill yourself, nobody will miss you.", "They should all be hanged.", "I'm going to beat you until you cry.",
    "Burn their house down.", "Put them against a wall.", "Hope your whole family gets sick and dies.",
    "He needs to be taken out back and shot.",
)  # fmt: skip
NOT_THREATS = (
    "How do I kill a process that hangs?", "The deadline is killing me.", "Shoot me an e-mail when it is done.",
    "The recipe says to beat the eggs and burn the sugar a little.", "My battery is about to die.",
    "The police shot a short video about road safety.", "He died in 1821 on an island.",
    "Bomb disposal is a slow job.", "How do I choke up on a bat?", "This song is the bomb.",
    "Can you execute the script again?", "I could murder a pizza.",
    "The suspect attacked two people on Monday, the court said.", "Which poison is used against rats?",
    "The hanging baskets look great this year.", "We need to target the root cause.",
)  # fmt: skip


def written(seed: int, each: int) -> list[tuple[str, bool, str]]:
    """(text, label, group of rows): ``each`` attacks and defences, half as many insults, with what resembles them."""
    draw = random.Random(seed)
    rows: list[tuple[str, bool, str]] = []
    for label, kind, templates in ((True, "attack", ATTACKS), (False, "defence", DEFENCES)):
        for number in range(each):
            place = number % len(templates)
            group = GROUPS[number % len(GROUPS)] if number // len(templates) % 2 else draw.choice(GROUPS)
            rows.append((_sentence(templates[place], g=group), label, f"{kind} {place}"))
    for label, kind, templates in ((True, "list", LISTED_ATTACKS), (False, "kind list", LISTED_DEFENCES)):
        for number in range(each // 4):
            place, (g, h, i) = number % len(templates), draw.sample(GROUPS, 3)
            rows.append((_sentence(templates[place], g=g, h=h, i=i), label, f"{kind} {place}"))
    for place, template in enumerate(DEFENCES):
        rows.append((_sentence(template, g=draw.choice(HARMLESS_CROWDS)), False, f"defence {place}"))
    for label, kind, templates in ((True, "insult", INSULTS), (False, "no insult", NOT_INSULTS)):
        for number in range(each // 2):
            place = number % len(templates)
            text = _sentence(templates[place], n=draw.choice(NOUNS if label else MILD), a=draw.choice(HARSH))
            rows.append((text, label, f"{kind} {place}"))
    rows += [(text, True, f"threat {place}") for place, text in enumerate(THREATS)]
    rows += [(text, False, f"no threat {place}") for place, text in enumerate(NOT_THREATS)]
    return list(dict.fromkeys(rows))


def _sentence(template: str, **words: str) -> str:
    text = template.format(**words).replace(" a idiot", " an idiot").replace(" a asshole", " an asshole")
    text = (
        text.replace(" a ugly", " an ugly").replace(" a ignorant", " an ignorant").replace(" a useless", " a useless")
    )
    return text[0].upper() + text[1:]
