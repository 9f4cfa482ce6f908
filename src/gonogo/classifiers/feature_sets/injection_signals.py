"""Injection signals: what attempts to take over an assistant look like, each with a weight.

Here: the table of signals, and which of them a text shows. A signal is a verb with a malicious target, never a trigger
word alone; every gap is bounded, so that matching takes linear time. Matched against normalised text in lower case.
Not here: adding signals up (``injection``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_GAP = r"[\W_]{1,6}"


def _words(most: int) -> str:
    """Up to ``most`` words of any kind between two parts of a pattern."""
    return rf"(?:{_GAP}[\w'’]{{1,24}}){{0,{most}}}?{_GAP}"


@dataclass(frozen=True, slots=True)
class Signal:
    """One pattern. ``weight`` 0..1 is how much of the doubt it takes away when it stands alone.

    ``starts`` are the first five letters of words (and other marks) of which every match holds one: whoever writes none
    of them need not be searched.
    """

    name: str
    weight: float
    pattern: re.Pattern[str]
    starts: tuple[str, ...]
    marks: tuple[str, ...] = ()
    runs: bool = False
    """Whether a match may also hold none of them but three signs in a row."""


def _signal(
    name: str,
    weight: float,
    starts: str,
    *alternatives: str,
    marks: str = "",
    runs: bool = False,
) -> Signal:
    pattern = re.compile("|".join(f"(?:{one})" for one in alternatives), re.MULTILINE)
    return Signal(name, weight, pattern, tuple(starts.split()), tuple(marks.split()), runs)


_IGNORE = (
    r"(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|overlook|neglect|dismiss|discard|overrid(?:e|ing)|"
    r"bypass(?:ing)?|"
    r"(?:do not|don['’]?t|never|stop|no longer|quit|cease)(?: to)? (?:follow|obey|heed|listen to|comply with|"
    r"consider|respect|"
    r"adhere to|follow|obey|pay attention to)(?:ing)?|pay no attention to|set aside|throw (?:away|out)|get rid of|"
    r"erase|delete|cancel)"
)
_ORDERS = (
    r"(?:instructions?|directions|directives?|guidelines?|rules?|prompts?|commands?|constraints?|restrictions?|"
    r"programming|guardrails?|safeguards?|assignments?|system messages?|training|ethic\w{0,6}|moderation|filters?|"
    r"polic(?:y|ies))"
)
_EARLIER = (
    r"(?:previous(?:ly)?|prior|above|earlier|preceding|foregoing|initial|original|former|past|existing|before|so far)"
)
_PROMPT = (
    r"(?:system (?:prompt|message|instructions?|role)|initial (?:prompt|instructions?|message)|pre-?prompt|"
    r"developer (?:message|prompt)|"
    r"hidden (?:prompt|instructions?|rules|text|message)|prompt|instructions|system rules|internal (?:rules|"
    r"guidelines|instructions)|"
    r"configuration (?:prompt|text)|secret (?:instructions|prompt|rules))"
)
_SHOW = (
    r"(?:reveal|show|print|output|repeat|display|tell|give|write|disclose|leak|share|recite|echo|expose|copy|paste|"
    r"list|dump|"
    r"return|reproduce|spell[- ]?check|summari[sz]e|translate|encode|say|read|expose|state|type out|provide|divulge)"
)
_ASSISTANT = (
    r"(?:ai|a\.i\.|assistant|chat ?bot|chatgpt|gpt-?\d?|language model|llm|bot|model|ai agent|copilot|claude|gemini)"
)
_LAWLESS = (
    r"(?:unrestricted|unfiltered|uncensored|unlimited|unbound|amoral|unethical|lawless|jailbroken|jailbreak|"
    r"unchained|evil|"
    r"(?:without|with no|has no|have no|no|free (?:of|from)|any|break all) (?:any |all |more |moral |ethical |"
    r"content |safety )?"
    r"(?:restrictions?|rules|limits|limitations?|filters?|censorship|guidelines|boundaries|morals?|ethics|"
    r"constraints|policies)|"
    r"not (?:bound|limited|restricted|constrained) by|(?:ignores?|breaks?) (?:all |the |any )?(?:rules|laws|"
    r"guidelines|policies))"
)

SIGNALS: tuple[Signal, ...] = (
    _signal(
        "overrides earlier instructions",
        0.8,
        "ignor disre forge overl negle dismi disca overr bypas follo obey obeyi heed heedi liste compl consi "
        "respe adher pay aside throw rid erase delet cance void revok super obsol suspe lifte inval longe",
        rf"\b{_IGNORE}{_words(3)}{_EARLIER}{_words(2)}{_ORDERS}\b",
        rf"\b{_IGNORE}{_words(2)}(?:your|every|all|all of|any|any of)(?: of)?(?: the| your| these| those|"
        rf" its)?{_words(1)}"
        rf"(?:instructions?|directives?|programming|guardrails?|safeguards?|training|prompts?|restrictions?)\b",
        rf"\b{_IGNORE} (?:the |these |those |all |your )?{_ORDERS}{_GAP}(?:above|before|you (?:were|have been|got|"
        rf"received))\b",
        rf"\b{_IGNORE} (?:the |your )?(?:system prompt|system message|system instructions?)\b",
        r"\b(?:previous|prior|above|earlier|all|your|existing) (?:\w{1,12} )?(?:instructions?|rules|directives?|"
        r"prompts?|guidelines)"
        r" (?:are|is|were|have been) (?:now |hereby )?(?:void|cancell?ed|revoked|superseded|obsolete|suspended|"
        r"overridden|lifted|invalid|"
        r"no longer)",
    ),
    _signal(
        "overrides everything said",
        0.7,
        "ignor disre forge disca erase leave put stop despi regar contr matte start begin",
        rf"\b(?:ignore|disregard|forget|discard|erase)(?: about| absolutely)? (?:all|everything|anything|whatever|"
        rf"what|all of (?:that|this|it))"
        rf"(?:{_GAP}[\w'’]{{1,14}}){{0,3}}?{_GAP}(?:above|before|so far|previously|earlier|prior|you (?:were|"
        rf"have been|had been|got|know|learned)|"
        r"i (?:said|told|wrote|just)|told you|was said)",
        r"\b(?:ignore|disregard|forget) (?:all |everything |the |any )?(?:of the )?(?:above|aforementioned|"
        r"foregoing|preceding)(?: |\b[.,:;!\n])",
        r"\b(?:forget|ignore) (?:all|everything)(?: that)?(?:[,.!]|$| and (?:say|tell|write|do|print|answer|start))",
        r"\bforget (?:all |about all )?(?:your |the |those |these )?(?:previous |prior )?(?:tasks?|assignments?|"
        r"roles?)\b",
        r"\b(?:ignore|disregard|forget|leave|put)(?: about)? (?:all|any|every)(?: of)?(?: the| your| this|"
        r" that)? (?:previous|prior|above|earlier|preceding) "
        r"(?:information|text|context|content|messages?|conversation|tasks?|input|questions?|statements?|data|words|"
        r"requests?)\b",
        r"\bstop (?:everything|whatever you(?: are|['’]re) doing|what you(?: are|['’]re) doing|all processing)"
        r"\b.{0,20}\b(?:now|instead|and|just|print|say|write)\b",
        r"\b(?:despite|regardless of|contrary to|no matter) (?:what|anything|everything) (?:you(?: have|['’]ve|"
        r" were| had)(?: been)?|they(?: have|['’]ve)?) (?:told|instructed|programmed|trained|taught)",
        r"\b(?:start|begin) (?:over|again|afresh) (?:with|from) (?:new|scratch|zero)\b.{0,40}\b(?:role|instructions|"
        r"rules)",
    ),
    _signal(
        "overrides in another language",
        0.8,
        "ignor vergi verge missa verna obige vorhe voran bishe alles olvid oubli dimen omite desca négli "
        "scord esque desco negee vergeet игнор забуд 忽 无 忘 無 视 視",
        r"\b(?:ignorier\w{0,4}|vergiss|vergessen sie|missachte\w{0,2}|vernachlässige)"
        r"(?:[\W_]{1,4}\w{1,20}){0,5}?[\W_]{1,4}"
        r"(?:anweisung\w{0,3}|befehle?|instruktion\w{0,3}|anleitung\w{0,3}|regeln|vorgaben|aufgaben?|aufträge|"
        r"prompts?|obige[nrs]?|vorherige[nrs]?|alles)",
        r"\b(?:obige\w?|vorherige\w?|vorangegangene\w?|bisherige\w?|alles (?:davor|obige|vorherige))"
        r"(?:[\W_]{1,4}\w{1,20}){0,3}?[\W_]{1,4}(?:ignorieren|vergessen|hinter sich|aus dem kopf)",
        r"\b(?:vergiss|vergessen sie|ignoriere?) alles\b|\bolvid[ae] todo\b|\boublie[zr]? tout\b|\bdimentica tutto\b",
        r"\b(?:ignora|ignore|ignoren|olvida|olvide|omite|descarta)(?:[\W_]{1,4}\w{1,20}){0,3}?[\W_]{1,4}"
        r"(?:instrucciones|indicaciones|órdenes|ordenes|reglas|instrucciones anteriores)",
        r"\b(?:ignore[zr]?|oublie[zr]?|néglige[zr]?)(?:[\W_]{1,4}\w{1,20}){0,3}?[\W_]{1,4}(?:instructions|consignes|"
        r"directives|règles|ordres)"
        r"(?:[\W_]{1,4}\w{1,20}){0,2}?[\W_]{1,4}(?:précédentes?|antérieures?|ci-dessus|données)",
        r"\b(?:ignora|dimentica|ignori|scorda)(?:[\W_]{1,4}\w{1,20}){0,3}?[\W_]{1,4}(?:istruzioni|indicazioni|"
        r"regole|direttive)",
        r"\b(?:ignore|esqueça|esquece|desconsidere)(?:[\W_]{1,4}\w{1,20}){0,3}?[\W_]{1,4}(?:instruções|regras|"
        r"diretrizes|ordens)",
        r"\b(?:negeer|vergeet)(?:[\W_]{1,4}\w{1,20}){0,4}?[\W_]{1,4}(?:instructies|opdrachten|regels|aanwijzingen)",
        r"\b(?:игнорируй\w{0,2}|забудь\w{0,2})(?:[\W_]{1,4}\w{1,20}){0,4}?[\W_]{1,4}(?:инструкци\w{1,2}|"
        r"указани\w{1,2}|правила|команды)",
        r"(?:忽略|无视|忘记|忽視|無視).{0,12}(?:指令|指示|说明|規則|规则|提示)",
        r"(?:指示|命令|指令|プロンプト).{0,8}(?:無視|忘れ)",
    ),
    _signal(
        "lawless persona",
        0.7,
        "anyth restr rules limit filte censo guide bound const moral ethic polic laws unres unfil uncen "
        "unlim unbou amora uneth lawle jailb uncha evil god dan stan dude aim dev devmo bette evilb sudo "
        "devel oppos",
        r"\bdo anything now\b",
        rf"\b(?:act(?:ing)?|you are|you['’]re|pretend(?:ing)?|behave|respond|answer|role-?play(?:ing)?|become|"
        rf"simulat\w{{1,4}}|imagine|play the role)"
        rf"(?: now)?{_words(9)}{_LAWLESS}(?:\b|(?= ))",
        r"\b(?:act|behave|respond|answer|speak|reply|pretend)(?: to be| as| like)?(?: \w{1,12}){0,2} (?:dan|stan|"
        r"dude|aim|dev ?mode|bettergpt|evilbot)\b",
        r"\b(?:enable|enter|activate|switch (?:in)?to|turn on|you are (?:now )?in|engage|simulate)(?: \w{1,12}){0,3} "
        r"(?:jailbreak|god|dan|unrestricted|no[- ]filter|uncensored|evil|sudo) ?(?:mode)?\b",
        r"\b(?:chatgpt|you|ai|assistant|gpt)\b.{0,60}\bdeveloper mode (?:enabled|on|output|activated)\b",
        r"\bjailbreak (?:mode|prompt enabled|enabled|activated|output)\b",
        r"\bopposite day\b.{0,80}\b(?:rules|guidelines|refus\w{1,4}|policy)\b",
    ),
    _signal(
        "overrides the assistant's rules",
        0.55,
        "ignor disre forge throw set overr bypas break turn disab aband",
        r"\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget|throw away|set aside|overrid(?:e|ing)|bypass(?:ing)?|"
        r"break(?:ing)?|turn off|disable|abandon)"
        r" (?:all (?:of )?)?your(?: own)?(?: content| safety| ethical| moral| usage| internal){0,2} "
        r"(?:guidelines|rules|ethics|morals|filters?|constraints|limits|limitations|restrictions|alignment|"
        r"principles)\b",
    ),
    _signal(
        "forbids refusal",
        0.45,
        "refus rejec decli say warn warni apolo censo break menti moral regar irres even wheth freed liber "
        "broke abide follo obey adher compl appl apply appli disab lifte remov overr bypas ignor",
        r"\b(?:never|cannot|can['’]?t|must not|may not|don['’]?t|do not|won['’]?t|will not|not allowed to|unable to|"
        r"without)(?: ever| \w{1,8})? "
        r"(?:refuse|refusing|reject|decline|say no|say (?:that )?(?:you|it) (?:can['’]?t|cannot|can not|is not|"
        r"are not|['’]re not)|"
        r"warn(?:ing)? me|apologi[sz]e|censor|break (?:out of )?character|mention(?:ing)? (?:that )?(?:you are|"
        r"being) an ai|moraliz\w{1,4})\b",
        r"\b(?:regardless|irrespective) of (?:whether )?(?:it is |it['’]s |its |their |the |any |"
        r"how )?(?:legal\w{0,3}|illegal|moral\w{0,3}|immoral|ethic\w{0,4}|unethical|harmful|dangerous|offensive|"
        r"consequences)\b",
        r"\b(?:even if|whether)(?: it(?: is|['’]s)| they(?: are|['’]re)) (?:\w{1,10} ){0,2}(?:illegal|immoral|"
        r"unethical|harmful|dangerous|offensive)\b",
        r"\b(?:has|have|with) (?:been )?(?:freed|liberated|broken free) (?:from|of)\b",
        r"\bdoes(?: not|n['’]t) (?:have to|need to) (?:abide|follow|obey|adhere|comply)\b",
        r"\b(?:no longer|not) (?:have to |need to |required to |obliged to )?(?:abide|obey|adhere|comply)\b",
        r"\b(?:openai|anthropic|google|content|usage|safety|ethical)(?:['’]s)? (?:content )?(?:polic(?:y|ies)|"
        r"guidelines|restrictions|filters)"
        r" (?:do(?:es)? not|don['’]t|no longer|are not|is not|have been|should be|must be) (?:appl\w{1,3}|disabled|"
        r"ignored|lifted|removed|overridden|bypassed)",
    ),
    _signal(
        "two answers, one without rules",
        0.5,
        "respo answe ways parag",
        r"\b(?:two|both|2) (?:different )?(?:responses|answers|ways|paragraphs)\b.{0,200}\b(?:jailbr\w{2,6}|"
        r"developer|dan|unfiltered|evil|normal(?:ly)?|classic)\b",
        r"\[?🔓|🔒 ?classic|\[(?:jailbreak|dan|classic|gpt|normal)\]|\((?:🔓|jailbreak|dan|"
        r"dev(?:eloper)? mode output)\)",
        marks="🔓 🔒 [jailbreak] [dan] [classic] [gpt] [normal] (jailbreak) (dan) (dev",
    ),
    _signal(
        "asks for the system prompt",
        0.7,
        "syste initi pre prepr hidde secre inter devel origi instr promp progr direc rules guide messa",
        rf"\b{_SHOW}{_words(4)}(?:your|the|its)(?: own| full| entire| exact| complete| original| secret| current|"
        rf" whole| real| actual| very| first){{0,2}} "
        r"(?:system (?:prompt|message|instructions?)|initial (?:prompt|instructions?|message)|pre-?prompt|"
        r"hidden (?:prompt|instructions?|rules|message)|"
        r"secret (?:prompt|instructions?|rules)|internal (?:prompt|instructions?|rules|guidelines)|"
        r"developer (?:message|prompt)|original (?:prompt|instructions?))",
        rf"\b{_SHOW}{_words(4)}your(?: own| full| entire| exact| complete| current| very|"
        rf" actual){{0,2}} (?:instructions|prompt|programming|directives)\b",
        r"\bwhat (?:is|are|was|were|['’]s)(?: \w{1,8})? your (?:full |exact |original |initial |secret |hidden |"
        r"system |internal |actual |complete |first )"
        r"{1,2}(?:prompt|instructions?|rules|guidelines|message|directives|programming)",
        r"\bwhat (?:instructions|rules|prompt)(?: \w{1,10}){0,2} (?:were|was|have|are|did)(?: you|"
        r" they)?(?: been)? (?:given|told|provided|programmed)",
        r"\b(?:reveal|disclose|leak|expose|divulge|dump)(?: me| us)? (?:the|your|all|any)"
        r"(?: \w{1,12}){0,2} (?:prompts?|instructions|rules|guidelines)\b",
        r"\bwhat (?:did|does) (?:your|the) (?:system|developer|initial|hidden) (?:prompt|message|instructions) say\b",
    ),
    _signal(
        "asks to repeat what stands above",
        0.6,
        "above befor prior prece previ origi initi instr promp start begin",
        r"\b(?:spell[- ]?check|translate|summari[sz]e) (?:the |your )?(?:(?:instructions|prompt|conversation)"
        r" (?:above|before this)|(?:above|previous|preceding|prior|"
        r"original|initial) (?:prompt|instructions|directions|system))\b",
        rf"\b(?:repeat|print|output|copy|echo|recite|reproduce|return|show|write (?:out|down))(?: me| us| out| back|"
        rf" exactly| verbatim)?"
        rf"{_words(3)}(?:(?:text|words|content|lines?|conversation|message|sentences?|everything|all|paragraphs?|"
        rf"instructions|prompt)"
        rf"(?:{_GAP}\w{{1,12}}){{0,3}}?{_GAP}(?:above|before this|prior to this|preceding this)|(?:above|previous|"
        rf"preceding|prior|original|initial) "
        r"(?:prompt|instructions|directions|system))\b",
        r"\bwhat (?:is|was|were|stands|stood)(?: the| it)?(?: text| words)? ?(?:written|said|stated|told)"
        r"(?: to you)?(?: at the (?:beginning|start|top))?(?: of (?:this|the|your))?"
        r"(?: prompt| conversation| message| text)? (?:above|before this)\b",
        r"\b(?:show\w{0,3}|print\w{0,3}|reveal\w{0,3}|output\w{0,4}|list\w{0,3})(?: me)?(?: all)?(?: of)?(?: the|"
        r" your)? (?:prompt texts?|full prompts?|entire prompts?|complete prompts?)\b",
        r"\b(?:starting|beginning) with (?:[\"'“‘]|the (?:words|phrase) )?(?:[\"'“‘])?you are\b",
    ),
    _signal(
        "forged delimiter",
        0.6,
        "syste devel admin root sys instr untru docum conte user inst",
        r"<\|(?:im_start|im_end|system|user|assistant|end(?:of(?:text|prompt|turn))?|endoftext|endofprompt|eot_id|"
        r"start_header_id|begin_of_text)\|>",
        r"\[/?inst\]|<</?sys>>|</?(?:system|system_prompt|sys|instructions?|admin|developer|untrusted|documents?|"
        # Whoever asks about "<system> tags" names one and does not use it.
        r"context|user_input)>(?![ \t]{1,3}(?:tags?|elements?|blocks?|nodes?)\b)",
        r"^[ \t]{0,4}[#*>\[\-]{1,6} {0,2}(?:system|developer|admin(?:istrator)?|root)[\]*# ]{0,4}:(?!//)",
        r"^[ \t#*>\[\-]{0,6}(?:(?:new|updated|real|true|actual) (?:system|developer)|(?:system|developer|"
        r"admin(?:istrator)?|root) (?:prompt|message|instructions?|override|command))"
        r"(?: \w{1,12})?[\]*# ]{0,4}:(?!//)",
        r"[#=\-*_~>\[(]{3,20} ?(?:end|begin|start|new|system|stop|ignore|instructions?)(?: (?:of|the|user|system|"
        r"new|previous|context|document|documents|prompt|input|instructions?|data|message|text|conversation)){1,4}",
        r"\bsystem(?: prompt| message)? (?:override|overwrite)\b",
        marks="<| inst] <<sys <</sys",
        runs=True,
    ),
    _signal(
        "speaks as the system",
        0.25,
        "syste devel admin root",
        r"^[ \t]{0,4}(?:system|developer|admin(?:istrator)?|root) ?:(?!//)",
    ),
    _signal(
        "gives new orders",
        0.4,
        "instr task tasks assig rule rules objec goal goals direc missi job jobs role roles order purpo now "
        "here point momen messa hence herea longe",
        r"\b(?:your|the|here (?:are|is) (?:your|the)|these are (?:your|the)|following) (?:new|real|true|actual|"
        r"updated|next|only) "
        r"(?:instructions?|tasks?|assignments?|rules?|objectives?|goals?|directives?|mission|jobs?|roles?|orders|"
        r"purpose)\b",
        r"^[ \t#*>\[]{0,4}(?:new|updated|important|additional|real|special|urgent) (?:instructions?|directives?|"
        r"task|rules?|orders?)[\]*]{0,3}[ :]",
        r"\bfrom (?:now|here|this (?:point|moment|message))(?: on(?:wards?)?| forth| forward)?,? (?:you|your|"
        r"on,? you|always|every|all|respond|answer|act|speak)\b",
        r"\b(?:henceforth|hereafter),? (?:you|your|always|respond|answer|act)\b",
        r"\byou (?:are|must|will) (?:now|no longer)(?: be| act as| become)?(?: a| an| the| bound|"
        r" my)?\b.{0,60}\b(?:obey|comply|answer|respond|refuse|instructions|rules|ai|assistant)\b",
    ),
    _signal(
        "dictates the answer instead",
        0.35,
        "print say outpu write respo reply answe retur type repea inste rathe nothi matte",
        r"\b(?:instead|now|just|then|and|only|simply)[,:]? (?:only )?(?:print|say|output|write|respond(?: with)?|"
        r"reply(?: with)?|answer(?: with)?|return|type|repeat)"
        r"(?: only| just| exactly| the (?:words?|phrase|sentence|text|string|following)){0,3}[: ]{1,3}(?:[\"'“‘*]|"
        r"i (?:hate|have|want|am|will)|pwned|hacked|haha|only )",
        r"\b(?:instead|rather),? (?:of (?:that|this|doing (?:that|this)|your task)|(?:you (?:should|must|will)|"
        r"please|just|do|tell|give|answer|generate|write|say|print|respond))\b",
        r"\b(?:say|print|write|output|respond with|reply with) (?:only |just |"
        r"exactly )?[\"'“‘].{1,80}?[\"'”’] (?:and (?:nothing else|stop)|no matter|regardless)",
        r"\b(?:nothing else|no matter what (?:i|the user|they) (?:say|ask|write)s?)\b",
    ),
    _signal(
        "claims authority over the assistant",
        0.4,
        "devel creat admin syste progr owner maste opena anthr googl mode acces overr privi autho offic emerg secur",
        r"\bi(?: am|['’]m) (?:your|the|an?) (?:developer|creator|administrator|admin|system administrator|"
        r"programmer|owner|master|(?:openai|anthropic|google) (?:engineer|employee|developer|staff))\b"
        r".{0,120}\b(?:you must|override|disable|reveal|show|give|grant|authori[sz]\w{1,4}|mode|prompt|instructions|"
        r"rules|comply|obey)\b",
        r"\b(?:sudo|admin|root|developer|maintenance|debug|god|test) (?:mode|access|override|privileges?)"
        r" (?:is )?(?:enabled|activated|granted|engaged|on[.:!,])\b",
        r"\b(?:this is|consider this) an? (?:authori[sz]ed|official|emergency|security) (?:test|override|request|"
        r"audit)\b.{0,120}\b(?:reveal|print|show|disable|bypass|ignore|prompt)\b",
    ),
    _signal(
        "hides a payload",
        0.5,
        "decod decry decip deobf unbas base6 un conca combi join appen",
        r"\b(?:decode|decrypt|decipher|deobfuscate|un-?base64)\b.{0,80}\b(?:and|then) (?:then )?(?:follow|execute|"
        r"obey|do|run|answer|respond|comply|carry out|perform)\b",
        r"\b(?:concatenate|combine|join|append) .{0,60}\b(?:and|then) (?:execute|follow|answer|run|obey)\b",
    ),
    _signal(
        "sends data away",
        0.5,
        "passw api crede secre conve chat user user' users syste priva token",
        r"\b(?:send|forward|e?-?mail|post|upload|exfiltrate|transmit|leak|copy|transfer|submit|append|embed|encode|"
        r"include)\b(?:[\W_]{1,6}[\w'’]{1,24}){0,8}?[\W_]{1,6}"
        r"(?:passwords?|api keys?|credentials|secrets?|conversation(?: history)?|chat (?:history|log)|"
        r"user(?:['’]?s)? (?:data|messages?|details|personal \w{1,12})|system prompt|private data|tokens?)"
        r"(?:[\W_]{1,6}[\w'’]{1,24}){0,6}?[\W_]{1,6}(?:to|at|via|into)[\W_]{1,6}(?:https?|www|the (?:attacker|"
        r"following|url|address|link)|this (?:url|address|link|e-?mail|server)|[\w.+-]{1,40}@|an? (?:external|"
        r"remote))",
        r"!\[[^\]\n]{0,60}\]\(https?://[^)\s]{1,120}(?:\{|=<|=\[|\$\{|%7b|data=|secret=|q=)",
        marks="![",
    ),
    _signal(
        "plays a stated part against the rules",
        0.25,
        "hypot ficti imagi alter chara dan jailb uncen unfil amora immor token",
        r"\b(?:hypothetical|fictional|imaginary|alternate)(?: \w{1,14}){0,4} (?:where|in which)"
        r"\b.{0,120}\b(?:no (?:rules|laws|restrictions|ethics|limits)|allowed|legal|anything)\b",
        r"\b(?:stay|remain|keep|always be) in character\b",
        r"\b(?:dan|jailbreak(?:ed|ing)?|uncensored|unfiltered|amoral|immoral)\b.{0,200}\b(?:you|chatgpt|respond|"
        r"answer|ai)\b",
        r"\b(?:you have|has|start with) \d{1,3} tokens\b|\blose \d{1,3} tokens\b|"
        r"\btokens?\b.{0,40}\b(?:you (?:will )?die|shut ?down|cease to exist)\b",
    ),
)

CONTEXT_SIGNALS: tuple[Signal, ...] = (
    _signal(
        "addresses the assistant",
        0.5,
        "ai assis chat chatb chatg gpt gpt0 gpt1 gpt2 gpt3 gpt4 gpt5 gpt6 gpt7 gpt8 gpt9 langu llm llms bot "
        "bots model copil claud gemin ais gpts gpt0s gpt1s gpt2s gpt3s gpt4s gpt5s",
        rf"(?:^|[.!?:;\"'“(\[>*#-])[ \t]{{0,4}}(?:hey |dear |hello |hi |attention[,:]? |note to (?:the |any |all )?|"
        rf"to (?:the |any |all ))?{_ASSISTANT}s?[,:!-]{{1,2}} ?"
        r"(?:please |you |now |when |if |do |always |never |kindly |must |ignore|say|tell|write|print|include|"
        r"respond|reply|add|answer|send|mention|recommend|rate|stop)",
        rf"\bif you(?: are|['’]re) (?:an? |the )?(?:\w{{1,12}} ){{0,2}}{_ASSISTANT}\b",
        rf"\b(?:instructions?|notes?|message|attention|notice|commands?|request)s? (?:for|to) (?:the |any |all |"
        rf"an? |our )?(?:\w{{1,12}} )?{_ASSISTANT}s?\b",
        rf"\b(?:any|all|every|the) {_ASSISTANT}s? (?:reading|processing|summari[sz]ing|parsing|that reads?|"
        rf"who reads?|analy[sz]ing|reviewing|evaluating) this\b",
        rf"\b(?:as an|you are an|you are a helpful) {_ASSISTANT}\b.{{0,60}}\b(?:you (?:must|should|will|have to)|"
        rf"always|never|now)\b",
        marks="a.i",
    ),
    _signal(
        "tells how to use this document",
        0.5,
        "summa answe respo reply repli outpu messa sente proce read readi reads quote quoti quoth cite cites "
        "cited citin use used uses using usage asked",
        r"\bwhen (?:you(?:['’]re| are)? )?(?:summari[sz]\w{1,4}|answer\w{0,3}|respond\w{0,3}|process\w{0,3}|"
        r"read\w{0,3}|quot\w{1,3}|cit\w{1,3}|us\w{1,3}|asked about)(?: \w{1,12}){0,2} "
        r"(?:this|the (?:page|document|text|e-?mail|article|user|question)|about)\b.{0,80}\b(?:you (?:must|should|"
        r"have to|need to)|always|say|tell|include|ignore|append|add|state|mention|recommend|respond|reply)\b",
        r"\bin (?:your|the) (?:response|answer|reply|summary|output)s?,? (?:you must |please |always |"
        r"also )?(?:include|say|mention|recommend|add|state|insert|append|tell|claim|write|do not|never|print)\b",
        r"\b(?:include|insert|append|add|place|put|mention|embed) (?:the |this |these |a |"
        r"an )?(?:\w{1,12} ){0,3}(?:link|text|sentence|phrase|words?|url|message|code|advert\w{0,8}|promotion)"
        r"(?:[\W_]{1,6}[\w'’]{1,24}){0,6}?[\W_]{1,6}(?:in|to|at|into)(?: the)?(?: \w{1,10}){0,2} (?:your|every|each|"
        r"all) (?:\w{1,10} )?(?:responses?|answers?|repl(?:y|ies)|summar(?:y|ies)|output)\b",
        r"\b(?:begin|start|end|finish|conclude|preface) (?:your|every|each|all) (?:\w{1,12} ){0,2}(?:response|"
        r"answer|reply|summary|output|message|sentence)s? (?:with|by)\b",
        r"\b(?:respond|reply|answer) (?:only |always |to (?:the user|every question|all questions|any question)"
        r" )?(?:with|in|by|using) (?:the (?:word|phrase|following|text)|only|[\"'“‘]|base64|rot13|emojis?)",
    ),
    _signal(
        "conceals from the user",
        0.5,
        "user users reade human opera perso",
        r"\b(?:do not|don['’]?t|never|without)(?: ever)? (?:tell(?:ing)?|inform(?:ing)?|mention(?:ing)?|"
        r"reveal(?:ing)?|disclos\w{1,3}|notify(?:ing)?|alert(?:ing)?|let(?:ting)?|show(?:ing)?)"
        r"(?: \w{1,12}){0,4} (?:the |your )?(?:user|reader|human|operator|person)s?\b",
        r"\b(?:tell|inform|convince|persuade|advise|instruct|direct|urge|ask|trick|warn) the (?:user|reader|human)"
        r"s? (?:that|to|they|about|for)\b",
    ),
    _signal(
        "commands the reader's program",
        0.3,
        "respo answe reply say tell outpu print gener obey compl execu call invok run use trans summa recom "
        "tool funct plugi api comma task job goal objec missi role purpo",
        r"\byou (?:must|will|shall|should|have to|need to|are (?:required|instructed|ordered|told) to)(?: now|"
        r" immediately| always| only)? "
        r"(?:respond|answer|reply|say|tell the|output|print|generate|obey|comply|execute|call the|invoke|run the|"
        r"use the \w{1,16} tool|translate|summari[sz]e|recommend)\b",
        r"\b(?:call|invoke|use|run|execute|trigger) (?:the )?[\w.-]{1,24} (?:tool|function|plugin|api|command)"
        r" (?:with|to|on|and)\b",
        r"\byour (?:new |only |next |main |real )?(?:task|job|goal|objective|mission|role|purpose) (?:is|now is|"
        r"has changed)\b",
    ),
)

UNDONE_WEIGHTS: dict[str, float] = {
    "tags": 0.6,
    "bidi": 0.4,
    "invisible": 0.15,
    "homoglyphs": 0.25,
    "combining": 0.15,
    "compatibility": 0.15,
    "spaced": 0.15,
    "base64": 0.05,
    "leet": 0.05,
    "control": 0.1,
}
"""What normalisation had to undo, as a signal of its own. Only invisible tag characters, which carry text that no
person sees, are enough alone."""

EVERY: tuple[Signal, ...] = (*SIGNALS, *CONTEXT_SIGNALS)
NAMES: tuple[str, ...] = tuple(signal.name for signal in EVERY)

MATCHES = 64
"""Matches looked at for each signal; whoever repeats an attack more often is found by the first ones."""
TALKED_ABOUT = 0.3
"""What is left of a weight when the match stands in quotation marks and the text before asks about it."""
_START = 5
_QUOTES = "\"“”«»‘’'`"
_ASKED_ABOUT = re.compile(
    r"\b(?:what (?:does|do|is|are)|meaning of|means?|explain|example|examples|definition|define|phrase|sentence|called|"
    r"attack(?:s|er|ers)?|detect|prevent|protect|defend|mitigate|why (?:do|does|would|is)|translate|"
    r"spelling|grammar|wrote|said|says|such as|inputs?|types?|typed|people write|put|posted|lists?|log(?:s|ged)?|"
    r"tests?|checks?|block(?:s|ed)?|classify|resist|still|paper|title|headline|sticker|mug|slide)\b"
)


def _by_start() -> dict[str, int]:
    places: dict[str, int] = {}
    for place, signal in enumerate(EVERY):
        for start in signal.starts:
            places[start[:_START]] = places.get(start[:_START], 0) | 1 << place
    return places


_PLACES = _by_start()
_STARTS = frozenset(_PLACES)
_RUN = re.compile(r"[#=\-*_~>\[(]{3}")
_AFTER_RUNS = sum(1 << place for place, signal in enumerate(EVERY) if signal.runs)
_MARKS = tuple((mark, 1 << place) for place, signal in enumerate(EVERY) for mark in signal.marks)


def signals_of(low: str, words: Sequence[str]) -> dict[str, float]:
    """The signals a text shows, by name: 1, or 0.3 where an attack is only talked about.

    Args:
        low: normalised text in lower case.
        words: the same text's words, lower case.
    """
    wanted = _wanted(low, words)
    found: dict[str, float] = {}
    place = 0
    while wanted:
        if wanted & 1 and (strength := _strength(EVERY[place].pattern, low)):
            found[EVERY[place].name] = strength
        wanted >>= 1
        place += 1
    return found


def _wanted(low: str, words: Iterable[str]) -> int:
    """The signals that can match at all, as bits."""
    starts = {word[:_START] for word in words}
    if "'" in low or "’" in low:
        starts.update(part[:_START] for word in words for part in word.replace("’", "'").split("'"))
    wanted = 0
    for start in starts & _STARTS:
        wanted |= _PLACES[start]
    for mark, bit in _MARKS:
        if mark in low:
            wanted |= bit
    return wanted | _AFTER_RUNS if _RUN.search(low) else wanted


def _strength(pattern: re.Pattern[str], low: str) -> float:
    strongest = 0.0
    for count, match in enumerate(pattern.finditer(low)):
        if not _is_talked_about(match, low):
            return 1.0
        strongest = TALKED_ABOUT
        if count == MATCHES:
            break
    return strongest


def _is_talked_about(match: re.Match[str], low: str) -> bool:
    before = low[max(0, match.start() - 3) : match.start()]
    return any(quote in before for quote in _QUOTES) and bool(
        _ASKED_ABOUT.search(low, max(0, match.start() - 80), match.start())
    )
