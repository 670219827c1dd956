"""The command line as a person uses it: in a process of its own, with exit codes and one-line errors."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.core import TyperGroup

from eval.cli import app as measuring
from rag import Chatbot, IngestProgress
from rag.cli import app, main
from rag.show import print_hits, print_status, progress_bar
from tests.sample_files import xlsx_file

ROOT = Path(__file__).parent.parent
TEXT = "The Orion array holds 96 disks. It was installed in Lisbon in 2019.\n\nDisks are replaced within 4 hours."


def rag(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in another process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **env}
    command = [sys.executable, "-m", "rag", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, check=False, timeout=120)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents that were ingested by the command line."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "docs").mkdir()
    (folder / "docs" / "orion.txt").write_text(TEXT)
    (folder / "docs" / "empty.txt").write_text("")
    done = rag("ingest", "docs", cwd=folder)
    assert done.returncode == 1, "a file failed"
    assert re.search(r"failed +empty\.txt is empty", done.stdout)
    assert "1 new, 1 failed" in done.stdout and done.stderr == ""
    return folder


def test_ask_prints_the_answer_and_its_sources(place: Path) -> None:
    done = rag("ask", "How many disks does the Orion array hold?", cwd=place)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("The Orion array holds 96 disks. [1]\n")
    assert "[1] orion.txt: The Orion array holds 96 disks." in done.stdout


def test_ask_without_an_answer_exits_1_with_the_nearest(place: Path) -> None:
    done = rag("ask", "Who painted the Mona Lisa?", cwd=place)
    assert done.returncode == 1
    assert "do not seem to answer" in done.stdout and "near: orion.txt: " in done.stdout


def test_a_refusal_names_the_place_of_what_is_near_and_the_files_that_could_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for name in ("a.pdf", "b.pdf", "c.pdf", "secret.pdf"):
        (tmp_path / "docs" / name).write_text("no PDF")
    (tmp_path / "docs" / "plan.md").write_text(
        "# Storage\n\n" + "The Orion array holds ninety-six disks in Lisbon, " * 9
    )
    rag("ingest", "docs", cwd=tmp_path)
    lines = rag("ask", "How many pages does secret.pdf have?", cwd=tmp_path).stdout.splitlines()
    near = [line for line in lines if "near: " in line]
    assert near and all(line.startswith("  near: plan.md, Storage: ") for line in near)
    assert all(re.search(r" (The|Orion|array|holds|ninety-six|disks|in|Lisbon)…$", line) for line in near)
    failed = [line.removeprefix("  could not be read: ").split()[0] for line in lines if "could not be read" in line]
    assert failed == ["secret.pdf", "a.pdf", "b.pdf"] and lines[-1] == "  and 1 more; `rag status` lists them"
    within = rag("ask", "How many pages does secret.pdf have?", "--in", "plan.md", cwd=tmp_path).stdout
    assert "could not be read" not in within, "of one document it is not asked what others hold"


def test_json_is_all_there_is_on_stdout(place: Path) -> None:
    answer = json.loads(rag("ask", "How many disks does the Orion array hold?", "--json", cwd=place).stdout)
    assert answer["citations"][0]["quote"] == "The Orion array holds 96 disks."
    assert answer["citations"][0]["where"] == "orion.txt" and answer["final"] and answer["unread"] == []
    refused = json.loads(rag("ask", "Who", "is", "the", "pope?", "--json", cwd=place).stdout)  # without quotes
    assert refused["question"] == "Who is the pope?"
    assert refused["abstained"] and [file["name"] for file in refused["unread"]] == ["empty.txt"]
    hits = json.loads(rag("search", "disks", "-k", "1", "--json", cwd=place).stdout)
    assert len(hits) == 1 and "meaning #1" in hits[0]["why"]
    with Chatbot.open(data_dir=place / "none"):
        pass
    nothing = rag("search", "disks", "--json", "--data-dir", str(place / "none"), cwd=place)
    assert (nothing.returncode, nothing.stdout.strip()) == (1, "[]")
    status = json.loads(rag("list", "--json", cwd=place).stdout)  # as people call it, too
    assert status["documents"] == 1 and status["failures"][0]["name"] == "empty.txt"
    report = json.loads(rag("ingest", "docs", "--json", cwd=place).stdout)
    assert report["summary"] == "1 unchanged, 1 failed"


def test_status_counts_and_names_what_failed(place: Path) -> None:
    done = rag("status", cwd=place)
    assert done.returncode == 0
    assert "1 document, 1 passage in " in done.stdout and "orion.txt: 1 passage, " in done.stdout
    assert "not in the index: empty.txt" in done.stdout


def test_the_index_can_be_read_while_another_process_owns_it(place: Path) -> None:
    with Chatbot.open(data_dir=place / ".rag"):
        done = rag("ask", "How many disks does the Orion array hold?", cwd=place)
        assert (done.returncode, done.stdout.splitlines()[0]) == (0, "The Orion array holds 96 disks. [1]")
        done = rag("ingest", "docs", cwd=place)
        assert done.returncode == 2
        assert re.fullmatch(rf"error: The data folder .rag is in use by process {os.getpid()}\. .*\n", done.stderr)


@pytest.mark.parametrize(
    ("arguments", "env", "line"),
    [
        (["ask", ""], {}, "error: The question is empty."),
        (["ingest", "nowhere"], {}, "error: nowhere does not exist."),
        (["forget", "nothing.txt"], {}, "error: There is no document 'nothing.txt'."),
        (["ask", "x", "--in", "nothing.txt"], {}, "error: There is no document 'nothing.txt'."),
        (["status"], {"RAG_PASAGES": "5"}, "error: Unknown setting RAG_PASAGES."),
        (["status"], {"RAG_PASSAGES": "many"}, "error: Settings refused: passages must be a whole number, not 'many'."),
        (["chat", "--port", "99999"], {}, "error: Settings refused: port must be at most 65535, not '99999'."),
        (["status"], {"RAG_PASSAGE_TOKENS": "64"}, "error: The index was made otherwise:"),
        (["status"], {"RAG_EMBEDDING_MODEL": "no/such"}, "error: The model 'no/such'"),
        (["eval", "--gold", "missing.jsonl"], {}, "error: missing.jsonl does not exist."),
        (["eval", "--data", "missing"], {}, "error: missing does not exist."),
        (["eval", "compare", "a.json", "b.json"], {}, "error: a.json does not exist."),
        (["eval", "compare", "docs/orion.txt", "b.json"], {}, "error: docs/orion.txt is not a results file."),
        (["ask", "x", "--data-dir", "no/such"], {}, "error: There are no documents yet: no/such holds no index."),
        (["search", "x", "--data-dir", "no/such"], {}, "error: There are no documents yet: no/such holds no index."),
        (["status"], {"RAG_DATA_DIR": "no/such"}, "error: There are no documents yet: no/such holds no index."),
    ],
)
def test_an_error_is_one_line_with_the_next_step(
    place: Path, arguments: list[str], env: dict[str, str], line: str
) -> None:
    done = rag(*arguments, cwd=place, **env)
    assert done.returncode == 2
    assert done.stderr.startswith(line), done.stderr
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
    assert len(done.stderr) > len(line) + 10, "no next step"
    assert "Errno" not in done.stderr and not (place / "no").exists()


def test_rebuild_and_forget(tmp_path: Path) -> None:
    (tmp_path / "orion.txt").write_text(TEXT)
    assert rag("ingest", "orion.txt", cwd=tmp_path).returncode == 0
    changed = {"RAG_PASSAGE_TOKENS": "64"}
    assert rag("ask", "disks", cwd=tmp_path, **changed).returncode == 2
    assert "1 changed" in rag("ingest", "--rebuild", cwd=tmp_path, **changed).stdout
    assert rag("search", "disks", cwd=tmp_path, **changed).returncode == 0
    both = rag("ingest", "--rebuild", "orion.txt", cwd=tmp_path, **changed)
    assert "1 changed, 1 unchanged (" in both.stdout, "what the rebuild did is told too"
    done = rag("forget", "orion.txt", cwd=tmp_path, **changed)
    assert (done.returncode, done.stdout) == (
        0,
        "Out of the index: orion.txt. The disk keeps what it has; it comes back when its folder is read again.\n",
    )
    assert rag("search", "disks", cwd=tmp_path, **changed).returncode == 1


def test_control_characters_never_reach_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[31m.txt").write_text(
        "Red \x1b[31malert\x07 is a colour\u202e of disks. " + "More words follow. " * 10
    )
    done = rag("ingest", str(tmp_path), cwd=tmp_path)
    done_too = rag("search", "alert colour disks", cwd=tmp_path)
    for text in (done.stdout + done.stderr, done_too.stdout + done_too.stderr):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
    assert "alert" in done_too.stdout


def test_eval_measures_and_gates(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "orion.txt").write_text(TEXT)
    quote = {"document": "orion.txt", "quote": "The Orion array holds 96 disks."}
    base = {"kind": "single", "history": [], "answer": "96", "evidence": [quote]}
    lines = [
        *({"id": str(n), "question": f"How many disks does the Orion array hold{'?' * n}", **base} for n in range(8)),
        {
            "id": "none",
            "kind": "unanswerable",
            "question": "Who painted Mona Lisa?",
            "history": [],
            "answer": "",
            "evidence": [],
        },
    ]
    (tmp_path / "gold.jsonl").write_text("\n".join(map(json.dumps, lines)))
    arguments = ("eval", "--gold", "gold.jsonl", "--docs", "docs", "--output", "out.json")
    done = rag(*arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "retrieval\n" in done.stdout and "  evidence at rank 1 " in done.stdout
    before = (tmp_path / "out.json").read_text()
    same = rag(*arguments, "--gate", cwd=tmp_path)
    assert same.returncode == 0 and same.stdout.endswith("\nGate passed.\n")
    worse = rag(*arguments, "--gate", cwd=tmp_path, RAG_ANSWER_THRESHOLD="1")
    assert worse.returncode == 1 and "DROP" in worse.stdout and "\nGate missed: " in worse.stdout
    assert (tmp_path / "out.json").read_text() == before


def commands(command: Any, path: str = "rag") -> list[tuple[str, Any]]:
    found = [(path, command)]
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            found += commands(child, f"{path} {name}")
    return found


ALL = commands(typer.main.get_command(app)) + commands(typer.main.get_command(measuring), "rag eval")


@pytest.mark.parametrize(("path", "command"), ALL, ids=[path for path, _ in ALL])
def test_every_command_and_option_has_help(path: str, command: Any) -> None:
    assert command.help
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{path} {parameter.name}"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("ask", "error: Missing argument 'question'. Run `rag ask --help`."),
        ("ask --loud x", "error: No such option: --loud. Run `rag ask --help`."),
        ("stats", "error: No such command 'stats'. Did you mean 'status'? Run `rag --help`."),
        ("ingest", "error: Invalid value: Name a file or folder, or --rebuild. Run `rag ingest --help`."),
        ("eval --limit few", "error: Invalid value for '--limit': "),
        ("eval sing", "error: No such command 'sing'. Run `rag eval --help`."),
    ],
)
def test_wrong_arguments_are_told_in_one_line(
    arguments: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["rag", *arguments.split()])
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr()
    assert left.value.code == 2 and not said.out
    assert said.err.startswith(told) and said.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["help"]])
def test_without_arguments_there_is_help(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["rag", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    assert not left.value.code and "ingest" in capsys.readouterr().out


def test_long_work_tells_a_log_now_and_then_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 29.0, 31.0, 31.0, 40.0, 62.0, 62.0])
    monkeypatch.setattr("rag.show.monotonic", lambda: next(clock))
    with progress_bar() as progress:
        for done in range(1, 5):
            progress(IngestProgress(done, 2000, f"file-{done}.txt", "read"))
    assert capsys.readouterr().err == "file-2.txt: 2 of 2,000\nfile-4.txt: 4 of 2,000\n"


def test_sheets_and_slides_are_called_so(hash_bot: Chatbot, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheets = {"Prices": [["Part", "Price"], ["Cog", 3]], "Old": [["Part", "Price"], ["Cam", 2]]}
    (tmp_path / "prices.xlsx").write_bytes(xlsx_file(sheets))
    hash_bot.ingest(tmp_path)
    print_status(hash_bot.status(), hash_bot.documents())
    assert "prices.xlsx: 2 passages, 2 sheets, " in capsys.readouterr().out
    print_hits(hash_bot.search("Which price has the cog?", 1))
    assert "1. prices.xlsx, sheet 1: Prices\n" in capsys.readouterr().out


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom rag.cli import app\n"
        "try: app(['--help'])\nexcept SystemExit: pass\n"
        "print(*[m for m in ('torch', 'chromadb', 'gradio', 'llama_index', 'transformers', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines()[-1] == ""


def test_ask_starts_without_torch_and_chroma_and_stays_small(place: Path) -> None:
    heavy = "torch transformers sentence_transformers llama_index chromadb gradio scipy"
    code = (
        "import sys\nfrom rag.cli import app\n"
        "try: app(['ask', 'How many disks does the Orion array hold?'])\nexcept SystemExit: pass\n"
        f"print(*[m for m in {heavy.split()!r} if m in sys.modules])\n"
    )
    # Between the tests and the command stands a small process, because the peak that the system tells of a process is
    # never below what its parent held when it started it.
    launch = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], check=True)\n"
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
        "print(peak // (2**20 if sys.platform == 'darwin' else 2**10))"
    )
    done = subprocess.run(
        [sys.executable, "-c", launch, sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert done.stdout.startswith("The Orion array holds 96 disks. [1]\n")
    loaded, megabytes = done.stdout.splitlines()[-2:]
    assert loaded == "" and 20 < int(megabytes) < 400


def test_without_an_index_nothing_is_found_and_any_model_may_start_one(tmp_path: Path) -> None:
    for env in ({}, {"RAG_PASSAGE_TOKENS": "64"}, {}):
        done = rag("ask", "How many disks?", cwd=tmp_path, **env)
        assert done.returncode == 1 and done.stdout.startswith("There are no documents yet."), done.stderr
    assert "0 documents, 0 passages in .rag\n" in rag("status", cwd=tmp_path).stdout
    assert not list(tmp_path.iterdir()), "reading made something"
