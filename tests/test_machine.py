"""A state machine: whatever is done to the documents, and wherever it is killed, the index is what a plain model says."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from rag import Chatbot
from rag.backup import restore
from rag.nearest import EXACT_PASSAGES
from tests.victim import Victims, check, ingest_once, open_bot, text_of, victims

NAMES = [f"n{number}.txt" for number in range(6)]
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # a killed process needs no disk that keeps its word
TEXTS = st.integers(0, 7).map(text_of)  # few, so that two files often hold the same


class Library(RuleBasedStateMachine):
    """A folder of documents, its index, and the model: what each name should hold."""

    forks: ClassVar[Victims]

    @initialize(exact=st.sampled_from([0, 5, EXACT_PASSAGES]))
    def begin(self, exact: int) -> None:
        self.place = Path(tempfile.mkdtemp(prefix="library", dir=MEMORY))
        self.docs, self.data, self.exact = self.place / "docs", self.place / "data", exact
        self.docs.mkdir()
        self.index: dict[str, str] = {}
        self.bot: Chatbot = open_bot(self.data, exact)

    def teardown(self) -> None:
        if hasattr(self, "bot"):
            self.bot.close()
            shutil.rmtree(self.place)

    def files(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in self.docs.iterdir()}

    def expected(self) -> dict[str, str]:
        """Return what an ingest makes of it: a folder that was emptied leaves the index as it is."""
        return self.files() or self.index

    def read(self) -> None:
        self.bot.ingest(self.docs)
        self.index = self.expected()

    @rule(name=st.sampled_from(NAMES), text=TEXTS)
    def add_or_change(self, name: str, text: str) -> None:
        (self.docs / name).write_text(text)
        self.read()

    @precondition(lambda self: self.files())
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        (self.docs / data.draw(st.sampled_from(sorted(self.files())))).unlink()
        self.read()

    @precondition(lambda self: 0 < len(self.files()) < len(NAMES))
    @rule(data=st.data())
    def rename(self, data: st.DataObject) -> None:
        held = sorted(self.files())
        new = data.draw(st.sampled_from([name for name in NAMES if name not in held]))
        (self.docs / data.draw(st.sampled_from(held))).rename(self.docs / new)
        self.read()

    @rule(changes=st.lists(st.tuples(st.sampled_from(NAMES), st.none() | TEXTS), min_size=1, max_size=5))
    def change_many(self, changes: list[tuple[str, str | None]]) -> None:
        self._write(changes)
        self.read()

    @precondition(lambda self: self.index)
    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.index)))
        self.bot.forget(name)
        del self.index[name]
        (self.docs / name).unlink(missing_ok=True)

    @rule()
    def restart(self) -> None:
        self.bot.close()
        self.bot = open_bot(self.data, self.exact)

    @rule()
    def back_up_and_restore(self) -> None:
        self.bot.backup(self.place / "backup.zip")
        self.bot.close()
        restore(self.place / "backup.zip", self.data, replace=True)
        (self.place / "backup.zip").unlink()
        self.bot = open_bot(self.data, self.exact)

    @rule(
        changes=st.lists(st.tuples(st.sampled_from(NAMES), st.none() | TEXTS), min_size=1, max_size=5),
        last=st.integers(1, 1500),
    )
    def kill(self, changes: list[tuple[str, str | None]], last: int) -> None:
        """Each name is as it was or as it should become; a second ingest, with no other step, ends it."""
        self._write(changes)
        self.bot.close()
        victim = self.forks.start(ingest_once, data=self.data, docs=self.docs, exact=self.exact, last=last)
        said = victim.wait()
        assert victim.status == 9 or said[0].isdigit(), said
        self.bot = open_bot(self.data, self.exact)
        held, after = check(self.bot), self.expected()
        assert all(held.get(name) in (self.index.get(name), after.get(name)) for name in NAMES)
        assert all(name in held for name in self.index.keys() & after.keys()), "a changed document was absent"
        self.read()

    def _write(self, changes: list[tuple[str, str | None]]) -> None:
        for name, text in changes:
            if text is None:
                (self.docs / name).unlink(missing_ok=True)
            else:
                (self.docs / name).write_text(text)

    @invariant()
    def the_index_is_the_model(self) -> None:
        if hasattr(self, "bot"):
            assert check(self.bot) == self.index
            with open_bot(self.data, read_only=True) as reader:
                assert {name for info in reader.documents() for name in info.names} == self.index.keys()


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victims]:
    with victims(tmp_path_factory.mktemp("victims")) as opened:
        yield opened


def run_machine(forks: Victims, examples: int, steps: int) -> None:
    Library.forks = forks
    # A failure is told as it was found: to shrink it takes many minutes, and eight steps are few.
    how = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, phases=[Phase.generate]
    )
    run_state_machine_as_test(Library, settings=how)


def test_fifty_lives_of_an_index(forks: Victims) -> None:
    run_machine(forks, 50, 6)
