# chat · test · torture · check · audit · eval · bench · bench-peers · clean. Everything lives in .venv; nothing else on the machine is touched.
PYTHON ?= python3
DOCS ?= seeds
# Public data sets for eval and bench-peers: a folder of them, anywhere.
DATA ?= $(wildcard data)
BIN := .venv/bin

.PHONY: chat test torture check audit eval bench bench-peers clean

chat: .venv/ready
	$(BIN)/rag chat --docs "$(DOCS)" $(PORT:%=--port %)

test: .venv/ready
	$(BIN)/pytest

torture: .venv/ready
	$(BIN)/pytest tests/torture

check: .venv/ready
	$(BIN)/ruff check rag ui eval tests
	$(BIN)/ruff format --check rag ui eval tests
	$(BIN)/mypy

audit: .venv/audit/ready
	.venv/audit/bin/pip-audit --strict --no-deps --disable-pip --requirement requirements.lock \
		$(shell sed -n 's/^| `\([A-Z]*-[^`]*\)`.*/--ignore-vuln \1/p' docs/audit.md)

eval: .venv/ready
	$(BIN)/rag eval --data eval/gold --output eval/results --report .rag/eval-gold.html --write
	$(if $(DATA),$(BIN)/rag eval $(DATA:%=--data %) --report .rag/eval-data.html --write)

bench: .venv/peers
	$(BIN)/python -m eval.bench --write

bench-peers: .venv/pipelines
	PYTHONPATH=$< $(BIN)/python -m eval.peers --data eval/gold $(DATA) --write

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .hypothesis
	find rag ui eval tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: $(PYTHON) is older than 3.11. Install Python 3.11 or newer, then run: make $(MAKECMDGOALS) PYTHON=python3.11" >&2; exit 1; }
	@echo "Installing the packages into .venv: some minutes, 2.7 GB."
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/audit/ready: .venv/ready
	$(PYTHON) -m venv .venv/audit
	.venv/audit/bin/pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	@touch $@

# The stock peer of the bench, beside the other packages and not among them: one of these marks all of llama_index typed.
.venv/peers: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --upgrade --target $@ \
		llama-index-embeddings-huggingface==0.8.0 llama-index-vector-stores-chroma==0.6.0
	@touch $@

# What bench-peers compares with, beside the other packages too, so that none of them changes a version of ours.
.venv/pipelines: .venv/ready eval/peers.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --upgrade --target $@ --requirement eval/peers.lock
	@touch $@
