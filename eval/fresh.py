"""Whether the documents of a gold set are still those that it was made for, by the digests beside it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from eval.gold import CORRECT, GoldError, read_file
from eval.strict import split_lines


def check_fresh(gold: Path, docs: Path) -> tuple[list[str], str]:
    """Say which documents are not those that the file of digests beside the gold set lists, and what to do about it.

    It is what ``sha256sum`` prints: for ``walrus.jsonl`` it is called ``walrus.sha256``; there need not be one.

    Raises:
        GoldError: the folder is missing or empty, or holds none of the documents that are listed.
    """
    if not docs.is_dir() or not any(docs.iterdir()):
        what = "is empty" if docs.is_dir() else "is not a folder" if docs.exists() else "does not exist"
        raise GoldError(f"{docs} {what}.", f"Give the folder of the documents that {gold} asks about.")
    listing = gold.with_suffix(".sha256")
    advice = f"Put them into {docs}, or take them out of {listing} together with the questions about them."
    listed = split_lines(read_file(listing, advice)) if listing.is_file() else []
    lines = [(number, line) for number, line in enumerate(listed, 1) if line.strip()]
    faults, missing = [], 0
    for number, line in lines:
        wanted, _, name = line.partition(" ")
        file = docs / name.strip().removeprefix("*")
        if not file.is_file():
            missing += 1
            faults.append(f"{listing}:{number}: {file.name} is not in {docs}")
        elif hashlib.sha256(file.read_bytes()).hexdigest() != wanted:
            faults.append(f"{listing}:{number}: {file.name} has changed since the gold set was made")
    if missing and missing == len(lines):
        raise GoldError(f"{docs} holds none of the documents that {listing} lists.", "Give the folder that holds them.")
    if not missing:  # else the digests of what is left would take the place of all
        advice = (
            f"Where documents changed, check the questions about them, then: (cd {docs} && sha256sum *) > {listing}"
        )
    return faults, f"{CORRECT} {advice}" if faults else CORRECT
