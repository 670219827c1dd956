"""The command line: reads arguments, calls the chatbot, prints. Results go to stdout, everything else to stderr.

Exit codes: 0 fine; 1 not in the documents, a file failed, or a gate missed; 2 an error, told in one line.
"""

from __future__ import annotations

import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from rag.reading import AsJson, DataDir, InDocuments, document_ids, reader
from rag.show import (
    answer_record,
    one_line_errors,
    print_answer,
    print_backup,
    print_hits,
    print_json,
    print_lines,
    print_report,
    print_status,
    progress_bar,
    say,
)

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.callback()
def describe() -> None:
    """A chatbot over your own documents: every sentence carries a citation of exact words.

    Settings come from RAG_* variables and rag.toml; the README lists them.
    """


@app.command()
def ingest(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders to read.", show_default=False)] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make the index anew from the stored texts.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Read new and changed files, drop deleted ones, and report every file."""
    from rag import Chatbot

    with one_line_errors():
        if not paths and not rebuild:
            raise typer.BadParameter("Name a file or folder, or --rebuild.")
        settings = _settings(data_dir)
        with progress_bar() as progress:
            report = None
            if rebuild:
                report = Chatbot.rebuild(settings, progress=progress)
            if paths:
                with Chatbot.open(settings) as bot:
                    report = bot.ingest(*paths, progress=progress)
        assert report is not None
        print_report(report, as_json)
        if report.count("failed"):
            raise typer.Exit(1)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    within: InDocuments = [],  # noqa: B006 - typer copies it
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question from the documents, with the source of every sentence."""
    with one_line_errors(), reader(_settings(data_dir)) as bot:
        answer = bot.ask(question, documents=document_ids(bot, within))
        if as_json:
            print_json(answer_record(answer))
        else:
            print_answer(answer)
        if answer.abstained:
            raise typer.Exit(1)


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 5,
    within: InDocuments = [],  # noqa: B006 - typer copies it
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List the passages nearest to a question, with ranks and scores."""
    with one_line_errors(), reader(_settings(data_dir)) as bot:
        hits = bot.search(question, k, document_ids(bot, within))
        if as_json:
            print_json([asdict(hit) | {"why": hit.why} for hit in hits])
            return
        print_hits(hits)
        if not hits:
            raise typer.Exit(1)


@app.command()
def chat(
    docs: Annotated[list[Path], typer.Option("--docs", help="Folder to read first; may be repeated.")] = [],  # noqa: B006
    watch: Annotated[list[Path], typer.Option("--watch", help="Folder to keep up with; may be repeated.")] = [],  # noqa: B006
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", show_default="7860")] = None,
    data_dir: DataDir = None,
) -> None:
    """Open the chat window."""
    from ui.launch import launch

    with one_line_errors(), progress_bar() as progress:
        launch(_settings(data_dir, host=host, port=port), docs, watch=watch, progress=progress)


@app.command("mcp")
def serve_tools(data_dir: DataDir = None) -> None:
    """Offer search, answers and sources to an assistant, as Model Context Protocol tools over stdin and stdout."""
    with one_line_errors():
        settings = _settings(data_dir)
        from ui.mcp import run

        run(settings)


@app.command()
def status(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show what is in the index, and which files failed and why."""
    with one_line_errors(), reader(_settings(data_dir)) as bot:
        state, documents = bot.status(), bot.documents()
        if as_json:
            print_json(asdict(state) | {"files": [asdict(info) for info in documents]})
            return
        print_status(state, documents)


@app.command()
def forget(
    name: Annotated[str, typer.Argument(help="Name, path or id of a document.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Take a document out of the index; the file itself stays."""
    from rag import Chatbot

    with one_line_errors(), Chatbot.open(_settings(data_dir)) as bot:
        result = bot.forget(name)
        print_json(asdict(result)) if as_json else say(f"{result.name} is out of the index.")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="New file to write.")], data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """Write documents, uploads, conversations and feedback into one file; the window may run meanwhile."""
    from rag.backup import write_backup

    with one_line_errors():
        print_backup(write_backup(_settings(data_dir).data_dir, file), file, as_json)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="File that `rag backup` made.")],
    replace: Annotated[bool, typer.Option("--replace", help="Give up what the data folder holds.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup into the data folder, all of it or nothing; it is checked first."""
    from rag.backup import restore

    with one_line_errors():
        print_backup(restore(file, _settings(data_dir).data_dir, replace=replace), file, as_json)


measuring = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
app.add_typer(measuring, name="eval")


@measuring.callback()
def evaluate(
    context: typer.Context,
    gold: Annotated[Path, typer.Option(help="Gold set, JSON lines.")] = Path("eval/gold/seeds.jsonl"),
    docs: Annotated[Path, typer.Option(help="Folder that the gold set asks about.")] = Path("seeds"),
    output: Annotated[Path | None, typer.Option(help="Results.", show_default="eval/results/NAME.json")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Public data set or a folder of such, in place of a gold set.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask a sample of so many questions of each set.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write an HTML report here.")] = None,
    gate: Annotated[bool, typer.Option("--gate", help="Compare with the results and exit 1 on a drop.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Ask every question of a gold set and measure retrieval, answers, citations and abstention.

    The documents are read into an index of their own below the data folder. With --gate the results that are there stay
    as they are, and the exit code is 1 if a measure dropped beyond its 95 % interval.
    """
    if context.invoked_subcommand:
        return
    from eval.html_report import write_report
    from eval.report import format_measures, format_worst
    from eval.run import read_results, run_gold, run_sets

    with one_line_errors(), progress_bar() as progress:
        settings = _settings(data_dir)
        target = output or Path("eval/results") / f"{gold.stem}.json"
        baseline = read_results(target) if gate and not data else None
        if data:
            results = run_sets(data, settings, limit, progress)
        else:
            results = iter([run_gold(gold, docs, settings, None if gate else target, progress)])
        done = []
        for result in results:
            done.append(result)
            print_json(result) if as_json else print_lines(f"{format_measures(result)}\n\n{format_worst(result)}\n")
        if report:
            write_report(done, report)
        if baseline is not None:
            _gate(baseline, done[0], as_json)


def _gate(baseline: dict[str, Any], result: dict[str, Any], as_json: bool) -> None:
    """Print what changed; exit 1 on a drop."""
    from eval.report import format_changes
    from eval.summary import compare

    changes = compare(baseline, result)
    print_lines(format_changes(changes), err=as_json)
    if any(change.is_drop for change in changes):
        raise typer.Exit(1)


@measuring.command("compare")
def compare_results(
    before: Annotated[Path, typer.Argument(help="Results of the older run.")],
    after: Annotated[Path, typer.Argument(help="Results of the newer run.")],
    as_json: AsJson = False,
) -> None:
    """Compare two runs over the same gold set, question by question."""
    from eval.report import format_changes
    from eval.run import read_results
    from eval.summary import compare

    with one_line_errors():
        changes = compare(read_results(before), read_results(after))
        print_json([asdict(change) for change in changes]) if as_json else print_lines(format_changes(changes))


@measuring.command("gold-from-feedback")
def make_gold(
    output: Annotated[Path, typer.Option("--output", "-o", help="Gold set to write.")] = Path("feedback-gold.jsonl"),
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Turn answers that people called good in the window into a gold set, and list what they called bad."""
    from eval.feedback import write_gold

    with one_line_errors():
        found = write_gold(_settings(data_dir).data_dir.expanduser() / "feedback.jsonl", output)
        if as_json:
            print_json(asdict(found))
            return
        say(f"Gold items in {output}: {len(found.records)}.")
        for question in found.open_questions:
            say(f"needs an answer by hand: {question}")


def main() -> None:
    """Run the command line; Ctrl-C, SIGTERM and a closed pipe end it quietly and in order."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)


def _settings(data_dir: Path | None, **dials: Any) -> Any:
    from rag import load_settings

    chosen = {name: value for name, value in {"data_dir": data_dir, **dials}.items() if value is not None}
    return load_settings(**chosen)
