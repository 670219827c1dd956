"""The command line: reads arguments, calls the chatbot, prints. Results go to stdout, everything else to stderr.

Exit codes: 0 fine; 1 not in the documents, a file failed, or a gate missed; 2 an error, told in one line.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from rag import show
from rag.phrasing import is_small_talk
from rag.reading import AsJson, DataDir, InDocuments, document_ids, reader

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
    with show.one_line_errors():
        if not paths and not rebuild:
            raise typer.BadParameter("Name a file or folder, or --rebuild.")
        settings = _own(data_dir)
        from rag import Chatbot, IngestReport

        report = IngestReport()
        with show.progress_bar() as progress:
            if rebuild:
                report += Chatbot.rebuild(settings, progress=_heeding(progress))
            if paths:
                with Chatbot.open(settings) as bot:
                    report += bot.ingest(*paths, progress=_heeding(progress))
                    if report.count("new"):
                        bot.warm_up()  # or the first question would wait
        show.print_report(report, as_json)
        if report.count("failed"):
            raise typer.Exit(1)


@app.command()
def ask(
    question: Annotated[list[str], typer.Argument(help="What you want to know, in quotes or not.")],
    within: InDocuments = [],  # noqa: B006 - typer copies it
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question from the documents, with the source of every sentence."""
    with show.one_line_errors(), reader(_settings(data_dir)) as bot:
        answer = bot.ask(" ".join(question), documents=document_ids(bot, within))
        may_miss = answer.abstained and not within and not is_small_talk(answer.question)
        unread = bot.unread() if may_miss else ()
        if as_json:
            show.print_json(show.answer_record(answer) | {"unread": [asdict(file) for file in unread]})
        else:
            show.print_answer(answer, unread)
        if answer.abstained:
            raise typer.Exit(1)


@app.command()
def search(
    question: Annotated[list[str], typer.Argument(help="What to look for, in quotes or not.")],
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 5,
    within: InDocuments = [],  # noqa: B006 - typer copies it
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List the passages nearest to a question, with ranks and scores."""
    with show.one_line_errors(), reader(_settings(data_dir)) as bot:
        hits = bot.search(" ".join(question), k, document_ids(bot, within))
        if as_json:
            show.print_json([asdict(hit) | {"why": hit.why} for hit in hits])
        else:
            show.print_hits(hits)
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
    with show.one_line_errors():
        settings = _own(data_dir, host=host, port=port)
        from ui.launch import launch

        with show.progress_bar() as progress:
            launch(settings, docs, watch=watch, progress=_heeding(progress))


@app.command("mcp")
def serve_tools(data_dir: DataDir = None) -> None:
    """Offer search, answers and sources to an assistant, as Model Context Protocol tools over stdin and stdout."""
    with show.one_line_errors():
        settings = _settings(data_dir)
        from ui.mcp import run

        run(settings)


@app.command()
def status(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show what is in the index, and which files failed and why."""
    with show.one_line_errors(), reader(_settings(data_dir)) as bot:
        state, documents = bot.status(), bot.documents()
        if as_json:
            show.print_json(asdict(state) | {"files": [asdict(info) for info in documents]})
            return
        show.print_status(state, documents)


@app.command()
def forget(
    name: Annotated[str, typer.Argument(help="Name, path or id of a document.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Take a document out of the index; the file itself stays."""
    with show.one_line_errors():
        settings = _own(data_dir)
        from rag import Chatbot

        with Chatbot.open(settings) as bot:
            result = bot.forget(name)
        show.print_json(asdict(result)) if as_json else show.say(
            f"Out of the index: {result.name}. The disk keeps what it has; it comes back when its folder is read again."
        )


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="New file to write.")], data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """Write documents, uploads, conversations and feedback into one file; the window may run meanwhile."""
    from rag.backup import write_backup

    with show.one_line_errors():
        backup = write_backup(_settings(data_dir).data_dir, file)
        show.print_backup(f"Written to {file}", backup, as_json)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="File that `rag backup` made.")],
    replace: Annotated[bool, typer.Option("--replace", help="Give up what the data folder holds.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup into the data folder, all of it or nothing; it is checked first."""
    from rag.backup import restore

    with show.one_line_errors():
        folder = _settings(data_dir).data_dir
        backup = restore(file, folder, replace=replace)
        show.print_backup(f"Restored into {folder} as of {backup.made}", backup, as_json)


@app.command("eval", context_settings={"ignore_unknown_options": True, "help_option_names": []})
def evaluate(
    arguments: Annotated[list[str] | None, typer.Argument(help="See `rag eval --help`.", show_default=False)] = None,
) -> None:
    """Measure retrieval, answers, citations and abstention over gold sets and public data sets."""
    from eval.cli import app as measuring

    raise typer.Exit(measuring(arguments or [], prog_name="rag eval", standalone_mode=False) or 0)


# What else people type for them.
_ALIASES: dict[str, Callable[..., None]] = {"add": ingest, "list": status, "remove": forget, "delete": forget}
for _name, _command in _ALIASES.items():
    app.command(_name, hidden=True)(_command)


def main() -> None:
    """Run the command line; a signal and a closed pipe end it quietly and in order, wrong arguments with one line."""
    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as for what a script starts in the background
            signal.signal(number, _end)
    try:
        arguments = [*sys.argv[2:], "--help"] if sys.argv[1:2] in ([], ["help"]) else sys.argv[1:]
        sys.exit(app(arguments, prog_name="rag", standalone_mode=False))
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        advice = f" Run `{context.command_path} --help`." if context else ""
        problem = error.format_message()
        show.print_lines(f"error: {problem}{'' if problem.endswith(('.', '?')) else '.'}{advice}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)


_told: list[int] = []  # signals that came


def _end(number: int, _: object) -> None:
    _told.append(number)
    raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)


def _heeding(progress: Any) -> Any:
    """Return a progress that ends the program where a signal did not: Python loses what is raised in a finaliser."""

    def step(now: Any) -> None:
        if _told:
            _end(_told[0], None)
        progress(now)

    return step


def _own(data_dir: Path | None, **dials: Any) -> Any:
    """Return the settings of a data folder that nobody owns; who comes second hears so before the rest is loaded."""
    from rag.backup import refuse_second_owner

    settings = _settings(data_dir, **dials)
    refuse_second_owner(settings.data_dir.expanduser().absolute())
    return settings


def _settings(data_dir: Path | None, **dials: Any) -> Any:
    from rag import load_settings

    chosen = {name: value for name, value in {"data_dir": data_dir, **dials}.items() if value is not None}
    return load_settings(**chosen)
