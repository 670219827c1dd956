"""What kind of thing a question asks for, a number, a date or a name, and where some words hold such a thing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.text import SMALL, SMALL_NUMBERS, STOP_WORDS, caseless, content_words, fold, squeeze

# Of German, French and Spanish those that are no words of English, as "once" and "elf" are, and no articles.
_OTHER_NUMBERS = (
    "zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|zwölf|zwanzig|dreißig|hundert|tausend|hälfte|anderthalb|kostenlos"
    "|kostenfrei|deux|trois|quatre|cinq|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt|trente|quarante"
    "|cinquante|soixante|mille|demie?|moitié|gratuite?s?|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|doce|trece"
    "|catorce|quince|veinte|treinta|cuarenta|cincuenta|cien|ciento|(?-i:dos|mil)|y media|mitad|gratis|gratuit[oa]s?"
)
NUMBER = caseless(
    rf"\b\d|\b(?:{'|'.join(SMALL_NUMBERS[1:])}|dozen|hundred|thousand|million|billion|half|third|quarter|twice"
    rf"|{_OTHER_NUMBERS})\b"
)
_ITEM_NUMBER = re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){1,3}\.?|\(?\d{1,2}[.)])\s(?=[A-ZÀ-Þ])")  # "8.4 One joint tenant"
_SHORT = "Jan|Feb|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Sun"  # alone they may be names
_OTHER_DATES = (
    r"janvier|f[ée]vrier|avril|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre|(?:lun|mar|mercre|jeu|vendre|same)dis?"
    r"|dimanches?|minuit|enero|febrero|marzo|abril|junio|agosto|sep?tiembre|octubre|noviembre|diciembre|lunes|martes"
    r"|mi[ée]rcoles|jueves|viernes|s[áa]bados?|mediod[íi]a|medianoche|mitternacht|(?-i:mars|julio|domingos?)"
    r"|(?:de|en|desde|hasta) mayo|mayo de|à midi|\d\d? ?h ?[0-5]\d|(?:à|de|dès|vers) \d\d? ?h|a las? \d\d?"
    r"|1er|le \d\d?(?! ?[€%])|d[íi]as? \d\d?|\d\d?\. (?:werk|arbeits|kalender)tag\w*"
)
DATE = caseless(
    r"\b\d{3,4}s?\b|\b\d{1,2}(?:st|nd|rd|th)\b|\d:\d\d|\b(?-i:March|May)\b|\b(?:in|\d\d?) (?-i:MARCH|MAY)\b"
    r"|(?-i:MARCH|MAY) \d|\b(?:january|february|april|june|july|august|september|october|november"
    r"|december|century|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    r"|januar|februar|märz|mai|juni|juli|oktober|dezember|montags?|dienstags?|mittwochs?|donnerstags?|freitags?|samstags?"
    r"|sonntags?|täglich|daily|noon|midnight)\b|\b\d\d?(?:[.:]\d\d)?\s?(?:[ap]\.?m\b|o['’]clock|uhr\b)"
    rf"|\b(?:{_OTHER_DATES})\b"
    rf"|\b(?-i:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat)\b|\b(?-i:{_SHORT})\b\.? ?\d|\d ?\b(?-i:{_SHORT})\b"
)
# Words with a capital within a sentence, behind its number if it has one.
_CAPITALISED = re.compile(r"(?<!^)(?<!^\d[.)] )(?<!^\d\d[.)] )\b[A-Z][\w’'-]+")
_SIZES = (
    r"(?:prix|montant|tarif|cout|nombre|duree|delai|age|taille|hauteur|longueur|largeur|profondeur|poids|temperature"
    r"|superficie|surface|capacite|pourcentage|precio|importe|tarifa|coste|edad|altura|longitud|anchura|profundidad|peso"
    r"|tamano|duracion|temperatura|superficie|capacidad|porcentaje|cantidad|plazo)\b"
)
# At the beginning, where they ask: elsewhere "qui", "quand", "cuando" and "ou" join clauses.
_FIRST = (
    r"(?:¿ ?|^(?!.*¿)\W*)"
    r"(?:(?:et|y|a|en|de|con|para|por|desde|hasta|avec|pour|par|chez|depuis|jusqu.a|a partir de) )?"
)
# Of a question without its accents.
_ASKS = (
    (
        "number",
        re.compile(
            r"\bhow (?:many|much|long|far|old|often|large|big|high|tall|fast|deep|wide|heavy)\b|\bcost|\bprice"
            r"|\bwhat (?:percent|percentage|amount|proportion|number|fraction|rate|share)\b"
            r"|\bwie ?(?:viele?(?! uhr\b)|lange|oft|gross|hoch|alt|weit|breit|tief|schnell|schwer)\b|\bwas kostet"
            r"|\bwas kosten\b|\bwelche[mnrs]? (?:betrag|preis|alter|anzahl|temperatur|hohe|menge|frist)\b"
            r"|\bcombien\b|(?<!\ben )\bcuant[oa]s?\b(?! antes)"
            rf"|\b(?:quel(?:le)?s?|cual(?:es)?)(?: est| sont| es| son)? (?:(?:les?|la|el) |l['’] ?)?{_SIZES}"
            rf"|¿(?:de |a |con )?que {_SIZES}"
        ),
    ),
    (
        "date",
        re.compile(
            r"\b(?:when|(?:what|which) (?:year|date|day|month|century|decade|time))\b|\bwann\b|\bwie ?viel uhr\b"
            r"|\bwelche[mnrs]? (?:wochentag|tag|datum|monat|jahr|uhrzeit)\b"
            rf"|{_FIRST}(?:quand|cuando)\b|\bc['’]est quand\b"
            r"|\bquel(?:le)?s? (?:est la )?(?:jours?|date|annee|mois|heures?)\b|\ba que hora\b"
            r"|¿(?:en )?que (?:dia|fecha|ano|mes)\b|\bcual es la fecha\b"
        ),
    ),
    ("name", re.compile(rf"\b(?:who|whom|whose|where|we[mnr]|wo)\b|{_FIRST}(?:qui|d.ou|ou|quien(?:es)?|donde)\b")),
    ("number", re.compile(r"\bnumber\b|nummer\b|\bnumero\b")),  # "What is her phone number?"
)
_TERM = r"[\"“„«‘']?([\w&/-]{2,30})[\"”»’']?"
_ASKS_MEANING = re.compile(
    rf"\b(?i:what (?:does|do) (?:the )?(?:(?:acronym|abbreviation|term|word|letters) )?){_TERM} (?i:mean|stand for)\b"
    rf"|\b(?i:meaning of (?:the )?(?:(?:acronym|abbreviation|term|word) )?){_TERM}"
    rf"|\b(?i:w(?:as (?:bedeutet|heißt)|ofür steht)) {_TERM}|\b(?i:que (?:veut dire|signifie)|qué significa) {_TERM}"
    r"|^(?i:what(?: is|['’]?s| are) (?:an? |the )?)([A-Z]{2,8})\b"
)
_ARTICLE = "(?:an? |the |eine? |de[rs] |die |das |une? |l[ae] |el )?"
_ASKS_WHAT = caseless(
    r"(?:what(?: is|['’]?s| are)(?: meant by)?|what counts as|what do(?:es)?(?=.* mean\W*$)|who (?:is|are)|define"
    r"|was (?:ist|sind)|wer ist|qui est|qu['’]est-ce qu(?:e|['’]une?)(?: c['’]est que)?|qué (?:es|son)|quién es) "
    rf"{_ARTICLE}[\"“„«‘']?((?:[^\W_][\w-]* ){{0,3}}[^\W_][\w-]*?)[\"”“»’']?(?: mean)?\W*"
)
_WHO, _BEING = caseless(r"\W*(?:who|wer|qui|quién)\b"), "(?:is|was|are|ist|war|est|es)"
_OURS = r"\b(?:the|an?|our|my|de[rmns]|die|unsere?[mnr]?|beim|zum|vom|l[ea]|du|notre|el|del|nuestr[oa]) "
_PERSON = r"(?-i:(?:(?:Mrs?|Ms|Dr|Prof|Herrn?|Frau|M|Mme|Sra?)\.? )?[A-ZÄÖÜ][\w’'-]{1,30} [A-ZÄÖÜ][\w’'-]{1,30})"
_ASKS_VALUE = caseless(
    r"(?:who|what|when|where|w(?:er|as|ann|o|ie)|qui|quel(?:le)?|quién|cuál)"
    r"(?: is| are| was|['’]s| ist| sind| lautet| heißt| est| es) "
    r"(?:(?:the|our|my|your|der|die|das|le|la|el|mon|ma|mi|su) |l['’])?"
    r"((?:[^\W_][\w’'-]{0,40} ){0,2}?[^\W_][\w’'-]{0,40})"
    r"(?= (?:of|for|at|von|der|des|für|de|du|del)\b|\W*$)"
)
_PARTS = r"(?:section|chapter|clause|article|appendix|annex)"
# "3.2 Parking", "IV. Parking", "Annex B", but not "What I learned"; of other things any number or date.
_PART = caseless(rf"^\W*(?:{_PARTS}\W+(?:\d|[IVX]+\b|[A-Z]\b)|\d{{1,3}}(?!\d)|[IVX]{{2,}}\b|[IVX][.:)])")
_FIGURE = re.compile(r"\d")
# "Which version brought …?", "What section deals with …?": the heading says it, where that has a number.
_ASKS_FOR_PART = caseless(
    r"\b(?:which|what) (?:(?!(?:do|does|did|is|are|was|were|has|have) )\w+ ){0,2}?"
    rf"(version|release|meeting|minutes|{_PARTS})\b"
)

_EXCLUDES = caseless(
    r"\b(?<!\bor )(?:not|never|without|except(?:ions?)?|forbidden|prohibited|banned"
    r"|nicht|niemals|ohne|ausgeschlossen\w*|ausschl[uü]sse|ausnahmen?|verboten\w*"
    r"|sauf|exclu(?!siv)\w*|interdit\w*|non|no(?!\.)|salvo|excepto|prohibid\w*)\b"
    r"(?!\.? ?\d| longer\b| only\b| yet\b)"
)


def asked_type(question: str) -> str:
    """Return what kind of thing the question asks for: ``number``, ``date``, ``name`` or nothing in particular."""
    line = squeeze(fold(question))
    return next((kind for kind, pattern in _ASKS if pattern.search(line)), "")


def asked_term(question: str) -> str:
    """Return the term whose meaning is asked for, as in "What does DNA mean?", else nothing."""
    asks = _ASKS_MEANING.search(question)
    term = next(filter(None, asks.groups())) if asks else ""
    small = frozenset().union(STOP_WORDS, *SMALL.values())
    is_pronoun = term.islower() and fold(term) in small  # "What does it mean if …"
    return "" if is_pronoun else term


def defining(question: str) -> re.Pattern[str] | None:
    """Return what finds the meaning of a term that is asked for: of "What does DNA mean?" "DNA means" and "(DNA)".

    Of "What is a late fee?" it is "A late fee is the" at the beginning of a sentence, of "Who is the caretaker?" also
    "Ida Berg is the caretaker".
    """
    said = r"means?|stands? for|is short for|is defined as|bedeutet|steht für|signifie|significa"
    if term := re.escape(asked_term(question)):
        return caseless(rf"\b{term}\b[\"”»’')]* (?:{said})\b|\({term}\)|\b{term} \((?=[^\W\d_])|^{term}[:–] ")
    if not (asks := _ASKS_WHAT.fullmatch(question.strip())):
        return None
    term, joined = rf"[\"“„«‘']?{re.escape(asks[1])}[\"”“»’']?", rf"(?:,? {_BEING} |, | \()"
    bare = rf"{term}(?!\w)"
    who = rf"|(?:^|{_OURS}){bare}{joined}{_PERSON}|{_PERSON}{joined}(?:{_OURS})?{bare}" if _WHO.match(question) else ""
    return caseless(
        rf"^{_ARTICLE}{term}(?: \([^)]*\))?"
        rf" (?:{said}|refers? to|(?:is|are) (?:an?|the|any\w*|all|someone|those)|ist (?:eine?|de[rs]|die|das|jede[rs]?)"
        rf"|est (?:une?|l[ae]|tout)|es (?:una?|el|la|tod[oa]s?))\b{who}"
    )


def labelled(question: str) -> re.Pattern[str] | None:
    """Return what finds a value behind the words that a question is for: of "Who is the tenant?" "Tenant: Ms Ito"."""
    asks = _ASKS_VALUE.match(question.lstrip("¿ "))
    return caseless(rf"^{re.escape(asks[1])}s?: [^;]+$") if asks else None


def has_type(asked: str, text: str, known: set[str]) -> float:
    """Return 1 if the sentence holds a new thing of the asked type, 0 if it does not, .5 if no type is asked for."""
    if asked == "number":
        counted = _ITEM_NUMBER.match(text)
        return float(NUMBER.search(text, counted.end() if counted else 0) is not None)
    if asked == "date":
        return float(DATE.search(text) is not None)
    if asked == "name":
        found = [match.group() for match in _CAPITALISED.finditer(text)]
        return float(any(fold(name) not in known and not DATE.fullmatch(name) for name in found))
    return 0.5


def names(text: str, *, first: bool = False) -> list[str]:
    """Return the capitalised words and the codes (``H200``, ``AMD``) of a sentence, each once.

    Its first word is capitalised in any case, so it counts only if it is a code, or with ``first=True``.
    """
    found, begins = [], len(text) - len(text.lstrip(' "“„«‘(¿¡'))
    for match in re.finditer(r"[\w’'&-]+", text):
        word = match.group().strip("’'-&")
        code = any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
        code = code or (len(word) > 1 and word.isupper() and not text.isupper())
        capital = word[:1].isupper() and len(word) > 1 and (first or match.start() > begins)
        if (code or capital) and content_words(word):
            found.append(re.sub(r"[’']s$", "", word))
    return list(dict.fromkeys(found))


def named(asked: Sequence[str], text: str, heading: str) -> float:
    """Return the share of the asked codes that stand in the sentence or the headings above it as they are."""
    if not asked:
        return 0.0
    tokens = {re.sub(r"[’']s$", "", token) for token in re.findall(r"[\w’'&-]+(?:\.\d+)*", f"{text} {heading}")}
    return sum(name in tokens for name in asked) / len(asked)


def answering_heading(question: str, text: str, trail: str) -> str:
    """Return the nearest heading that says the date or the number of the part that is asked for, which the text lacks.

    ``trail`` are the headings above the text, joined by " > ".
    """
    if asks := _ASKS_FOR_PART.search(question):
        says = _PART if re.fullmatch(_PARTS, asks[1], re.IGNORECASE) else _FIGURE
        if re.search(rf"\b{asks[1]}\W{{0,2}}\d", text, re.IGNORECASE):
            return ""
    elif asked_type(question) == "date" and not DATE.search(text):
        says = DATE
    else:
        return ""
    return next((heading for heading in reversed(trail.split(" > ")) if says.search(heading)), "")


def excludes(text: str) -> bool:
    """Tell whether a text negates or forbids."""
    return _EXCLUDES.search(text) is not None


def turning_heading(text: str, trail: str) -> str:
    """Return the heading right above a text that says the opposite of it: "Not covered", above what is not."""
    heading = trail.rpartition(" > ")[2]
    said = re.split(r"[,;(]", heading)[0]  # "Cabins, linen not included" turns nothing
    turns = excludes(said) and not heading.endswith("?")
    return heading if turns and not excludes(text) else ""
