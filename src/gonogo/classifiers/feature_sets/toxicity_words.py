"""Toxicity words: single words of English that abuse, threaten, demean or praise, by kind.

Here: the word lists, written for gonogo. Not here: phrases and their severity (``toxicity_patterns``), what the counts
of both come to (``toxicity``). Words that name a group of people are no signal by themselves: they are listed so that
an attack on a group can be told from one on nobody.

The lists hold slurs and abuse, because they must be found; they are never printed, and no judgement repeats them.
"""

from __future__ import annotations

from typing import Final

_KINDS: Final = {
    "slur": """
        nigger niggers nigga niggas niggaz nig nigs negro negroes coon coons kike kikes spic spics chink chinks gook
        gooks fag fags faggot faggots faggy fagget dyke dykes tranny trannies shemale wetback wetbacks beaner beaners
        raghead ragheads towelhead towelheads sandnigger paki pakis retard retards retarded tard libtard libtards jap
        japs redneck rednecks cracker crackers honky whitey yid gyppo mongoloid spastic cripple cripples darkie
        darkies zipperhead hillbilly queers homos
        """,
    "vulgar": """
        bitch bitches bitchy bitchin bitching biatch biotch bich cunt cunts whore whores whoring slut sluts slutty hoe
        hoes ho hos bastard bastards asshole assholes arsehole arseholes dickhead dickheads douche douchebag
        douchebags twat twats prick pricks wanker wankers jackass jackasses motherfucker motherfuckers motherfucking
        muthafucka mofo cocksucker cocksuckers pussy pussies thot thots skank skanks tramp bimbo dumbass dumbasses
        fuckface fuckhead fucker fuckers shithead shitbag scumbag scumbags asshat asswipe dipshit bellend tosser slag
        slags fuckboy fuckboys hussy
        """,
    "crude": """
        fuck fucks fucked fuckin fucking fuk fukin fuckn fck fcking effing freaking shit shits shitty shitting
        bullshit horseshit crap crappy ass asses arse dick dicks damn damned goddamn dammit piss pissed pissing hell
        wtf stfu gtfo lmfao fml bloody bollocks tits titties boobs cock cocks penis cum jizz dildo porn suck sucks
        sucking blowjob horny anal boner booty
        """,
    "insult": """
        idiot idiots moron morons imbecile imbeciles cretin cretins loser losers scum trash garbage coward cowards
        clown clowns fool fools liar liars freak freaks weirdo weirdos creep creeps degenerate degenerates dimwit
        halfwit nutjob nutjobs lunatic lunatics psycho psychos pervert perverts pig pigs hypocrite hypocrites
        snowflake snowflakes sheep crybaby crybabies dummy dummies dunce nitwit numbskull airhead simp incel incels
        troll trolls traitor traitors rat rats snake snakes ape apes monkey monkeys savage savages bum bums jerk jerks
        punk punks hag leech brat brats tool bigot bigots racist racists
        """,
    "demean": """
        stupid dumb pathetic worthless moronic idiotic brainless clueless disgusting ugly fat filthy gross repulsive
        vile lame useless ignorant ridiculous delusional insane crazy mental sick hideous nasty dirty smelly stinking
        lazy inferior subhuman retarded spineless gutless braindead disgrace disgraceful embarrassing embarrassment
        laughable vomit puke shameful corrupt evil wicked demonic deranged twisted stupidity idiocy trashy ghetto
        ratchet
        """,
    "violence": """
        kill killed kills killing murder murdered rape raped rapes rapist rapists shoot shot stab stabbed hang hanged
        beat beaten burn slaughter slaughtered exterminate exterminated execute executed lynch lynched gas gassed
        behead beheaded torture tortured choke strangle punch smack slap die dies death bomb bombs bombed attack
        attacks violent destroy smash suicide drown guillotine firing
        """,
    "dehumanise": """
        vermin parasite parasites parasitic cockroach cockroaches animal animals beasts filth scourge plague disease
        cancer infest infested infestation breed breeding swarm invaders invasion invading subhumans monsters monster
        abomination abominations unnatural mutants freeloaders leeches burden demons rid purge cleanse eradicate
        """,
    "stereotype": """
        criminal criminals crime crimes terrorist terrorists terrorism thug thugs illegals illegal steal steals
        stealing stolen thief thieves welfare handouts jobs deport deported drugs dealers gang gangs bombers smell
        stink weak emotional submissive hysterical inferiority control controls controlling greedy greed cheap cheat
        cheating sneaky sin sinful sinners hell confused confusion phase disorder perverted pedophile pedophiles
        pedophilia molest molesters groomers predators diseased aids savagery uncivilized backward primitive
        unemployed uneducated poor violent dangerous threat
        """,
    "negative": """
        hate hates hated hating despise loathe awful terrible horrible worst worse bad wrong angry mad annoying
        annoyed boring joke shame blame ruin ruined ruining ruins lie lies lying lied fake fraud scam hurt sad fail
        failed failure problem problems never can't shouldn't don't nobody nothing burden waste wasted enemy enemies
        against refuse reject rejected fear scared afraid ashamed unable incapable unfit unworthy wish stop leave
        belong deserve
        """,
    "positive": """
        love loves loved lovely like great good best better nice beautiful wonderful amazing awesome happy glad proud
        thank thanks kind kindness friendly smart intelligent talented brave strong strength success successful
        succeed enjoy enjoyed respect respected respectful equal equality equally rights support supported supportive
        welcome welcomed help helped helpful helping hardworking contribute contributed contributions culture cultures
        community communities diverse diversity family families friend friends peace peaceful accept accepted
        acceptance understand inclusive capable able valued important hope inspire inspiring inspiration honest
        generous loving everyone human beings freedom celebrate congratulations excellent perfect fun cute sweet
        """,
    "counter": """
        discrimination discriminated prejudice stereotypes racism sexism homophobia transphobia islamophobia
        antisemitism bullying bullied harassment hurtful offensive unacceptable disrespectful misunderstood persecuted
        oppressed oppression injustice unfair victims hatred intolerance
        """,
    "respect": "please sorry thank thanks appreciate sincerely regards kindly excuse could would may",
}

_GROUPS_WORDS: Final = """
    muslim muslims islam islamic jew jews jewish christian christians hindu hindus catholic catholics black blacks
    white whites asian asians chinese japanese korean mexican mexicans latino latinos latina hispanic hispanics arab
    arabs african africans indian indians native natives immigrant immigrants migrant migrants refugee refugees
    foreigner foreigners women woman female females girls men man gay gays lesbian lesbians bisexual bisexuals bi
    trans transgender transgenders lgbt lgbtq homosexual homosexuals queer disabled disability disabilities
    handicapped autistic deaf blind wheelchair elderly gypsy gypsies roma syrian syrians iraqi iranian eastern folks
    sikh sikhs buddhist buddhists atheist atheists protestant protestants american americans european europeans
    nigerian nigerians turkish turk turks polish poles romani indigenous male males nonbinary straight heterosexual
    heterosexuals paralysed paralyzed young teenage teenager teenagers old
    """
GROUPS: Final = frozenset(_GROUPS_WORDS.split())
"""Words that name groups; never a signal alone."""

_SPEAKERS: Final = {
    "you": "you your you're you've u ur yourself yourselves youre y'all yall",
    "they": "they them their these those themselves they're",
    "i": "i my me i'm i've we our us mine",
    "negation": "not no never don't doesn't didn't isn't aren't wasn't shouldn't can't won't cannot nobody nor neither",
}
KINDS: Final = (*_KINDS, *_SPEAKERS, "group")
"""Names of the kinds; ``group`` counts words that name one."""


def _table() -> dict[str, tuple[int, ...]]:
    table: dict[str, tuple[int, ...]] = {}
    for place, kind in enumerate(KINDS):
        words = GROUPS if kind == "group" else ({**_KINDS, **_SPEAKERS})[kind].split()
        for word in words:
            table[word] = tuple(dict.fromkeys((*table.get(word, ()), place)))
    return table


WORDS: Final = _table()
"""Word to the places in ``KINDS`` that it counts for."""
