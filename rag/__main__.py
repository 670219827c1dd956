"""``python -m rag``, and the ``rag`` command."""

import os

# Searching multiplies long rows by one vector. Threads gain little there, and while another process or an ingest has
# the cores, each product waits for them: 8 ms in place of 0.4 at 10,000 passages. numpy reads this when it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from rag.cli import main

if __name__ == "__main__":
    main()
