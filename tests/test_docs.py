"""The README holds what it promises: its Python runs, its commands exist, its settings are the real ones."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from rag import RagError, Settings, SettingsError, errors, load_settings
from rag.cli import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_python_of_the_readme_runs(tmp_path: Path) -> None:
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code is not None and len(code[1].strip().splitlines()) <= 6
    script = code[1].replace('"seeds"', repr(str(ROOT / "seeds" / "employee-handbook.pdf")))
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{script}"],
        capture_output=True, text=True, cwd=tmp_path, check=True,
    )  # fmt: skip
    assert "18 weeks" in done.stdout and "[1]" in done.stdout


def test_every_command_stands_in_the_readme() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    shown = {name for name, command in commands.items() if not command.hidden}
    assert set(re.findall(r"^rag (\w+)", README, re.MULTILINE)) == shown


def test_every_make_target_of_the_documents_exists() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")):
        assert set(re.findall(r"(?:^|`)make ([\w-]+)", page.read_text(), re.MULTILINE)) <= targets, page.name


def test_the_settings_table_is_the_truth() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", README, re.MULTILINE)
    assert [row[0] for row in rows] == list(Settings.model_fields)
    assert len(rows) <= 20
    for name, default, meaning in rows:
        field = Settings.model_fields[name]
        assert meaning == field.description
        plain = field.default.get_secret_value() if hasattr(field.default, "get_secret_value") else field.default
        assert default == (f"`{plain}`" if str(plain) else "none")


def test_links_between_documents_lead_somewhere() -> None:
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!http|#)([^)#]+)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_every_error_stands_in_the_tree_at_the_top() -> None:
    classes = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, RagError)]
    assert errors.__doc__ is not None
    assert set(re.findall(r"(\w+Error)\b", errors.__doc__)) == {found.__name__ for found in classes}


def test_dials_come_from_argument_then_environment_then_file(tmp_path: Path) -> None:
    (tmp_path / "rag.toml").write_text("passages = 3\nquotes = 2\nport = 1234\n")
    code = "from rag import load_settings as s; x = s(port=9); print(x.passages, x.quotes, x.port, x.window_characters)"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"],
        capture_output=True, text=True, cwd=tmp_path, check=True, env={"RAG_QUOTES": "5", "RAG_PORT": "8"},
    )  # fmt: skip
    assert done.stdout.split() == ["3", "5", "9", "1200"]


@pytest.mark.parametrize("dials", [{"passages": 0}, {"port": 70_000}, {"unknown": 1}, {"dense_weight": "much"}])
def test_impossible_dials_are_refused_by_name(dials: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=next(iter(dials))):
        load_settings(**dials)


def test_dials_are_frozen_and_secrets_stay_secret() -> None:
    settings = load_settings(llm_api_key="sk-very-secret")
    assert "sk-very-secret" not in repr(settings)
    with pytest.raises(ValueError, match="frozen"):
        settings.passages = 3  # type: ignore[misc]
