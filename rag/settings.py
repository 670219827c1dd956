"""All dials in one flat, frozen place. A value comes from: argument > RAG_* variable > rag.toml > default."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from rag.errors import SettingsError


class Settings(BaseSettings):
    """The dials. An unknown name, in any of the four places, is refused."""

    model_config = SettingsConfigDict(
        env_prefix="RAG_", toml_file="rag.toml", extra="forbid", frozen=True, env_ignore_empty=True
    )

    data_dir: Path = Field(Path(".rag"), description="Folder of the index, uploads and conversations.")
    embedding_model: str = Field("all-MiniLM-L6-v2", description="Any sentence-transformers name or folder.")
    passage_tokens: int = Field(200, ge=32, le=8192, description="Longest passage, in tokens of the embedding model.")
    reranker: str = Field(
        "", description="Cross-encoder that orders what is found, by name or folder; empty means none."
    )
    passages: int = Field(6, ge=1, le=50, description="Passages that an answer may rest on.")
    window_characters: int = Field(
        1200, ge=100, description="Characters of the text that is cut out around the best sentences."
    )
    dense_weight: float = Field(0.88, ge=0, le=1, description="Share of meaning against words in the fusion.")
    answer_threshold: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Confidence below which no answer is given; half of it with an LLM, which may refuse.",
    )
    quotes: int = Field(
        3,
        ge=1,
        le=10,
        description="Sentences that an answer without an LLM quotes; a further page or a contradiction may add one.",
    )
    llm: str = Field("", description="Model name; empty means quotes only.")
    llm_base_url: str = Field(
        "",
        description="OpenAI-compatible endpoint, as http://127.0.0.1:11434/v1; with a key alone: api.openai.com.",
    )
    llm_api_key: SecretStr = Field(SecretStr(""), description="Key for that endpoint, if it wants one.")
    llm_context_tokens: int = Field(8192, ge=512, description="Context window of the LLM.")
    llm_answer_tokens: int = Field(512, ge=16, description="Longest answer of the LLM.")
    llm_timeout: float = Field(60, gt=0, le=600, description="Seconds for the whole reply of the LLM.")
    file_megabytes: int = Field(50, ge=1, description="Largest file that is read.")
    file_seconds: float = Field(60, gt=0, description="Longest time for reading one file.")
    host: str = Field("127.0.0.1", description="Address the window listens on.")
    port: int = Field(7860, ge=1, le=65535, description="Port the window listens on.")
    login: SecretStr = Field(SecretStr(""), description="user:password; needed to listen beyond this machine.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then RAG_* variables, then rag.toml in the working directory."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**arguments: Any) -> Settings:
    """Read the dials; ``arguments`` win over everything.

    Raises:
        SettingsError: a name is unknown or a value impossible; the message lists each with what is allowed.
    """
    known = {f"RAG_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.startswith("RAG_") and name not in known)
    if unknown:
        raise SettingsError(f"Unknown setting {', '.join(unknown)}.", f"Known are {', '.join(sorted(known))}.")
    try:
        return Settings(**arguments)
    except ValidationError as error:
        problems = "; ".join(_problem(dict(fault)) for fault in error.errors())
        advice = "Correct the argument, the RAG_* variable or rag.toml."
        raise SettingsError(f"Settings refused: {problems}.", advice) from None
    except ValueError as error:  # rag.toml is not TOML
        raise SettingsError(f"rag.toml cannot be read: {error}.", "Correct it or move it away.") from None


def _problem(fault: dict[str, Any]) -> str:
    """Say in people's words what pydantic found; a value is shown where it should be a number, so never a secret."""
    name, kind = ".".join(map(str, fault["loc"])), str(fault["type"])
    if kind == "extra_forbidden":
        return f"{name} is no known setting"
    limits = {"ge": "at least", "le": "at most", "gt": "more than", "lt": "less than"}
    wanted = [f"{limits[sign]} {limit}" for sign, limit in fault.get("ctx", {}).items() if sign in limits]
    if kind.startswith(("int", "float", "finite")):
        wanted = ["a whole number" if kind.startswith("int") else "a number"]
    if not wanted:
        return f"{name} must be {'a path' if kind.startswith('path') else 'text'}"
    return f"{name} must be {' '.join(wanted)}, not {str(fault['input'])[:40]!r}"
