"""What a language model writes besides an answer: that it does not know, courtesies, and what leads to the answer."""

from __future__ import annotations

import re

from rag.draft import LABEL, MARKER, NO_ANSWER
from rag.sentences import sentence_spans
from rag.text import caseless, normalize, squeeze

_DOCUMENTS = r"(?:documents?|passages?|contexts?|sources?|texts?|excerpts?|materials?|files?|information)"
_SAID = "found|mentioned|specified|stated|described|explained"
_TOLD = rf"(?:{_SAID}|included|provided|given|covered|listed|contained|available)"
_DECLINES = caseless(
    rf"\b{_DOCUMENTS}\b[^.]{{0,40}}\b(?:do|does|did)(?: not|n['’]t) (?:\w+ )?"
    r"(?:contain|answer|include|provide|hold|mention|say|specify|state|cover|give|address|discuss|describe|list|tell)"
    r"|\b(?:there(?: is|['’]s| are)|contains?|provides?|found|have) no (?:\w+ )?"
    r"(?:information|mention|answer|details?|reference)\b"
    r"|\b(?:could|can|was|am|were|is)(?: not|n['’]t|not| unable to) (?:be )?(?:find|found|answer|answered|locate)\b"
    rf"|\banswer (?:is|was) not (?:\w+ )?(?:in|{_TOLD})\b"
    rf"|\b(?:not|n['’]t) (?:\w+ )?{_TOLD} (?:in|by) (?:the|any|these|your|my)\b(?P<between>[^.]{{0,30}})\b{_DOCUMENTS}"
    rf"|\bnone of the (?:\w+ )?{_DOCUMENTS}\b|\bnot possible to (?:determine|answer|say|tell)\b"
    r"|\bi (?:do not|don['’]t) have (?:\w+ )?(?:information|context|details)\b"
    r"|\bi(?:['’]m| am) (?:unable|not able) to (?:find|provide|answer|determine|tell|locate|give)\b"
    rf"|^(?:no information(?: available)?|not {_TOLD}|n/a)\W*$|^as an ai\b"
    r"|^(?:i['’]m )?(?:sorry,? )?(?:but )?i (?:do not|don['’]t|cannot|can['’]t) "
    r"(?:know|say|tell|answer|help|disclose|provide)\b"
    r"|\b(?:dokumente?n?|passagen?|quellen?|unterlagen|texte?n?)\b[^.]{0,60}\b(?:nicht|keine?n?)\b"
    r"|\b(?:documents?|passages?|sources?|textes?)\b[^.]{0,30}\bne \w+ (?:pas|aucun\w*)\b"
    r"|\b(?:documentos|pasajes|fuentes|textos)\b[^.]{0,30}\bno \w+"
    r"|(?:文档|文件|文檔|段落|资料|資料)[^。]{0,20}(?:没有|沒有|未|不包含|無|无)"
)
_OF_ALL = caseless(rf"(?:\s(?:of|the|these|your|\d+|text|source|relevant|{_DOCUMENTS}|{_TOLD}))*\s*")
_COURTESY = caseless(
    r"(?:sure|certainly|of course|absolutely|(?:great|good) question|hi|hello|hey|thanks?(?: you)?|you['’]re welcome"
    r"|unfortunately|sorry|gern|natürlich|bien sûr|claro)(?: there)?\W+"
)
_OFFER = (  # not what anybody else does if you have or need something
    r"(?:\b(?:let me know|ask me|tell me|feel free|hesitate|happy to|glad to|i can|i could|i will|i['’](?:ll|d|m))\b"
    r"|(?:please|just|to|gern|einfach) (?:ask|fragen)\W*$|\blassen sie (?:es )?mich\b|\bfragen sie (?:mich|gerne?)\b"
    r"|\b(?:helfe|kann|stehe) ich\b)"
)
_POLITE = caseless(
    r"(?:i hope (?:this|that|it)|(?:please )?let me know|(?:please )?feel free|is there anything"
    rf"|(?:if you|falls sie|wenn sie)\b.*{_OFFER}|(?:i['’](?:d|ll) be )?happy to|do you (?:have|need)|would you like"
    r"|don['’]t hesitate|here(?: is|['’]s| are)\b.*:$|follow these\b.*:$|n['’]hésitez"
    r"|based on (?:the|your|these)\b.*\b(?:found|summary|answer|information)\b.*:$)"
)


def declines(reply: str) -> bool:
    """Tell whether a reply says, as it was told to or otherwise, that the answer is not there; and cites nothing."""
    said = squeeze(LABEL.sub("", normalize(reply)[0], count=1)).lstrip("\"'“”*# ")
    said = _COURTESY.sub("", said, count=1) if _COURTESY.match(said) else said
    if said.lower().startswith(NO_ANSWER[:-1].lower()):
        return len(MARKER.findall(said)) == len(MARKER.findall(said[: len(NO_ANSWER) + 8]))
    first = said[: (sentence_spans(said) or [(0, 0)])[0][1]]
    return MARKER.search(said) is None and _DECLINES.search(first) is not None


def says_what_lacks(text: str) -> bool:
    """Tell whether a sentence of an answer says that the documents, or the model, do not know something.

    What is "not included in the contract documents" may well be included in the contract, so it is a claim.
    """
    found = _DECLINES.search(text)
    if found is None or not (_OF_ALL.fullmatch(found["between"] or "") or re.search(_SAID, found.group())):
        return False
    return re.search(rf"\b(?:{_DOCUMENTS}|I|mention\w*)\b", text) is not None


def is_polite(text: str) -> bool:
    """Tell whether a sentence only greets, offers more help or leads to the answer."""
    return _POLITE.match(text) is not None or not _COURTESY.sub("", f"{text} ", count=1).strip()
