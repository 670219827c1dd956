"""The small words and shapes that small talk and follow-ups are told by, in English, German, French and Spanish."""

from __future__ import annotations

import re

from rag.abbreviations import MONTHS
from rag.text import STOP_WORDS, caseless, squeeze, words

# Words of people who greet and thank; together with stop words they ask nothing.
_SMALL_TALK = frozenset(
    "hello hi hey thanks thank thx ok okay great good nice cool perfect bye cheers morning evening welcome well done "
    "hallo danke guten tag bonjour merci hola gracias".split()
)
# They say how is asked, not what about.
LIGHT_VERBS = frozenset(
    "take takes cost costs pay need needs mean means make get gets happen happened last work use".split()
)
# They say when, which a sentence about it may say with a date.
TIMES = frozenset("time times day days week weeks month months year years later earlier previous next today".split())
_GREETS = caseless(
    r"(?:(?:hallo|servus|moin|gr[üu](?:ß|ss) gott|guten (?:tag|morgen|abend)|gute nacht|auf wiedersehen|ciao"
    r"|tsch[üu](?:ss?|ß)|bis (?:bald|später|dann)|danke(?: sch[öo]n| sehr)?|vielen dank|bonjour|bonsoir|salut"
    r"|bonne (?:journée|soirée|nuit)|au revoir|[àa] bient[ôo]t|merci(?: beaucoup| bien)?|hola"
    r"|buen[oa]s(?: d[ií]as| tardes| noches)?|adi[óo]s|chao|hasta (?:luego|pronto)|(?:muchas )?gracias)[\s,.;:!¡]*)+"
)
_QUESTION_WORD = caseless(r"\b(?:who|what|when|where|why|which)\b")
_TO_THE_PROGRAM = caseless(
    r"(?:(?:please|can you|could you) )?help(?: me)?|(?:who|what|how) are you|are you (?:an? )?(?:ai|bot|human|real)"
    r"|what can (?:you do|i ask)(?: you)?(?: for me| here)?|what do you know|what['’]?s up"
    r"|(?:wer|was) bist du|was kannst du|hilfe|qui es[- ]tu|aide|que (?:peux|sais)-tu faire|(?:qué|que) puedes hacer"
    r"|quién eres|ayuda"
)
_WHAT_THERE_IS = caseless(
    r"(?:what|which|how many) (?:documents?|files?|papers?|sources?) (?:do (?:you|i|we) (?:have|know|see)"
    r"|have (?:you|i|we)(?: got)?)(?: here)?"
    r"|(?:what|which|how many) (?:documents?|files?) (?:are (?:there|indexed|loaded|uploaded|available)(?: here)?"
    r"|can (?:you|i) (?:read|see|search|ask(?: about)?)|(?:did|have) i(?: \w+)? (?:upload|add)(?:ed)?)"
    r"|(?:please )?(?:list|show)(?: me)?(?: all)?(?: the| my| your)? (?:documents|files)"
    r"|(?:welche|wie viele) (?:dokumente|dateien) (?:gibt es|hast du|habe ich|kennst du|sind da)"
    r"|(?:quels|combien de) (?:documents|fichiers) (?:y a-t-il|as-tu|avez-vous|ai-je)"
    r"|(?:qué|cuántos) (?:documentos|archivos) (?:hay|tienes|tengo)"
)
LEAD = caseless(
    r"[¿¡\s]*(?:(?:and|but|or|so|ok|okay|und|aber|oder|et|mais|ou|y|pero|o)\b[,.;:! ]+"
    r"|(?:great|good|nice|cool|perfect|alright)[,.;:!]+\s+"
    r"|(?:no|nope|sorry|actually|oh|nein|entschuldigung|non|pardon|perdón)[,.;:!]+\s+)+"
)
_THANKS = caseless(
    r"^\s*(?:(?:ok|okay|great|good|nice|cool|perfect|alright)[,.;:! ]+)*"
    r"(?:many thanks|thanks|thank you|thx|(?:vielen )?dank|danke|merci|(?:muchas )?gracias)\b"
    r"(?: (?:a lot|a million|so much|very much|vielmals|sehr|beaucoup))?"
    r"(?:[,.;:!]+\s+|\s+(?=(?:and|but|so|und|et|y|what|where|when|who|how|which|why)\b))"
)
ABOUT = caseless(
    r"(?:(?:what|how) about|what of|same for|i meant?|was ist mit|wie ist es (?:mit|bei)|ich meinte?"
    r"|qu['’]en est-il d[eu]|je voulais dire|je parl(?:e|ais) d[eu]"
    r"|qué (?:tal|pasa|hay) (?:con|de)|quería decir|me ref(?:ería|iero) a)\s+"
)
POLITE = caseless(r"(?<![, ])[, ]+(?:please|then|instead|though|bitte|denn|dann|s['’]il vous plaît|alors|por favor)$")
ASKING = caseless(
    r"^(?:list|name|describe|compare|summari[sz]e|find|nenne|beschreibe|zeige|vergleiche)\b"
    r"|\b(?:who|what|when|where|why|how|which|is|are|was|were|do|does|did|can|could|will|tell|show|give|explain"
    r"|we[rnm]|wann|wie|wo|warum|wieso|welche[mnrs]?|ist|sind|kann|muss|darf|soll|wird"
    r"|qui|quoi|quand|comment|pourquoi|combien|quel(?:le)?s?|est|sont|peut|faut"
    r"|quién(?:es)?|qué|cuándo|dónde|cómo|cuál(?:es)?|cuánt[oa]s?|puede|hay)\b"
)
ASKED_FOR = caseless(r"\b(?:what|which) (\w+)")  # "which city"
# They ask too, but not in a name of a month or at the end: "In summer, may dogs come?".
MODAL = re.compile(
    r"\b(?:(?i:must|should|shall|would|has|have|had|am(?=\s+i\b)|darf|d[uü]rfen|m[uü]ssen|k[oö]nnen|sollen|werden|gilt|gelten|kostet"
    r"|kosten|gibt|hat|haben|doit|doivent|peuvent|puede[ns]?|debe[ns]?)|may)\s+\S|^(?:May(?! \d)|Se)\s+[a-z]"
)
WHY = caseless(r"\b(?:why|how come|what for|warum|wieso|weshalb|wozu|pourquoi|por qué)\b")
REASON = caseless(
    r"\b(?:because|so that|due to|owing to|thanks to|reasons?|therefore|otherwise|in order to"
    r"|weil|damit|wegen|denn|sonst|gr(?:und|[uü]nde)|parce que|afin|raisons?|porque|debido|razón)\b"
)
SINGLE_PERSON = caseless(r"\b(?:he|she|him|her|his|hers)\b")
PERSONS = caseless(r"\b(?:they|them|their|theirs)\b")
WHO = caseless(r"\b(?:who|whom|whose|we[rnm]|qui|quién(?:es)?)\b(?!\s+(?:is|are|was|were|ist|est|es)\s+(?-i:[A-Z]))")
PRONOUNS = {
    "English": caseless(
        r"\b(?:it(?! (?:allowed|permitted|forbidden|possible|necessary|safe|true)\b)|its|they|them|their|theirs|he|him"
        r"|his|she|her|hers|(?:this|that|these|those)(?! (?:documents?|files?|folders?)\b)"
        r"|then|ones?|both|(?<!is )(?<!are )(?<!was )(?<!were )(?<!will )there"
        r"|former|latter|same|such|else|others?|another|they(?:re|ll|ve)|(?:he|she|that)s)\b"
    ),
    "German": re.compile(
        r"\b(?:sie|er|ihn|ihm|ihnen|ihre?[mnrs]?|seine?[mnrs]?|deren|dessen|diese[mnrs]?|dort|da(?:für|von|mit|zu|bei)"
        r"|dar(?:in|an|auf|über)|(?<!gibt )es(?! gibt)|andere[mnrs]?)\b"
    ),
    "French": caseless(
        r"\b(?:elles?|ils|lui|leurs?|cela|ça|ce(?:lui|lle|ux|lles)|son|sa|ses|(?<!-t-)il(?! (?:faut|y a)))\b"
    ),
    "Spanish": caseless(r"\b(?:él|ell[ao]s?|lo(?! que)|su|sus|est[eo]s?|es[eo]s?|allí|otr[ao]s?)\b"),
}
POSSESSIVE = caseless(r"(?:his|hers?|its|theirs?|ihre?[mnrs]?|seine?[mnrs]?|deren|dessen|son|sa|ses|leurs?|sus?)")
# What stands before "their" and is meant by it: "all plans with their prices".
OWNERS = caseless(r"\b[a-zäöüß]{2,}(?:s|en) (?:with|and|or|by|at|in|of|for|mit|und|nach) $")
CLAUSE = caseless(
    r"[,;?!]|\.\s|\b(?:and|but|or|when|where|if|while|because|before|after|und|aber|oder|wenn|et|mais|ou|si|y|pero|o)\b"
)
ARTICLE = r"(?:an?|the|my|our|your|this|that|der|die|das|dem|den|eine?[mnr]?|les?|la|une?|el|los|las)"
PREPOSITION = (
    r"(?:on|in|at|for|of|from|during|after|before|by|with|without|since|until|under|via|per|im|am|auf|bei|für|von|vom|mit"
    r"|ohne|nach|vor|seit|bis|ab|zum|zur|aus|en|dans|au|aux|sur|pour|avec|sans|depuis|après|avant|para|con|sin|desde"
    r"|hasta|durante|por)"
)
# "How long does [the dryer] take?", "What is the price of [a wash]?", "Who is [the caretaker]?"
NOUN = rf"{ARTICLE}\s+[\w’'-]+(?:\s+of\s+(?:{ARTICLE}\s+)?[\w’'-]+)?"
_PLAIN_VERB = "cost|take|need|last|weigh|mean|have|get|earn|pay|open|close|start|begin|end|leave|arrive|run|hold|work"
_LONGER = rf"{ARTICLE}(?:\s+(?!{PREPOSITION}\b)[\w’'-]+){{2,3}}"  # "a lost fob"
# "Quel est [le loyer] ?", "¿Cuánto cuesta [la entrada]?", but not "el precio de la entrada" for "el de la comida".
_OF_NOUN = r"(?:(?:de|des|del|du)\s+|d['’])(?:las?\s+|los\s+|les?\s+|l['’])?[\w’'-]+"
_OTHER_NOUN = rf"(?:{ARTICLE}\s+|l['’])[\w’'-]+(?:\s+{_OF_NOUN})?(?=\s*\??$)"
DEFINED = caseless(rf"(?:{ARTICLE}\b|l['’])(?!\s+(?:(?:de|des|del|du)\b|d['’]))")
GERMAN_ARTICLE = caseless(r"\b(?:d(?:er|ie|as|em|en)|eine?[mnr]?)\s+$")  # at the end of what is before
NOUN_PHRASES = (
    caseless(rf"\b(?:do|does|did)\s+({_LONGER})(?=\s+(?:{_PLAIN_VERB})\s*\??$)"),
    caseless(rf"\b(?:how much|what|who)\s+(?:is|are|was|were)\s+({_LONGER})(?=\s*\??$)"),
    caseless(rf"\b(?:do|does|did)\s+({NOUN})(?=\s+[\w’'-]+\s*\??$)"),
    caseless(rf"\bof\s+({NOUN})(?=\s*\??$)"),
    caseless(rf"\bof\s+({ARTICLE}(?:\s+[\w’'-]+){{1,2}})(?=\s+{PREPOSITION}\b)"),
    caseless(rf"\b(?:is|are|was|were)\s+({NOUN})(?=\s*\??$)"),
    caseless(rf"\b(?:is|are|was|were)\s+({ARTICLE}(?:\s+[\w’'-]+){{1,2}})(?=\s+{PREPOSITION}\b)"),
    caseless(rf"\b(?:do|does|did)\s+({ARTICLE}(?:\s+[\w’'-]+){{1,6}})(?=\s+(?:{_PLAIN_VERB})\s*\??$)"),
    caseless(
        rf"\b(?:est|sont|es|son|coûte(?:nt)?|dure(?:nt)?|ouvre(?:nt)?|ferme(?:nt)?|cuestan?|duran?|abren?|cierran?)\s+"
        rf"({_OTHER_NOUN})"
    ),
)
# "How long are [invoices] kept?", "What is the price of [day tickets]?", "How often can [adults] take it?"
BARE = rf"(?:{ARTICLE}\s+)?[\w’'-]+(?:\s+(?!{PREPOSITION}\b)[\w’'-]+){{0,2}}"
BARE_PHRASES = (
    caseless(rf"\b(?:do|does|did|are|were)\s+({BARE})(?=\s+[\w’'-]+\s*\??$)"),
    caseless(rf"\bof\s+({BARE})(?=\s*\??$)"),
    caseless(r"\b(?:can|may|must|should)\s+(?!I\b|we\b|you\b|one\b)([\w’'-]{3,})(?=\s+[\w’'-]+\s+(?:it|them)\b)"),
)
# "The model of the harbour, who made it?"
SUBJECT = caseless(rf"{ARTICLE}(?:\s+(?!{ASKING.pattern})[\w’'-]+){{1,6}}\s?,\s*(?={ASKING.pattern})")
CIRCUMSTANCE = caseless(rf"{PREPOSITION}\b\s+")
# "Loaf & Ladle", "Cornelia van Aldersee"
NAMED = r"(?:[A-Z0-9][\w’'&-]*(?:\s+(?:(?:&|van|von|de[rnls]?|du|la|of the|of)\s+)*[A-Z0-9][\w’'&-]*)*)"
BRACKETS = re.compile(r"\s*\(([^()]*)\)$")  # what an earlier follow-up was given
EVENT = caseless(r"\b(?:that|this)\s+(?:cost|happen|take|mean|start|end|begin|last|work)\b")
# "Bikes too?", "Schlagzeug auch?"
TOO = caseless(r"(?<![, ])[, ]+(?:too|also|as well|auch|aussi|también)$")
# "What is in these documents?", "List all coaches"
EVERYTHING = caseless(
    r"\b(?:these|those|all|my|your|the) (?:documents|files)\b"
    r"|^(?:please )?(?:list|show|name|give|enumerate)(?: me)? (?:all|every|each) (?!of\b|the\b)[\w’'-]+[.!?]?$"
)
_PRICE = re.compile(r"fees?|prices?|charges?|rates?|deposits?|fines?")
_PAID = caseless(r"\b(?:pay|pays|paid)\b")
OTHER = caseless(
    rf"(?:{ARTICLE}\s+|l['’])?(?:other|others|another|andere[mnrs]?|autres?|otr[ao]s?)(?:\s+(?:ones?|two))?"
)
# "the theatre", "our accountant", but not what any thing has, as "the price".
_OF_ANY_THING = (
    "price|cost|charge|fee|rate|amount|total|sum|discount|fine|penalty|time|times|date|hours?|days?|weeks?|months?|years?"
    "|weekends?|mornings?|afternoons?|evenings?|nights?|number|address|phone|name|limit|minimum|maximum|difference|rules?"
    "|reasons?|way|procedure|process|deadline|size|length|height|width|age|weight|colou?r|rest|others?|first|second|third"
    "|last|next|whole|same|new|old|main|best|worst|most|least|answer|purpose|aim|end|start|beginning|result|details?|place"
)
THING = caseless(
    rf"\b(?:the|our|my|your|der|die|das|unser\w*|mein\w*|le|la|les|notre|mon|ma|el|los|las|nuestr\w+|mi)\s+"
    rf"(?!(?:{_OF_ANY_THING})\b)([\w’'-]+)(?:\s+(?!(?:{_PLAIN_VERB})\b)([\w’'-]+))?"
)
# "In the 2022 version" is the year with a word for what bears it.
EDITIONS = frozenset("version versions edition one ones fassung ausgabe edicion".split())

# What may take the place of each other: years, months, days, times, amounts of money, other numbers, superlatives,
# groups of people.
KINDS = tuple(
    map(
        re.compile,
        (
            r"(?<![\w.,£$€])(?:1[5-9]|20)\d\d(?![\w,])",
            rf"\b(?:May|(?i:mai|{'|'.join(name for name in MONTHS if len(name) > 3)}))\b",
            r"(?i)\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:mon|diens|donners|frei|sams|sonn)tags?|mittwochs?"
            r"|(?:lun|mar|mercre|jeu|vendre|same)dis?|dimanches?|lunes|martes|miércoles|jueves|viernes|sábados?|domingos?)\b",
            r"(?i)\b\d{1,2}(?::[0-5]\d(?:\s?[ap]\.?m\b)?|(?:\.[0-5]\d)?\s?[ap]\.?m\b)",
            r"[£$€]\s?\d(?:[\d.,]*\d)?\b|(?<![\d.,])\d[\d.,]*\s?(?:€|euros?\b|pounds?\b|dollars?\b)",
            r"(?<![\w.,:£$€-])(?!(?:1[5-9]|20)\d\d\b)\d+(?:[.,]\d+)*(?![\w-]|:\d|\s?[ap]\.?m\b)",
            r"(?i)\b(?:highest|lowest|largest|smallest|biggest|longest|shortest|tallest|cheapest|dearest|heaviest|lightest"
            r"|fewest|most expensive)\b",
            r"(?i)\b(?:adults?|child(?:ren)?|kids?|juniors?|students?|pensioners?|seniors?|concessions?|famil(?:y|ies)"
            r"|non-members?|members?|toddlers?|infants?|babies|teenagers?|men|women|boys|girls|erwachsene[nr]?|kindern?"
            r"|jugendlichen?|studierenden?|rentner|senioren|adultes?|enfants?|étudiants?|adultos?|niños|estudiantes?|mitglieder|studierende|membres|retraités?|soci[oa]s|jubilad[oa]s)\b",
            r"(?<=[a-z] )[A-HJ-Z](?![\w.'’-])",  # "Model D"
        ),
    )
)


def asks_what_there_is(text: str) -> bool:
    """Tell whether a question is for a list of the documents: "Which documents do you have?"."""
    return _WHAT_THERE_IS.fullmatch(squeeze(text).strip(" ?!.¿¡")) is not None


def is_small_talk(text: str) -> bool:
    """Tell whether the text only greets, thanks or speaks to the program about itself."""
    line = squeeze(text).strip(" ?!.¿¡")
    if _TO_THE_PROGRAM.fullmatch(line) or _GREETS.fullmatch(line) or asks_what_there_is(text):
        return True
    said = set(words(text)) - STOP_WORDS
    only = bool(said) and said <= _SMALL_TALK and not (said <= {"morning", "evening"} and len(words(text)) > 1)
    return only and not _QUESTION_WORD.search(text)  # "Where is Nice?"


def without_thanks(question: str) -> str:
    """Return a question without the thanks in front of it: "Ok thanks, and the deposit?"."""
    return _THANKS.sub("", question, count=1) or question


def is_charged(what: str, question: str) -> bool:
    """Tell whether ``what`` is a fee of who pays in a question: "How much does a family pay?", "And the entry fee?"."""
    priced = any(map(_PRICE.fullmatch, words(what)[-1:]))
    return priced and _PAID.search(question) is not None and not any(map(_PRICE.fullmatch, words(question)))
