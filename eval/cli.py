"""The command line of the measuring, ``rag eval``: reads arguments, runs, prints; no logic.

Exit codes as everywhere: 0 fine; 1 a gate missed; 2 an error, told in one line, also where only some sets were run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag import Settings, load_settings
from rag.reading import AsJson, DataDir
from rag.show import one_line_errors, print_json, print_lines, progress_bar, say

if TYPE_CHECKING:
    from eval.summary import Change

app = typer.Typer(invoke_without_command=True, add_completion=False, rich_markup_mode=None)

DataSets = Annotated[
    list[Path], typer.Option(help="Data set or a folder of such, in place of a gold set; may be repeated.")
]
Output = Annotated[
    Path | None, typer.Option(help="Results; with --data a folder.", show_default="eval/results/NAME.json")
]


@app.callback()
def evaluate(
    context: typer.Context,
    gold: Annotated[Path, typer.Option(help="Gold set, JSON lines.")] = Path("eval/gold/seeds.jsonl"),
    docs: Annotated[Path, typer.Option(help="Folder that the gold set asks about.")] = Path("seeds"),
    data: DataSets = [],  # noqa: B006 - typer copies it
    output: Output = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask a sample of so many questions of each set.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write an HTML report here.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Write the figures into docs/evaluation.md.")] = False,
    gate: Annotated[bool, typer.Option("--gate", help="Compare with the results and exit 1 on a drop.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Ask every question of a gold set and measure retrieval, answers, citations and abstention.

    The documents are read into an index of their own below the data folder; the results of --data lie there too, and
    a set that is finished is not asked again until code, settings or documents change. With --gate, for one gold set,
    the results that are there stay as they are, and the exit code is 1 if a measure dropped: its 95 % interval lies
    below zero and p below .05.
    """
    if context.invoked_subcommand:
        return
    from eval.output import read_results
    from eval.sets import run_gold, run_sets

    with one_line_ends(), progress_bar() as progress:
        if data:
            _refuse_beside_data(context, gate)
        settings, target = _settings(data_dir), output or Path("eval/results") / f"{gold.stem}.json"
        baseline = read_results(target) if gate else None
        results = run_sets(data, settings, limit, progress, output, report=report, note=_note)
        if not data:
            kept = None if gate else target
            results = iter([run_gold(gold, docs, settings, kept, progress, limit, against=baseline, report=report)])
        done: list[dict[str, Any]] = []
        try:
            for result in results:
                done.append(_show(result, as_json, f"{result['name']}: " if data else ""))
        finally:  # also if a later one fails
            _write(done, _place(done, settings, output) if data else None if gate else target, report, write)
        if baseline is not None:
            _gate(baseline, done[0], as_json)


@contextmanager
def one_line_ends() -> Iterator[None]:
    """Print an error of ours as one line, and where a run was stopped, also if it was before a question."""
    try:
        with one_line_errors():
            yield
    except KeyboardInterrupt as stop:
        print_lines(str(stop) or "Stopped before the next question; run the same command to go on.", err=True)
        raise


def _place(results: list[dict[str, Any]], settings: Settings, output: Path | None) -> Path:
    """Return where the results of data sets lie, with NAME for the names of several."""
    name = results[0]["name"] if len(results) == 1 else "NAME"
    return output / f"{name}.json" if output else settings.data_dir / f"eval-{name}" / "results.json"


def _note(line: str) -> None:
    print_lines(f"note: {line}", err=True)


def _refuse_beside_data(context: typer.Context, gate: bool) -> None:
    """Refuse options that say nothing about data sets, rather than ignore them."""
    from eval.gold import GoldError

    named = [name for name in ("gold", "docs") if str(context.get_parameter_source(name)).endswith("COMMANDLINE")]
    if wrong := " and ".join(f"--{name}" for name in [*named, *(["gate"] if gate else [])]):
        advice = "Leave out --data or the rest; `rag eval compare` compares two runs over data sets."
        raise GoldError(f"--data does not go with {wrong}.", advice)


def _write(results: list[dict[str, Any]], place: Path | None, report: Path | None, page: bool) -> None:
    """Write report and page of the runs that were finished, and say where what was written lies."""
    from eval.html_report import write_report
    from eval.page import write_results

    if not results:
        return
    if report:
        write_report(results, report)
    if told := "; ".join(f"{what} in {path}" for what, path in (("results", place), ("report", report)) if path):
        _note(told)
    for name in write_results(results) if page else ():
        _note(f"docs/evaluation.md has no place for {name}")


def _show(result: dict[str, Any], as_json: bool, name: str) -> dict[str, Any]:
    """Print measures and the worst questions of a run, and its warnings behind a name; return it."""
    from eval.report import format_measures, format_worst
    from eval.summary import counted

    if as_json:
        print_json(result)
    else:
        for warning in result["warnings"]:
            print_lines(f"warning: {name}{warning}", err=True)
        print_lines(f"{result['name']}, {counted(len(result['rows']), 'question')}")
        print_lines(f"{format_measures(result)}\n\n{format_worst(result)}\n")
    return result


def _gate(baseline: dict[str, Any], result: dict[str, Any], as_json: bool) -> None:
    """Print what changed and what it comes to; exit 1 on a drop."""
    from eval.report import format_gate

    changes = _print_changes(baseline, result, err=as_json)
    print_lines(format_gate(changes), err=as_json)
    if any(change.is_drop for change in changes):
        raise typer.Exit(1)


def _print_changes(before: dict[str, Any], after: dict[str, Any], *, err: bool = False) -> list[Change]:
    """Print in what two runs differ, settings, measures and questions, and return the changes of the measures."""
    from eval.report import format_changes, format_settings, format_turned
    from eval.summary import compare

    changes = compare(before, after)
    lines = [*format_settings(before, after), format_changes(changes), *format_turned(before, after)]
    print_lines("\n".join(lines), err=err)
    return changes


@app.command("compare")
def compare_results(
    before: Annotated[Path, typer.Argument(help="Results of the older run.")],
    after: Annotated[Path, typer.Argument(help="Results of the newer run.")],
    as_json: AsJson = False,
) -> None:
    """Compare two runs over the same gold set, question by question."""
    from eval.output import read_results
    from eval.summary import compare

    with one_line_errors():
        runs = read_results(before), read_results(after)
        print_json([asdict(change) for change in compare(*runs)]) if as_json else _print_changes(*runs)


@app.command("judge")
def judge_results(
    results: Annotated[Path, typer.Argument(help="Results of a run.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Judge so many answers.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Let the configured LLM judge the answers of a run; opinions, kept apart from the measures in NAME.judged.json."""
    from eval.gold import GoldError
    from eval.judge import format_opinions, judge
    from eval.output import read_results
    from rag import Chatbot

    with one_line_ends(), progress_bar() as progress:
        settings, run = _settings(data_dir), read_results(results)
        with Chatbot.open(settings.model_copy(update={"data_dir": settings.data_dir / "eval-judge"})) as bot:
            if bot.language_model is None:
                raise GoldError("No LLM is configured to judge.", "Set RAG_LLM and RAG_LLM_BASE_URL.")
            judged = judge(run, bot.language_model, results.with_suffix(".judged.json"), limit, progress)
        print_json(judged) if as_json else print_lines(format_opinions(judged))


@app.command("gold-from-feedback")
def make_gold(
    output: Annotated[Path, typer.Option("--output", "-o", help="Gold set to write.")] = Path("feedback-gold.jsonl"),
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Turn answers that people called good in the window into a gold set, and list what they called bad.

    A file that holds lines of another origin, such as answers written by hand, stays as it is.
    """
    from eval.feedback import write_gold
    from eval.report import on_a_line

    with one_line_errors():
        found = write_gold(_settings(data_dir).data_dir.expanduser() / "feedback.jsonl", output)
        if as_json:
            print_json(asdict(found))
            return
        say(f"Gold items in {output}: {len(found.records)}.")
        for question in found.open_questions:
            say(f"needs an answer by hand: {on_a_line(question)}")


def _settings(data_dir: Path | None) -> Settings:
    return load_settings(**({"data_dir": data_dir} if data_dir else {}))
