"""Two servers of the OpenAI protocol on the loopback: a real one with a tiny model, and one that misbehaves as told."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

KEY = "sk-the-secret-key"


def write_model(folder: Path, reply: str) -> None:
    """Write a Llama of one layer that recites ``reply``, whatever it is asked.

    Attention and MLP are zero, so each position sees its own token only; the embedding is the identity and the output
    layer maps each word to the next one.
    """
    words = ["<unk>", "<eos>", "<go>", *reply.split()]
    size, inner = len(words), 8
    head = np.zeros((size, size), np.float32)
    for word, following in [(0, 1), (1, 1), *((n, n + 1) for n in range(2, size - 1)), (size - 1, 1)]:
        head[following, word] = 10
    shapes = {"self_attn.q": (inner, size), "self_attn.k": (inner, size), "self_attn.v": (inner, size)}
    shapes |= {"self_attn.o": (size, inner), "mlp.gate": (inner, size), "mlp.up": (inner, size)}
    shapes |= {"mlp.down": (size, inner)}
    weights: dict[str, np.ndarray] = {
        f"model.layers.0.{name}_proj.weight": np.zeros(s, np.float32) for name, s in shapes.items()
    }
    norms = ("model.norm", "model.layers.0.input_layernorm", "model.layers.0.post_attention_layernorm")
    weights |= {f"{name}.weight": np.ones(size, np.float32) for name in norms}
    weights |= {"model.embed_tokens.weight": np.eye(size, dtype=np.float32), "lm_head.weight": head}
    _write_files(folder, words, weights, inner)


def _write_files(folder: Path, words: list[str], weights: dict[str, np.ndarray], inner: int) -> None:
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer, models, pre_tokenizers

    folder.mkdir()
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": len(words),
        "intermediate_size": inner,
        "num_hidden_layers": 1,
        "num_attention_heads": 1,
        "head_dim": inner,
        "vocab_size": len(words),
        "eos_token_id": 1,
        "max_position_embeddings": 8192,
        "tie_word_embeddings": False,
        "dtype": "float32",
    }
    template = "{% for m in messages %}{{ m.role }} : {{ m.content }}\n{% endfor %}<go>"
    names = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "<unk>", "eos_token": "<eos>"}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": 1}))
    (folder / "tokenizer_config.json").write_text(json.dumps({**names, "chat_template": template}))


@contextmanager
def serve_model(folder: Path) -> Iterator[str]:
    """Run ``transformers serve`` with the model in ``folder`` as a process of its own; give its base URL."""
    quiet = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(folder), "--device", "cpu"]
    log = folder.with_suffix(".log")
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", "0"], stdout=sink, stderr=sink, env={**os.environ, **quiet}
        )
    try:
        yield f"http://127.0.0.1:{_await_port(process, log)}/v1"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _await_port(process: subprocess.Popen[bytes], log: Path, seconds: float = 120) -> int:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", log.read_text(errors="replace")):
            return int(found[1])
        time.sleep(0.1)
    raise RuntimeError(f"transformers serve did not start: {log.read_text(errors='replace')[-2000:]}")


def event(text: str = "", finish: str | None = None) -> bytes:
    """Return one event of a streamed chat completion."""
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


class FaultyServer(ThreadingHTTPServer):
    """Answers in the way that the model's name in the request names; ``base_url`` says where, ``gone`` who hung up."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Faults)
        self.base_url = f"http://user:password@127.0.0.1:{self.server_port}/v1"
        self.requests: list[dict[str, object]] = []
        self.gone = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Faults(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultyServer

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.requests.append(request)
        self.close_connection = True
        try:
            if request["model"].isdigit():
                words = f"Incorrect key {KEY}\nsecond line\u200b {{seconds}}"
                self._send(
                    int(request["model"]), "application/json", json.dumps({"error": {"message": words}}).encode()
                )
            elif request["model"] == "page":
                self._send(200, "text/html; charset=utf-8", b"<h1>Log in</h1>")
            elif request["model"] == "in one piece":
                message = {"role": "assistant", "content": "One [1]."}
                reply = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
                self._send(200, "application/json", json.dumps(reply).encode())
            elif request["model"] == "proxy":
                self._send(502, "text/html", b"<html>Bad gateway</html>")
            elif request["model"] == "silent":
                self.rfile.read(1)  # returns when the client hangs up
                self.server.gone.set()
            else:
                self._stream(request["model"])
        except (BrokenPipeError, ConnectionResetError):
            self.server.gone.set()

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, script: str) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        framed = script != "cut plain"
        self.send_header(*(("transfer-encoding", "chunked") if framed else ("connection", "close")))
        self.end_headers()
        for part in self._parts(script):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part) if framed else part)
        if not script.startswith("cut"):
            self.wfile.write(b"0\r\n\r\n")

    def _parts(self, script: str) -> Iterator[bytes]:
        done = b"data: [DONE]\n\n"
        whole = {
            "good": [event("One [1]."), event("<thi"), event("nk>no</think>"), event(" Two."), event("", "stop"), done],
            "cut chunked": [event("One [1]."), event(" Tw")],
            "cut plain": [event("One [1]."), event(" Tw")],
            "bad json": [b"data: {oops\n\n"],
            "bad shape": [b'data: {"choices": null}\n\n'],
            "bad list": [b"data: [1, 2]\n\n"],
            "bad bytes": [b"data: \xff\xfe\n\n"],
            "empty": [event("", "stop"), done],
            "blank": [event(" \n "), event("", "stop"), done],
            "nothing": [],
            "short": [event("One [1]."), event("", "length"), done],
            "thought": [event("<think>One"), event("", "length"), done],
            "endless": [event("One [1]."), event(" Two.")],
            "filtered": [event("One [1]."), event("", "content_filter"), done],
            "error event": [event("One [1]."), b'data: {"error": {"message": "out of memory"}}\n\n'],
        }
        if script in whole:
            yield from whole[script]
        elif script == "drip":
            yield from self._drip(event("word " * 100))
        elif script == "slow":
            yield from self._drip(*[event("word ")] * 600, size=10_000)
        elif script == "huge":
            yield from iter(lambda: event("word " * 1000), b"")
        elif script == "huge line":
            yield b"data: "
            yield from iter(lambda: b"x" * 65536, b"")

    @staticmethod
    def _drip(*parts: bytes, size: int = 1) -> Iterator[bytes]:
        for part in parts:
            for start in range(0, len(part), size):
                time.sleep(0.1)
                yield part[start : start + size]
