"""Turns that ask nothing new: they want the last answer in another language, length or form, or doubt it."""

from __future__ import annotations

from collections.abc import Sequence

from rag.datatypes import Turn
from rag.languages import INFLECTED
from rag.phrasing import is_small_talk
from rag.text import SMALL, STOP_WORDS, caseless, squeeze, words

_LANGUAGES = (
    r"(?:english|german|french|spanish|italian|portuguese|dutch|polish|turkish|russian|greek|arabic|hindi|chinese"
    r"|japanese|englisch|deutsch|franz[oö]sisch|spanisch|italienisch|polnisch|t[uü]rkisch|russisch"
    r"|anglais|allemand|fran[cç]ais|espagnol|italien|ingl[eé]s|alem[aá]n|franc[eé]s|espa[nñ]ol|italiano)"
)
_POLITE = r"(?:please|bitte|s['’]il (?:te|vous) pla[iî]t|por favor)"
# "in German", "to French", "as a table", "in one sentence": what stands for it below is SHAPED.
_SHAPE = caseless(
    rf"\b(?:in|into|to|auf|ins|en|au|al)\s+(?:the\s+)?{_LANGUAGES}e?\b"
    r"|\b(?:as|in|into|make|als|in|comme|en|sous|como)\s+(?:an?\s+|einer?\s+|une?\s+|una\s+)?(?:short\s+|bulleted\s+)?"
    r"(?:table|list|bullet points|bullets|tabelle|liste|stichpunkten?|stichworten|tableau|tabla|lista)\b(?:\s+of\b)?"
    r"|\bin (?:(?:a few|few|fewer|simpler?|plain|other|your own) words|(?:one|two|three|\d|a) sentences?"
    r"|short|detail)\b"
    r"|\bin (?:(?:einfachen|anderen|wenigen|eigenen) worten|(?:einem|zwei|drei) s[aä]tze?n?|kürze)\b"
    r"|\ben (?:(?:d['’]autres|quelques|peu de) mots|(?:une|deux) phrases?|bref|d[eé]tail)\b"
    r"|\ben (?:(?:otras|pocas) palabras|(?:una|dos) frases?|breve|detalle)\b"
)
_SHAPED = "SHAPED"
_FORMS = frozenset(
    words(
        "shaped shorter longer briefer brief briefly concise concisely simpler simply detail details detailed "
        "translate translated translation rephrase reword paraphrase elaborate clarify explain summarise summarize "
        "kürzer länger knapp knapper einfacher ausführlicher genauer übersetze übersetz übersetzen erkläre erklär "
        "zusammenfassen zusammen court courte bref brièvement simplement détaillé traduis traduire traduisez explique "
        "expliquez résume résumez corto corta breve brevemente sencillo traduce traducir tradúcelo explica explícalo "
        "explícame resúmelo"
    )
)
_BESIDE = frozenset(
    words(
        "answer answers reply respond say write put repeat rewrite make try version words word sentence sentences "
        "point points part line lines text first second third last more less again bit little one two three "
        "easier easy geht fassen sagen können "
        "antworte antworten antwort sag sage schreib schreibe wiederhole nochmal noch mal mehr weniger bitte mir "
        "etwas fass fasse deine réponds répondez répondre réponse dis ça cela moi plus moins encore fois plaît te "
        "phrase phrases responde responder respuesta di dime eso más menos otra vez favor frase frases puedes "
        "kannst könntest du peux tu pouvez"
    )
)
_SMALL = STOP_WORDS.union(*(SMALL[name] for name in INFLECTED))
_ASKING = caseless(
    r"\b(?:what|which|who|whom|whose|when|where|how|we[rnm]|wo|wann|wie|welche\w*|qui|quand|où|comment|quel\w*"
    r"|qui[eé]n\w*|cu[aá]ndo|d[oó]nde|c[oó]mo|cu[aá]l\w*)\b|^(?:is|are|was|were|does|do|did|has|have)\b"
    r"|^(?:can|may|must|should|could) (?:i|we)\b(?! (?:please )?(?:have|get|see)\b)"  # "Can I have it in German?"
)
_LEAD = caseless(r"(?:(?:and|but|so|no|ok|okay|thanks|thank you|und|aber|nein|et|mais|non|y|pero)\b[,.;:! ]+)+")
_BARE = caseless(
    rf"{_LANGUAGES},?\s+{_POLITE}|what(?: is|['’]s) (?:that|this|it) in {_LANGUAGES}"
    r"|are you (?:really |quite |very |absolutely )?(?:sure|certain)(?: about (?:that|this|it))?"
    r"|(?:is|was) (?:that|this|it) (?:really )?(?:right|correct|true|so)"
    r"|that['’]?s (?:wrong|not (?:right|true|correct))"
    r"|really|seriously|why(?: (?:is|was) (?:that|this|it)(?: so)?| so| not)?|how (?:so|come)|tell me more|go on"
    r"|continue|more|anything else|bist du (?:dir )?(?:da )?sicher|sind sie (?:sich )?(?:da )?sicher"
    r"|stimmt das(?: wirklich)?"
    r"|wirklich|echt|(?:warum|wieso|weshalb)(?: das| nicht| denn)?|weiter|(?:es-tu|tu es|êtes-vous|vous êtes) sûre?"
    r"|(?:c['’]est|est-ce) (?:sûr|vrai)|vraiment|pourquoi(?: ça| pas)?|(?:estás?|usted está) segur[oa]"
    r"|es (?:verdad|cierto|correcto)|de verdad|seguro|por qué(?: no)?"
)
_END = caseless(rf"(?<![,\s])[,\s]+{_POLITE}$")


def is_wish(text: str) -> bool:
    """Tell whether a turn only speaks of the form of the last answer, or doubts it: "Shorter please", "Why?"."""
    line = squeeze(text).strip(" ?!.¿¡")
    lead = _LEAD.match(line)
    line = line[lead.end() :] if lead else line
    if _BARE.fullmatch(line) or _BARE.fullmatch(_END.sub("", line)):
        return True
    said = set(words(_SHAPE.sub(f" {_SHAPED} ", line)))
    return not _ASKING.search(line) and not said.isdisjoint(_FORMS) and said <= _FORMS | _BESIDE | _SMALL


def wished_about(text: str, turns: Sequence[Turn]) -> str:
    """Return the question whose answer a wish is about, on its own feet; "" where the text is none or nothing came."""
    asked = [turn.standalone or turn.question for turn in turns if not is_small_talk(turn.question)]
    return asked[-1] if asked and is_wish(text) else ""
