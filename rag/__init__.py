"""A chatbot over one's own documents whose every sentence carries a citation of exact words.

>>> from rag import Chatbot
>>> with Chatbot.open() as bot:
...     bot.ingest("seeds")
...     print(bot.ask("How much parental leave is there?").text)
"""

from rag.chatbot import Chatbot
from rag.datatypes import (
    Answer,
    Block,
    Citation,
    Document,
    DocumentInfo,
    FileResult,
    Hit,
    IngestProgress,
    IngestReport,
    Page,
    PageImage,
    Passage,
    Sentence,
    Status,
    Turn,
    Verdict,
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
from rag.settings import Settings, load_settings

__all__ = [
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
    "load_settings",
]
