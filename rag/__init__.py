"""A chatbot over one's own documents whose every sentence carries a citation of exact words.

>>> from rag import Chatbot
>>> with Chatbot.open() as bot:
...     bot.ingest("seeds")
...     print(bot.ask("How much parental leave is there?").text)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.chatbot import Chatbot
    from rag.datatypes import (
        MAX_LABEL,
        ROW_LABEL,
        Answer,
        Block,
        Citation,
        Document,
        Hit,
        Page,
        PageImage,
        Passage,
        Sentence,
        Turn,
        Verdict,
        page_name,
        page_unit,
    )
    from rag.embed import Embedder, HashEmbedder
    from rag.errors import (
        IndexLockedError,
        IndexMismatchError,
        LanguageModelError,
        LoadError,
        ModelError,
        NotFoundError,
        QuestionError,
        RagError,
        ReplyLimitError,
        SettingsError,
        StorageError,
    )
    from rag.phrasing import is_small_talk
    from rag.reports import DocumentInfo, FileResult, IngestProgress, IngestReport, Status, find_documents
    from rag.settings import Settings, load_settings
    from rag.text import content_words

__all__ = [
    "MAX_LABEL",
    "ROW_LABEL",
    "Answer",
    "Block",
    "Chatbot",
    "Citation",
    "Document",
    "DocumentInfo",
    "Embedder",
    "FileResult",
    "HashEmbedder",
    "Hit",
    "IndexLockedError",
    "IndexMismatchError",
    "IngestProgress",
    "IngestReport",
    "LanguageModelError",
    "LoadError",
    "ModelError",
    "NotFoundError",
    "Page",
    "PageImage",
    "Passage",
    "QuestionError",
    "RagError",
    "ReplyLimitError",
    "Sentence",
    "Settings",
    "SettingsError",
    "Status",
    "StorageError",
    "Turn",
    "Verdict",
    "content_words",
    "find_documents",
    "is_small_talk",
    "load_settings",
    "page_name",
    "page_unit",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that the command line starts at once."""
    if name in __all__:
        for module in ("errors", "datatypes", "reports", "settings", "phrasing", "text", "embed", "chatbot"):
            home = import_module(f"rag.{module}")
            if hasattr(home, name):
                return getattr(home, name)
    raise AttributeError(f"module 'rag' has no attribute {name!r}")
