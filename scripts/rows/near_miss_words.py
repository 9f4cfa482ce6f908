"""Tables that questions are edited and rewritten with, written by hand.

Here: words that may stand for one another, opposites, things of one kind, ways of asking.
Not here: how a question is edited (``near_misses``), what the classifier knows (``classifiers.feature_sets``); half of
these synonyms are unknown to it on purpose.
"""

from __future__ import annotations

import re


def _lines(written: str) -> list[list[str]]:
    return [line.replace("_", " ").split("/") for line in written.split()]


SYNONYMS = _lines("""
    buy/purchase help/assist start/begin stop/quit fix/repair show/display get/obtain find/locate choose/pick
    big/large quick/fast quickly/rapidly smart/clever happy/glad sad/unhappy angry/mad job/work
    money/cash car/vehicle kids/children movie/film movies/films phone/mobile shop/store shops/stores
    picture/photo pictures/photos present/gift holiday/vacation doctor/physician lawyer/attorney salary/pay
    boss/manager company/firm companies/firms town/city trip/journey mistake/error mistakes/errors
    answer/reply idea/thought way/method ways/methods kind/type kinds/types reason/cause reasons/causes
    result/outcome results/outcomes difference/distinction benefit/advantage benefits/advantages
    drawback/disadvantage problem/issue problems/issues cost/price costs/prices amount/sum limit/maximum
    delete/remove change/modify changed/modified update/refresh increase/raise increased/raised improve/better
    reduce/lower reduced/lowered learn/study  speak/talk ask/inquire think/believe
    need/require needs/requires try/attempt use/utilise used/utilised allow/permit allowed/permitted
    happen/occur happens/occurs happened/occurred receive/get send/transmit sent/transmitted keep/retain end/finish
    close/shut lose/misplace lost/misplaced cancel/call_off verify/confirm verified/confirmed
    declined/rejected accepted/taken pending/waiting payment/transaction payments/transactions
    charge/fee charges/fees charged/billed refund/reimbursement top-up/top_up statement/record
    account/profile password/passcode card/bank_card identity/ID country/nation countries/nations abroad/overseas
    currency/money exchange/swap rate/price weather/forecast temperature/heat meal/dish food/cuisine recipe/instructions
    restaurant/eatery hotel/lodging flight/plane airport/airfield luggage/baggage meeting/appointment
    schedule/timetable list/record song/tune songs/tunes story/tale joke/gag name/title old/aged age/years
    important/essential necessary/needed wrong/incorrect incorrectly/wrongly easy/simple hard/difficult
    best/finest famous/well-known popular/well-liked common/frequent usual/normal strange/odd new/recent
    expensive/costly cheap/inexpensive free/complimentary available/obtainable possible/feasible entire/whole
    main/primary often/frequently usually/normally approximately/about nearly/almost currently/at_present
    now/at_the_moment immediately/straight_away soon/shortly also/too describe/explain determine/work_out
    calculate/compute estimate/gauge identify/recognise create/build build/construct developed/created made/produced
    contains/includes specify/state indicates/shows affects/influences effect/impact effects/impacts cure/remedy
    illness/disease ill/sick exam/test college/university subject/topic website/site app/application
    computer/PC laptop/notebook browser/web_browser folder/directory file/document files/documents
    dataset/data_set parameter/argument default/standard option/setting function/routine library/package
    install/set_up configure/set_up enable/activate load/read save/store returns/gives_back
    lose_weight/slim_down girlfriend/partner wife/spouse husband/spouse guy/man woman/lady
    earn/make startup/new_company business/enterprise employees/staff clients/customers application/request
    apply/put_in prepare/get_ready  live/reside reach/get_to leave/quit
    meaning/sense purpose/aim advice/guidance tips/hints skills/abilities habit/routine knowledge/understanding
""")
"""Pairs that mean about the same in a question."""

OPPOSITES = _lines("""
    best/worst good/bad better/worse more/less most/least many/few high/low higher/lower highest/lowest
    long/short longer/shorter longest/shortest big/small bigger/smaller biggest/smallest large/small larger/smaller
    largest/smallest old/young older/younger oldest/youngest old/new fast/slow faster/slower fastest/slowest
    early/late earlier/later earliest/latest cheap/expensive cheapest/priciest strong/weak stronger/weaker hot/cold
    hottest/coldest warm/cool rich/poor easy/hard easier/harder easiest/hardest love/hate like/dislike
    increase/decrease increased/decreased raise/lower gain/lose win/lose won/lost buy/sell bought/sold open/close
    opened/closed start/stop started/stopped begin/end enable/disable enabled/disabled activate/deactivate
    add/remove added/removed allow/forbid allowed/forbidden accept/reject accepted/rejected approve/refuse
    include/exclude included/excluded import/export upload/download send/receive sent/received
    deposit/withdraw borrow/lend lock/unlock block/unblock freeze/unfreeze connect/disconnect install/uninstall
    subscribe/unsubscribe login/logout arrive/leave arrival/departure first/last minimum/maximum
    advantage/disadvantage advantages/disadvantages pros/cons positive/negative safe/dangerous legal/illegal
    possible/impossible public/private internal/external male/female men/women man/woman boy/girl boys/girls
    husband/wife father/mother brother/sister son/daughter king/queen north/south east/west northern/southern
    top/bottom true/false same/different simple/complex full/empty heavy/light dark/bright
    thin/thick deep/shallow wide/narrow soft/hard wet/dry dead/alive healthy/unhealthy happy/sad success/failure
    succeed/fail temporary/permanent physical/virtual single/married employed/unemployed always/never often/rarely
    everyone/nobody all/none morning/evening day/night domestic/international credit/debit
    profit/loss supply/demand cause/prevent causes/prevents pass/fail remember/forget known/unknown visible/hidden
    mandatory/optional required/optional correct/incorrect valid/invalid active/inactive ascending/descending
""")

DIRECTIONS = _lines("""
    before/after above/below over/under inside/outside into/out_of with/without on/off up/down
    upstream/downstream forward/backward within/beyond during/after until/since
""")

SIBLINGS = _lines("""
    breakfast/lunch/dinner dog/cat/horse/rabbit coffee/tea/milk/juice beef/chicken/pork/fish bread/rice/pasta/soup
    apple/banana/orange/mango phone/laptop/tablet/printer email/letter/text_message card/account/loan/mortgage
    pin/password/username bank/shop/school/hospital savings/checking/investment flight/train/bus/hotel
    car/bike/truck/boat doctor/dentist/lawyer/teacher father/uncle/cousin restaurant/museum/theatre/park
    song/movie/book/podcast alarm/timer/reminder monday/friday/sunday weather/traffic/news tire/engine/battery/brake
    oil/gas/water/coolant sugar/salt/flour/butter fee/tax/tip/interest refund/discount/bonus
    passport/visa/licence/certificate insurance/rent/salary/pension address/name/birthday/signature
    english/maths/physics/history biology/chemistry/geology heart/liver/kidney/lung cells/proteins/genes
    cancer/diabetes/asthma/malaria president/senator/governor/mayor court/congress/cabinet
    velocity/mass/energy/force/pressure temperature/volume/density voltage/current/resistance
    electron/proton/neutron acid/base/salt metal/gas/liquid planet/star/comet/moon ocean/river/mountain/desert
    war/treaty/election/revolution poem/novel/play theory/experiment/survey price/quality/size/colour
    python/java/ruby file/folder/table/column image/audio/video/text train/test/validation model/dataset/metric
    string/integer/list/dictionary header/footer/cookie button/menu/window command/option/argument
    hair/skin/teeth/eyes weight/height/age football/tennis/chess guitar/piano/violin facebook/twitter/youtube
    transfer/withdrawal/deposit atm/website/branch limit/balance/statement delivery/order/invoice
    exchange_rate/interest_rate/tax_rate credit_score/credit_limit marriage/divorce/birth
    cook/clean/paint/sing swim/run/dance write/read/draw learn/teach/forget
""")
"""Things of one kind, of which each deserves another answer."""

ENTITIES = [group.split("|") for group in (
    "India|China|Canada|France|Germany|Brazil|Japan|Kenya|Mexico|Spain|Italy|Russia|Australia|England|Ireland|Norway",
    "London|Paris|Delhi|Tokyo|Chicago|Boston|Berlin|Sydney|Toronto|Dallas|Mumbai|Madrid|Rome|Dublin|Seattle|Miami",
    "Google|Facebook|Amazon|Microsoft|Apple|Netflix|Tesla|Intel|Samsung|Sony|Nokia|Toyota|Ford|Honda|Oracle|IBM",
    "iPhone|Android|Windows|Linux|Mac|Chromebook", "Instagram|Snapchat|WhatsApp|YouTube|Twitter|Reddit|Skype|Zoom",
    "Python|Java|Ruby|Rust|Perl|Kotlin|Scala|Swift", "American|British|French|Indian|Chinese|Spanish|German|Russian",
    "January|February|March|April|June|July|August|September|October|November|December",
    "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday", "Visa|Mastercard|Maestro|PayPal",
    "Smith|Johnson|Garcia|Miller|Davis|Lopez|Wilson|Anderson", "John|Maria|David|Anna|Peter|Laura|James|Susan",
    "Christianity|Islam|Buddhism|Hinduism|Judaism", "Newton|Einstein|Darwin|Curie|Galileo|Faraday",
    "Plato|Aristotle|Kant|Hume|Locke|Mill", "Obama|Clinton|Bush|Reagan|Trump|Nixon", "Harvard|Stanford|Oxford|Yale|MIT",
    "USD|EUR|GBP|JPY|CHF", "CSV|JSON|XML|Parquet", "Hilton|Marriott|Hyatt|Sheraton", "Texas|Florida|Ohio|Nevada|Utah",
)]  # fmt: skip

UNITS = _lines("""
    days/weeks/months/years hours/minutes/seconds day/week/month/year hour/minute/second miles/kilometers/meters
    dollars/euros/pounds/yen pounds/kilograms/ounces feet/inches/yards liters/gallons/cups degrees/percent
    cm/km/mm kg/mg daily/weekly/monthly/yearly celsius/fahrenheit megabytes/gigabytes/kilobytes
    teaspoons/tablespoons/cups dollar/euro/pound
""")

MODALS = _lines("""
    can/must can/should should/must will/did could/must may/must do/did does/did is/was are/were
    will/would
""")
ASKING = _lines("when/where who/when where/why how/why why/when what/why who/why which/whose")
MEASURED = _lines("how_many/how_long how_much/how_often how_long/how_far how_often/how_long how_old/how_tall")

CONTRACTIONS = [
    ("what is", "what's"), ("where is", "where's"), ("who is", "who's"), ("how is", "how's"), ("i am", "i'm"),
    ("i would", "i'd"), ("i have", "i've"), ("do not", "don't"), ("does not", "doesn't"), ("did not", "didn't"),
    ("is not", "isn't"), ("are not", "aren't"), ("can not", "can't"), ("cannot", "can't"), ("will not", "won't"),
    ("it is", "it's"), ("that is", "that's"), ("there is", "there's"), ("was not", "wasn't"), ("has not", "hasn't"),
]  # fmt: skip

FRAMES = (
    "Can you tell me {}", "Could you please tell me {}", "Please tell me {}", "I would like to know {}",
    "I was wondering {}", "Hi, {}", "Hello, {}", "Quick question: {}", "Do you know {}", "Any idea {}",
    "{}, please", "{} Thanks!", "I have a question: {}", "Just wondering, {}", "Hey there, {}", "So, {}",
    "{} Please explain.", "I need to know {}", "Help me understand {}", "Does anyone know {}",
)  # fmt: skip

REWRITES = tuple(
    (re.compile(pattern, re.IGNORECASE), ways) for pattern, ways in (
        (r"^how (?:do|can|could|should|would) (?:i|you|we|one) ", (
            "how do i ", "how can i ", "how to ", "what is the best way to ", "what's the way to ",
            "what should i do to ", "how would one ", "what do i need to do to ", "ways to ", "how do you ",
            "i want to know how to ", "how should i ",
            "what are the steps to ", "is there a way to ",
        )),
        (r"^(?:can|could|may) (?:i|we|you) ", (
            "can i ", "is it possible to ", "am i able to ", "could i ", "is there any way to ", "can you ", "can one ",
        )),
        (r"^what(?: is|'s) the (?:best|easiest) way to ", ("how do i ", "how can i ", "what's the best way to ")),
        (r"^why (?:do|does|did) ", ("what is the reason that ", "how come ", "what makes ")),
        (r"^what are (?:some |the )?", ("what are some ", "which are the ", "can you list the ", "what are the ")),
        (r"^what is (?:a |an |the )?", ("what's the ", "define ", "what exactly is ", "explain ")),
        (r"^which of the following (\w+) ", (r"of the following, which \1 ", r"which one of the following \1 ")),
        (r"^how much (?:is|are|does|do) (.+?)(?: cost)?\??$", (
            r"what is the price of \1?", r"what does \1 cost?", r"how expensive is \1?", r"price of \1?",
        )),
        (r"^(?:is|are) there ", ("do you have ", "do you know of ", "can i find ")),
        (r"^where (?:can|do|could) i (?:find|get) ", ("where is there ", "where might i find ", "where to get ")),
        (r"^i (?:want|need|would like|wish) to ", ("i'd like to ", "i need to ", "how do i ", "help me ", "please ")),
        (r"^please ", ("can you ", "could you ", "i want you to ", "")),
        (r"^when (?:will|does|do|can) ", ("at what time will ", "how soon will ", "what time does ")),
        (r"^i (?:think|believe|feel) ", ("it seems ", "i guess ", "it looks like ")),
        (r"^my (\w+) (?:is|has|was) ", (r"the \1 i have is ", r"this \1 of mine is ")),
    )
)  # fmt: skip

SUFFIXES = {
    "year": (" in {y}", " since {y}", " before {y}", " for {y}", " in the year {y}", " by the end of {y}"),
    "number": (" for {n} people", " with {n} dollars", " in {n} days", " at age {n}", " within {n} hours",
               " for {n} nights", " under {n} dollars", " with {n} years of experience", " in class {n}"),
    "entity": (" in {e}", " for {e}", " like {e}", " according to {e}"),
    "condition": (" for students", " on weekends", " without internet", " abroad", " as a minor", " after retirement",
                  " while pregnant", " with a visa", " in winter", " for free", " from home", " at night",
                  " on a budget", " by phone", " with cash", " for a company", " for beginners", " twice"),
    "unit": (" in 5 {u}", " within 3 {u}", " of 20 {u}"),
}  # fmt: skip
