"""What the code must never do with what comes from outside, read off its syntax trees; and the audit of its packages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(path for package in ("rag", "ui", "eval") for path in (ROOT / package).rglob("*.py"))
# Modules that run what they read, or that unpack to disk.
BARRED_IMPORTS = set("pickle cPickle dill shelve marshal joblib cloudpickle yaml code codeop pty telnetlib".split())
BARRED_CALLS = set(
    "eval exec compile __import__ os.system os.popen os.spawnl pty.spawn extractall tempfile.mktemp".split()
)
BARRED_ARGUMENTS = {
    "shell": False,
    "trust_remote_code": False,
    "allow_pickle": False,
    "weights_only": True,
    "verify": True,
}


def full_name(node: ast.expr) -> str:
    """Return a dotted name, as far as it is one."""
    if isinstance(node, ast.Attribute):
        return f"{full_name(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


def offences(tree: ast.AST) -> Iterator[str]:
    """Yield what is barred, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            yield from (f"{node.lineno}: import {name}" for name in names if name.split(".")[0] in BARRED_IMPORTS)
        if isinstance(node, ast.Call):
            name = full_name(node.func)
            if name in BARRED_CALLS or name.rpartition(".")[2] == "extractall":
                yield f"{node.lineno}: {name}()"
            for keyword in node.keywords:
                wanted = BARRED_ARGUMENTS.get(keyword.arg or "")
                given = keyword.value.value if isinstance(keyword.value, ast.Constant) else "unknown"
                if wanted is not None and given is not wanted:
                    yield f"{node.lineno}: {keyword.arg}={given}"
            if name == "torch.load" and not any(keyword.arg == "weights_only" for keyword in node.keywords):
                yield f"{node.lineno}: {name}() that may unpickle"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_code_runs_what_it_reads(path: Path) -> None:
    assert list(offences(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from yaml import load",
        "eval(text)",
        "os.system(name)",
        "subprocess.run(name, shell=True)",
        "load(model, trust_remote_code=flag)",
        "np.load(path, allow_pickle=True)",
        "torch.load(path, weights_only=False)",
        "archive.extractall(folder)",
    ],
)
def test_each_offence_is_found(code: str) -> None:
    assert len(list(offences(ast.parse(code)))) == 1


def test_no_format_string_is_filled_from_outside() -> None:
    """``str.format`` and ``%`` on a text that came from outside would open its braces: only constants are formatted."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
                own_line = path.name == "reply.py" and full_name(node.func.value) == "problem"  # of its table of lines
                assert own_line or isinstance(node.func.value, ast.Constant), f"{path}:{node.lineno}"


# --- the audit of the packages -------------------------------------------------------------------------------------

AUDIT = (ROOT / "docs/audit.md").read_text()
EXCEPTION = re.compile(
    r"^\| `([A-Z]+-[\w-]+)` \| (\S+) \| (\d{4}-\d\d-\d\d) \| (.{20,}?) \| `(tests/\w+\.py)::(\w+)` \|$", re.MULTILINE
)


def test_each_exception_of_the_audit_is_named_dated_and_guarded() -> None:
    rows = [line for line in AUDIT.splitlines() if line.startswith("| `")]
    found = EXCEPTION.findall(AUDIT)
    assert len(found) == len(rows)
    locked = (ROOT / "requirements.lock").read_text()
    for name, package, day, _, place, test in found:
        assert re.search(rf"^{re.escape(package)}==", locked, re.MULTILINE), package
        assert date.fromisoformat(day) <= date.today()
        assert f"def {test}(" in (ROOT / place).read_text(), f"{name}: {place}::{test}"


def test_chroma_is_never_a_server() -> None:
    """Chroma's server has advisories without a fixed release, so nothing may start it or speak to one."""
    clients = set()
    for path in [*FILES, *ROOT.glob("Makefile"), *ROOT.glob(".ci/*")]:
        text = path.read_text()
        assert not re.search(r"chroma run|chromadb\.(?:app|server|cli)", text), path
        clients |= set(re.findall(r"\b(\w*Client)\(", text)) if "chromadb" in text else set()
    assert clients <= {"PersistentClient", "EphemeralClient"}


def test_the_audit_leaves_out_nothing_but_its_exceptions() -> None:
    [command] = re.findall(r"^audit:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert "docs/audit.md" in command and "--ignore-vuln" in command
    assert not re.findall(r"--ignore-vuln[= ]+[A-Z]+-\d", command)  # only those that the document lists
