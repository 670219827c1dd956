"""The start of the window: Gradio is loaded in another thread while the documents are read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

from rag import Chatbot, IngestProgress, Settings
from ui.prose import visible
from ui.serve import UPLOADS, Served, listen


def launch(
    settings: Settings,
    docs: Sequence[Path] = (),
    *,
    watch: Sequence[Path] = (),
    progress: Callable[[IngestProgress], None] | None = None,
    prevent_thread_lock: bool = False,
) -> Served:
    """Open the index, ingest ``docs``, and serve the window until it is ended (or return at once, if asked to).

    The folders of ``watch`` are ingested too, and again whenever something in them changes; and uploads that an earlier
    version read.

    Raises:
        SettingsError: the port is taken, or the host is beyond this machine and no login is set.
        RagError: the index cannot be opened.
    """
    with ExitStack() as opened:
        listener = opened.enter_context(listen(settings))
        # Gradio takes seconds to load; what waits for the parser and the embedding model meanwhile costs it little.
        threading.Thread(target=import_module, args=("ui.app",), daemon=True).start()
        bot = opened.enter_context(Chatbot.open(settings))
        uploads = settings.data_dir.expanduser().absolute() / UPLOADS
        renewed = [path for path in bot.outdated() if path.parent == uploads and path.is_file()]
        if docs or watch or renewed:
            report = bot.ingest(*docs, *watch, *renewed, progress=progress)
            for file in report.failures:
                print(visible(file.told), flush=True)
            print(f"Documents: {report.summary}", flush=True)
        # The model takes seconds to load; by the time somebody has typed a question it is there. The end of the program
        # waits for it: OpenVINO aborts the process when Python ends one of its threads in the middle.
        threading.Thread(target=bot.warm_up).start()
        opened.pop_all()
    from ui.app import serve_bot

    return serve_bot(bot, listener, wait=not prevent_thread_lock, watch=watch)
