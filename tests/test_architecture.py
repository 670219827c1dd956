"""Imports point one way, heavy packages stay at home, files and functions stay small."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import rag
from eval.sets import shaping

ROOT = Path(__file__).parent.parent
FILES = sorted(path for package in ("rag", "ui", "eval") for path in (ROOT / package).rglob("*.py"))

# Lower floors first; a module may import from floors below its own only.
FLOORS = (
    {"languages", "cache", "abbreviations", "units"},
    {"datatypes", "errors", "reports", "text"},
    {"sentences", "figures", "related", "amounts", "inflection"},
    {"settings", "lists", "answertype", "editions", "cells"},
    {"facts", "fit", "draft"},
    {"opposites", "order"},
    {"conditions", "rows"},
    {"attribution"},
    # The parsers, from pieces of layout up to the process that runs them.
    {"formats", "header", "glyphs", "bert", "aligned"},
    {"records", "numbering", "line", "quantized", "captions"},
    {"labels"},
    {"reach", "columns"},
    {"spacing", "entries", "monospace", "pitch", "sight"},
    {"grid"},
    {"forms"},
    {"paragraphs"},
    {"wrapping"},
    {"textpages", "titles"},
    {"htmltable", "sitepage", "plain", "pagetext", "running", "regions"},
    {"markup", "highlight", "fields"},
    {"archive", "pdf", "markdown", "mail", "objects", "drawings"},
    {"office", "notebook"},
    {"opendocument"},
    {"sheets", "odp"},
    {"parse", "database", "reply", "declining", "verdict", "schema", "fulltext", "windows", "compiled"},
    {"torchmodel"},
    {"load", "split", "embed", "docstore", "vectorstore", "extract", "llm", "cite", "reread", "backup", "seam"},
    {"phrasing", "confidence", "around", "whole", "rerank", "tables", "rewrite"},
    {"said", "write", "extremes"},
    {"followup", "refusal", "query", "wishes"},
    {"parts"},
    {"equivalents"},
    {"walk", "nearest"},
    {"index"},
    {"ingest", "retrieve", "answer"},
    {"chatbot"},
    {"__init__"},
    {"show", "reading"},
    {"cli"},
    {"__main__"},
)
# What is seen besides the public face: both command lines have options alike and print alike.
SEEN = {
    "eval/cli": {"rag.show", "rag.reading"},
    "eval/run": {"rag.followup", "rag.answer"},
    "eval/metrics": {"rag.text"},
}
HEAVY_HOMES = {
    "chromadb": {"rag/vectorstore.py", "eval/pipelines.py", "eval/stock.py"},
    "sentence_transformers": {"rag/torchmodel.py", "eval/bench.py"},
    "openvino": {"rag/bert.py"},
    "onnxruntime": {"rag/quantized.py"},
    "onnx": {"rag/quantized.py"},
    "tokenizers": {"rag/compiled.py"},
    "gradio": {"ui/"},
    "mcp": {"ui/mcp.py"},
    "pypdfium2": {"rag/fields.py", "rag/pagetext.py", "rag/pdf.py", "rag/sight.py"},
    "docx": {"rag/office.py"},
    "pptx": {"rag/office.py"},
    "openpyxl": {"rag/sheets.py"},
    "selectolax": {"rag/markup.py", "rag/sitepage.py", "rag/htmltable.py"},
    "markdown_it": {"rag/markdown.py"},
}


def imports(tree: ast.AST) -> list[str]:
    """Return every imported name, dotted."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def floor(module: str) -> int | None:
    return next((number for number, modules in enumerate(FLOORS) if module in modules), None)


def test_every_module_of_the_library_has_a_floor() -> None:
    assert {path.stem for path in (ROOT / "rag").glob("*.py")} == set().union(*FLOORS)
    assert not [path for path in (ROOT / "rag").iterdir() if path.is_dir() and path.name != "__pycache__"]


def test_an_index_of_the_evaluation_is_made_anew_after_a_change_of_any_parser() -> None:
    first, last = floor("formats"), floor("sheets")
    assert first is not None and last is not None
    assert {"split", "abbreviations", "fulltext"}.union(*FLOORS[first : last + 1]) <= shaping()


@pytest.mark.parametrize("path", [p for p in FILES if p.parent.name == "rag"], ids=lambda p: p.stem)
def test_imports_point_down(path: Path) -> None:
    own = floor(path.stem)
    assert own is not None
    for name in imports(ast.parse(path.read_text())):
        parts = name.split(".")
        if parts[0] in ("ui", "eval"):
            assert path.stem == "cli", f"{path.stem} imports {name}"
        if parts[0] != "rag" or len(parts) < 2:
            continue
        target = floor(parts[1]) if floor(parts[1]) is not None else floor("__init__")
        assert target is not None and target < own, f"{path.stem}: {name}"


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.parent.name != "rag"], ids=lambda p: f"{p.parent.name}/{p.stem}"
)
def test_the_window_and_the_measuring_see_the_public_face_only(path: Path) -> None:
    seen = {f"rag.{name}" for name in rag.__all__} | SEEN.get(f"{path.parent.name}/{path.stem}", set())
    for name in imports(ast.parse(path.read_text())):
        if name.partition(".")[0] == "rag":
            assert name in seen or name.rpartition(".")[0] in seen, f"{path}: {name}"
        assert not (path.parent.name == "ui" and name.startswith("eval"))
        assert not (path.parent.name == "eval" and name.startswith("ui"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_heavy_packages_stay_at_home_and_eval_keeps_its_builtin(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    tree = ast.parse(path.read_text())
    for name in imports(tree):
        homes = HEAVY_HOMES.get(name.split(".")[0])
        assert homes is None or any(place.startswith(home) for home in homes), f"{place} imports {name}"
    plain = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    assert not [name for name in plain if name.split(".")[0] == "eval"]


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    assert len(text.splitlines()) <= 300
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            assert node.end_lineno - node.lineno < 42, f"{path.name}: {node.name}"


def test_the_public_face() -> None:
    assert all(hasattr(rag, name) for name in rag.__all__)


def test_importing_the_library_loads_nothing_heavy() -> None:
    heavy = (
        "torch transformers sentence_transformers chromadb gradio mcp llama_index openpyxl pypdfium2 docx pptx scipy"
    )
    code = f"import rag, sys; print(*[m for m in {heavy.split()!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() == []
