"""Why quotes are no answer: nothing near, words that no document holds, or nothing of the kind that is asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.answertype import names
from rag.datatypes import Answer
from rag.extract import Pick
from rag.inflection import without_typed_umlauts
from rag.lists import leans
from rag.phrasing import LIGHT_VERBS, asks_what_there_is, is_small_talk
from rag.text import SMALL, asked_stems, caseless, content_words, fold, language, stem, stems_of

_HYPHENED = re.compile(r"[^\W_]+(?:-[^\W_]+)+")
_FARTHEST = 2  # sentences behind the best
_SHOWN_NAMES, _SHOWN_WORDS = 20, 8  # of documents, and of words that none has
# That no document has them is no reason: other words would do as well.
_LIGHT = LIGHT_VERBS | frozenset(
    "put puts come comes give gives keep keeps able allowed number kind sort type thing things "
    "way become becomes like using".split()
)
HELLO = "I answer questions about your documents and show where each answer stands. What would you like to know?"
_NOTHING_INDEXED = "There are no documents yet. Drop some into the window, or add a folder with `rag ingest FOLDER`."
# What a question asks for so plainly that quotes without any such thing do not answer it; docs/log.md has figures. What
# holds it is told broadly: any larger number, a small one by the piece, relative amounts, and that nothing is paid.
_MONEY, _AMOUNT = "amount of money", "amount"
_PRICE = r"(?:cost|prices?|fees?|fares?|rent|salary|salaries|wages?|deposit|tariffs?)"
_OF = r"(?=\W*$|\W+(?:of|for|per|in|at|to|from|when|if|on|with|a|an|by|as)\b)"
_WHOSE = r"(?:the |my |our |your |(?:[\w’'.-]+ ){0,3}?[\w’'-]+['’]s? )?"
_IDEAS = r"(?:opportunity|human|social|marginal|environmental|hidden|real|true|climate|computational|minimum|living)"
_CODES = "(?:EUR|GBP|USD|CHF|SEK|NOK|DKK|PLN|CZK|JPY|INR|Rs|Fr|kr|zł)"  # "INR" alone is also a value of the blood
_HOLDS_MONEY = (
    rf"[£$€¥₹₽₺₩₪]|\d\s?{_CODES}\b|\b{_CODES}(?:\.?\s?\d|\b[^:;]{{0,20}}: )"
    r"|\b(?:euros?|pounds?|dollars?|quid|pence|pen(?:ny|nies)|cents?|francs?|franken|yuan|yen|kronor|kroner|rupees?|pesos?|soles|reales|bol[ií]vares|colones)\b|\dp\b|\d[.,][-–—]"
    r"|\b\d+[.,]\d\d\b(?!\s?(?:[ap]\.?m\b|uhr|h\b|to\b|bis\b|[–-]))"
    r"|\b(?!(?:19|20)\d\d\b)\d{3,}\b(?!\s?(?:m|g|ml|km|kg|cm|mm|words?|metres?|meters?|litres?|pages?)\b)"
    r"|\d[ ,.]*\s?(?:k\b|million|thousand|hundred|%|per ?cent|prozent|an? (?:month|year|week|day|hour|head"
    r"|person|night)\b|(?:per|pro|par) \w+|each\b)|\b(?:million|thousand|hundred)\b"
    r"|\b(?:free|gratis|nothing|none|waived|included|inclusive|exempt|half|double|twice|rent|pays?|paid|payable"
    r"|pay|not required|zero|n/a|on request|tbd|var(?:y|ies)|depends)\b|charge(?! for)"
    r"|\bno (?:[\w-]+ ){0,3}(?:charge|fee|cost|deposit|rent)|kostenlos|\w{0,30}frei\b|gratuit|libre|monatsmiete"
    r"|\bcompris\b|inclu[siy]|umsonst|inbegriffen"
    r"|(?:^|; )[^:;]*\b(?:costs?|prices?|fees?|fares?|rate|amount|total|budget|actual|value|\w{0,30}(?:preis|betrag"
    r"|kosten|gebühr|summe)\w*|prix|tarif|montant|coût"
    r"|cotisation|precio|tarifa|importe|cuota)\b[^:;]*: ?-?\d"
)
_OF_MONEY = caseless(_HOLDS_MONEY)
_DEMANDS = tuple(
    (what, caseless(asks), caseless(holds))
    for what, asks, holds in (
        (
            _MONEY,
            r"\bhow much (?:is|are|was|were|does|do|did|will|would|should|must|can|could|has|have)\b.*"
            r"\b(?:costs?|pay|paid|charged?|earns?|owed?|fine|deposit|rent)\b"
            r"|\bwhat(?: is| are| was| were|['’]s) (?:the|my|our|your|his|her|their) "
            rf"(?:(?!(?:for|of|to|in|with|that)\b|{_IDEAS})[\w’'-]+ ){{0,3}}{_PRICE}\b(?!\W+for\W*$){_OF}"
            r"|\bwhat (?:does|do|did|will|would)\b.*\bcosts?(?=\W*$|\W+(?:per|for|to|in|a|an|at|on|with)\b)"
            r"|\bwhat (?:does|do)\b.*\bearn\b|^(?:price|cost) (?:of|for)\b"
            r"|\bwas koste[nt]|\bwie ?viel (?:koste[nt]|(?:muss|zahlt?|bezahlt?)\b.*(?:zahl|koste))"
            r"|\bcombien (?:co[uû]te|faut-il payer|(?:doit|dois)-(?:on|je) payer)"
            r"|\bcu[aá]nto (?:cuesta|vale|hay que pagar|(?:tengo|tenemos) que pagar|se paga)"
            r"|\bwie hoch (?:ist|sind) .*(?:miete|preis|gebühr|kaution|gehalt|lohn|beitrag|kosten|zuzahlung)"
            r"|\bquel(?:le)? est (?:le|la|l['’]) ?(?:prix|tarif|loyer|coût|salaire|caution|montant)\b"
            r"|\bcu[aá]l es (?:el|la) (?:precio|tarifa|alquiler|coste|salario|sueldo|fianza|importe|cuota)\b",
            _HOLDS_MONEY,
        ),
        (  # any number, but not that of a line or clause
            _AMOUNT,
            r"^(?:and )?how much (?:is|are|was|were) (?:an?|the|one|my|our|your)\b",
            rf"{_HOLDS_MONEY}|(?<![\w(.])\d+(?:[.,]\d+)*(?![\d)]|[.)] )",
        ),
        (
            "phone number",
            rf"^what(?: is|['’]?s) {_WHOSE}(?:[\w-]+ )?"
            r"(?:phone|telephone|mobile|fax) (?:number|extension)\b"
            r"|\bcu[aá]l es (?:el|su|tu) (?:número (?:de )?)?tel[eé]fono\b"
            r"|\bquel est (?:le|son|votre) numéro de téléphone\b"
            r"|\bwie (?:ist|lautet) .*\b(?:telefon|handy)nummer\b",
            # No year, time, date or sum of money, nor what is counted: "2021", "13:00–14:30", "300 euros".
            r"(?<![\d.:,£$€])(?!(?:19|20)\d\d\b(?![ ()/+.‐‑–-]?\d))(?!\d{1,2}(?:\.\d{1,2}){1,3}(?![-.]?\d))(?!\d{1,2}:)"
            r"(?!\d{3,4} ?(?:[£$€%]|(?!(?:for|or|and|if|in|on|at|from|during|only|outside|out|any|is|as|with)\b)[a-z]))"
            r"\d[\d ()/+.‐‑–-]{1,}\d|\bext\w*\W*\d|\bx\d",
        ),
        (
            "e-mail address",
            rf"^what(?: is|['’]?s) {_WHOSE}(?:[\w-]+ )?e-?mail(?: address\b|\W*$| (?:of|for)\b)"
            r"|^(?-i:(?:[A-Z][\w’'-]+ ){2,3})e-?mail(?: address)?\W*$"
            r"|\bwie (?:ist|lautet) .*\be-?mail\b|\bquelle est .*\badresse (?:e-?mail|électronique)\b"
            r"|\bcu[aá]l es (?:el|su|tu) (?:correo|e-?mail)\b",
            r"\S@\S|\(at\)|\[at\]",
        ),
        (
            "postcode",
            r"^what(?: is|['’]?s) the (?:post ?code|zip code|postal code)\b",
            r"\b\w*\d\w*(?:[ -]\w*\d\w*)?\b",
        ),
    )
)


_NAMED = re.compile(r"\b[A-Z][a-zß-ÿ]+ [A-Z][a-zß-ÿ]+\b")
_PAYING = stems_of(
    "cost costs price fee pay paid charge earn owe money much kosten kostet preis preise zahlen bezahlen zahle "
    "hoch coute coutent cout prix payer paye paie tarif montant cuesta cuestan vale valen costar precio precios "
    "pagar pago paga importe minimo minima maximo maxima"
)
_PART_OF_WORD = 5  # letters
_PAID = stems_of(
    "fare rent salary wage deposit tariff fine miete gehalt lohn kaution beitrag gebühr loyer salaire caution "
    "alquiler sueldo salario fianza cuota"
)


def lacking(question: str, picks: Sequence[Pick]) -> str:
    """Return what is plainly asked for and none of the quotes holds, as ``amount of money``, else nothing.

    An amount counts only where the passage has another word of the question: what something else costs is no answer.
    Nor is the number of somebody else who is named.
    """
    for what, holds in _demanded(question):
        meant = _about(question, picks) if what in (_MONEY, _AMOUNT) else _of_whom(question, picks)
        if not any(holds.search(pick.text) for pick in meant):
            return what
    return ""


def _about(question: str, picks: Sequence[Pick]) -> list[Pick]:
    """Return the picks whose passage has a word of the question besides those of paying, if it has such.

    Of a German word a part will do: "Haustür" is about a "Haustürschlüssel".
    """
    meant = set(asked_stems(question)) - _PAYING
    is_german = language(question) == "German"
    meant |= {stem(without_typed_umlauts(word)) for word in meant} if is_german else set()  # "Muell"
    compounds = [word for word in meant if len(word) > _PART_OF_WORD] if is_german else []

    def is_about(pick: Pick) -> bool:
        held = stems_of(pick.hit.passage.titled)
        parts = {word for word in held if len(word) >= _PART_OF_WORD} if meant.isdisjoint(held) and compounds else set()
        return not meant.isdisjoint(held) or any(part in word for part in parts for word in compounds)

    return [pick for pick in picks if meant <= _PAID or is_about(pick)]


def _of_whom(question: str, picks: Sequence[Pick]) -> list[Pick]:
    """Return the picks that have a name of the question, their headings too, or name nobody by two names."""
    found = names(question) if language(question) != "German" else []  # whose nouns look like names
    asked = {stem for name in found for stem in content_words(name)}
    told = [stems_of(f"{pick.hit.passage.above} {pick.text}") for pick in picks]
    return [
        pick
        for pick, held in zip(picks, told, strict=True)
        if not asked or not asked.isdisjoint(held) or not _NAMED.search(pick.text)
    ]


def _demanded(question: str) -> list[tuple[str, re.Pattern[str]]]:
    return [(what, holds) for what, asks, holds in _DEMANDS if asks.search(question)]


def holding_first(question: str, picks: Sequence[Pick]) -> list[Pick]:
    """Return the picks with those first that hold what is plainly asked for, as an amount of money.

    They go before the best one only if they have all words of the question that it has: "The deposit for guests is £50"
    says nothing of that for members. Where none does, the best may go on with it: "The tour is at ten. It costs £9."
    """
    demanded, wanted = _demanded(question), set(asked_stems(question))
    if not demanded or not picks:
        return list(picks)
    if {_MONEY, _AMOUNT}.intersection(what for what, _ in demanded) and not any(map(_has_money, picks)):
        picks = [_going_on(picks[0]), *picks[1:]]
    said = wanted.intersection(content_words(picks[0].text))

    def lacks(pick: Pick) -> bool:
        holds = all(holds.search(pick.text) for _, holds in demanded)
        return not (holds and said.issubset(content_words(pick.text)))

    return sorted(picks, key=lacks)


def _has_money(pick: Pick) -> bool:
    return _OF_MONEY.search(pick.text) is not None


def _going_on(pick: Pick) -> Pick:
    """Return a pick up to the sentence behind it, in its paragraph, that leans on it and holds an amount of money."""
    passage = pick.hit.passage
    for start, end in [span for span in passage.sentences if span[0] >= pick.end][:_FARTHEST]:
        if "\n" in passage.slice(pick.end, start) or not leans(passage.slice(start, end)):
            break
        if _has_money(longer := replace(pick, end=end)):
            return longer
    return pick


def telling(answer: Answer) -> tuple[str, ...]:
    """Return those of the words in no document that may be why nothing answers, "Wi-Fi" as one; "happen" never is."""
    found = [word for word in _missing(answer) if word.lower() not in _LIGHT]
    for whole in _HYPHENED.findall(answer.standalone):
        parts = whole.split("-")
        if set(parts) <= set(found):
            found[found.index(parts[0])] = whole
            found = [word for word in found if word not in parts]
    return tuple(found)


def _missing(answer: Answer) -> list[str]:
    """Return the words that no document has, without the small ones of the question's language."""
    small = SMALL.get(language(answer.standalone), frozenset())
    return [word for word in answer.missing_words if fold(word) not in small]


def reason(answer: Answer, passages: int, lacks: str = "", names: Sequence[str] = ()) -> str:
    """Say why there is no answer, in one or two sentences: what the passages lack, or which documents there are."""
    if not passages:
        return _NOTHING_INDEXED
    if asks_what_there_is(answer.question):
        return _listed(names)
    if is_small_talk(answer.question):
        return HELLO
    if not content_words(answer.standalone):
        return "The question has no word to search for. Please say more."
    if not answer.hits:
        return "Nothing in the documents comes near this question."
    if lacks:
        return f"The documents do not seem to answer this: what comes nearest holds no {lacks}."
    if missing := _missing(answer):
        listed = ", ".join(missing[:_SHOWN_WORDS])
        return f"The documents do not seem to answer this. Words that occur in none of them: {listed}."
    listed = " What comes nearest is listed." if answer.nearest else ""
    return f"The documents do not seem to answer this.{listed}"


def _listed(names: Sequence[str]) -> str:
    """Name the documents that are asked, in order, or the first of very many."""
    if not names:
        return "No documents are chosen."
    shown = ", ".join(sorted(names, key=str.casefold)[:_SHOWN_NAMES])
    more = f", and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    count = f"is {len(names)} document" if len(names) == 1 else f"are {len(names)} documents"
    return f"There {count}: {shown}{more}. Ask about what stands in {'it' if len(names) == 1 else 'them'}."
