"""Every error that the library raises on purpose; each says what is wrong and what to do next.

RagError
├── SettingsError       a dial has an unknown name or an impossible value
├── LoadError           one file cannot become a document (the other files go on)
│   ├── RetryError      … as things stand: its rights, the disk, its size; it may be read the next time
│   └── TimeLimitError  … within the time limit; it may be read once that is another
├── ModelError          the embedding model cannot be found or does not answer
├── IndexMismatchError  the index was made with another model or splitter
├── IndexLockedError    another process owns the data folder
├── StorageError        the data folder cannot be read or written (disk full, damaged file)
├── LanguageModelError  the LLM refused, timed out, or sent nothing usable
│   └── ReplyLimitError its reply reached the token limit; the sentences finished by then stand
├── QuestionError       the question is empty or too long
└── NotFoundError       no such document
"""


class RagError(Exception):
    """A problem that a person can act on.

    ``str(error)`` is one line: what is wrong, then the next step. ``problem`` and ``next_step`` hold the two halves.
    """

    def __init__(self, problem: str, next_step: str) -> None:
        super().__init__(f"{problem} {next_step}".strip())
        self.problem = problem
        self.next_step = next_step


class SettingsError(RagError):
    """A dial has an unknown name or an impossible value."""


class LoadError(RagError):
    """One file cannot become a document; the other files go on."""


class RetryError(LoadError):
    """A file cannot be read as things stand: its rights, the disk, its size; it may be the next time."""


class TimeLimitError(LoadError):
    """A file takes longer to read than the limit; it may be read once that is another."""


class ModelError(RagError):
    """The embedding model cannot be found or does not answer."""


class IndexMismatchError(RagError):
    """The index was made with another embedding model or splitter."""


class IndexLockedError(RagError):
    """Another process owns the data folder."""


class StorageError(RagError):
    """The data folder cannot be read or written."""


class LanguageModelError(RagError):
    """The LLM refused, timed out, or sent nothing usable."""


class ReplyLimitError(LanguageModelError):
    """The LLM's reply reached the token limit; the sentences finished by then stand."""


class QuestionError(RagError):
    """The question is empty or too long."""


class NotFoundError(RagError):
    """No document of that name or id is in the index."""
