"""The real model against its published digest and against sentence-transformers; the fake; the llama-index wrapper."""

from __future__ import annotations

import builtins
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from rag.bert import read_design
from rag.compiled import CompiledModel, agrees, open_compiled, unit
from rag.embed import (
    Embedder,
    HashEmbedder,
    SentenceTransformerEmbedder,
    TorchModel,
    _open_model,
    find_model,
    open_embedder,
)
from rag.errors import ModelError
from rag.seam import LlamaIndexEmbedder
from rag.torchmodel import has_gpu


@pytest.fixture(scope="module")
def model() -> Embedder:
    return open_embedder("all-MiniLM-L6-v2")


@pytest.fixture(scope="module", params=["bf16 or f32", "int8"])
def compiled(request: pytest.FixtureRequest) -> CompiledModel:
    """The default model in each precision, whatever this processor would choose."""
    folder = find_model("all-MiniLM-L6-v2")
    design = read_design(folder)
    assert design is not None
    opened = CompiledModel(folder, design, "int8") if request.param == "int8" else open_compiled(folder)
    assert opened is not None
    return opened


def least_cosine(compiled: CompiledModel) -> float:
    return 0.97 if compiled.signature.endswith("int8") else 0.999


def test_the_default_model_knows_itself(model: Embedder) -> None:
    assert (model.dimension, model.max_tokens) == (384, 256)
    assert len(model.fingerprint) == 32
    assert model.count_tokens(["hello world", ""]) == [2, 0]
    assert model.count_tokens([]) == []


@pytest.mark.parametrize("changed", ["1_Pooling/config.json", "sentence_bert_config.json", "config.json"])
def test_another_pooling_or_window_is_another_model(bert: Path, tmp_path: Path, changed: str) -> None:
    before = save_model(bert, tmp_path / "model").fingerprint
    file = tmp_path / "model" / changed
    file.write_text(file.read_text() + " ")
    assert SentenceTransformerEmbedder(str(tmp_path / "model")).fingerprint != before


def test_vectors_are_unit_and_mean_something(model: Embedder) -> None:
    vectors = model.embed(["A cat sleeps.", "A kitten is napping.", "Interest rates rose."])
    assert vectors.shape == (3, 384) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.5 > vectors[0] @ vectors[2]
    assert model.embed([]).shape == (0, 384)


def test_vectors_equal_a_plain_mean_of_token_states(compiled: CompiledModel) -> None:
    """Second implementation: transformers alone, mean over the tokens, unit length, as the model card describes."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = find_model("all-MiniLM-L6-v2")
    tokens = AutoTokenizer.from_pretrained(folder)("Memory bandwidth of the H200", return_tensors="pt")
    with torch.no_grad():
        states = AutoModel.from_pretrained(folder)(**tokens).last_hidden_state[0]
    mean = states.mean(0).numpy()
    vector = unit(compiled.embed(["Memory bandwidth of the H200"]))[0]
    assert vector @ mean / np.linalg.norm(mean) >= least_cosine(compiled)


def test_token_states_equal_those_of_sentence_transformers(compiled: CompiledModel) -> None:
    texts = ["The Lisbon centre: naïve façade, 1.250,75 €.", "Who?", "", "word " * 400]
    mine = compiled.embed_tokens(texts)
    theirs = TorchModel("reference", find_model("all-MiniLM-L6-v2")).embed_tokens(texts)
    for ours, reference, text in zip(mine, theirs, texts, strict=True):
        assert (ours.spans == reference.spans).all() and ours.spans.shape == (len(ours.states), 2)
        norms = np.linalg.norm(ours.states, axis=1) * np.linalg.norm(reference.states, axis=1)
        assert ((ours.states * reference.states).sum(1) >= least_cosine(compiled) * norms).all()
        assert all(text[start:end].strip() for start, end in ours.spans)
    assert [len(tokens.states) for tokens in mine][2:] == [0, 254]


@pytest.mark.parametrize(
    ("able", "machine", "quantize", "chosen"),
    [
        (["FP32", "INT8", "BF16"], "x86_64", True, "bf16"),
        (["FP32", "INT8"], "x86_64", True, "int8"),
        (["FP32", "INT8"], "x86_64", False, "f32"),
        (["FP32", "INT8"], "aarch64", True, "f32"),
    ],
)
def test_the_precision_is_what_the_processor_does_best(
    monkeypatch: pytest.MonkeyPatch, able: list[str], machine: str, quantize: bool, chosen: str
) -> None:
    made: list[str] = []
    core = SimpleNamespace(get_property=lambda *_: able)
    monkeypatch.setattr("rag.compiled.load_openvino", lambda: SimpleNamespace(Core=lambda: core))
    monkeypatch.setattr("rag.compiled.platform.machine", lambda: machine)
    monkeypatch.setattr("rag.compiled.CompiledModel", lambda folder, design, precision: made.append(precision))
    open_compiled(find_model("all-MiniLM-L6-v2"), quantize=quantize)
    assert made == [chosen]


def test_only_the_default_model_is_quantized(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr("rag.embed.open_compiled", lambda folder, *, quantize: asked.append(quantize) or "model")
    monkeypatch.setattr("rag.embed.agrees", lambda *_: True)
    folder = find_model("all-MiniLM-L6-v2")
    for fingerprint in (open_embedder().fingerprint, "another"):
        _open_model("name", folder, fingerprint)
    assert asked == [True, False]


def test_where_integers_cannot_be_run_floats_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.setattr("rag.compiled.load_openvino", lambda: load_without_bfloat16)
    opened = open_compiled(find_model("all-MiniLM-L6-v2"), quantize=True)
    assert opened is not None and opened.signature.endswith("f32")


load_without_bfloat16 = SimpleNamespace(Core=lambda: SimpleNamespace(get_property=lambda *_: ["FP32", "INT8"]))


def test_words_of_the_language_are_known(model: SentenceTransformerEmbedder) -> None:
    words = ["thought", "gearbox", "personel", "servises", "桜", ""]
    assert [model.is_word(word) for word in words] == [True, True, False, False, False, False]


def test_many_threads_may_embed_at_once(model: Embedder) -> None:
    texts = [f"text number {i}" for i in range(16)]
    alone = model.embed(texts)
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: model.embed([text], query=True)[0], texts))
    assert (alone * together).sum(1).min() >= 0.999


def test_a_missing_model_is_named_with_the_next_step() -> None:
    with pytest.raises(ModelError, match=r"no-such-org/no-such-model.*RAG_EMBEDDING_MODEL"):
        open_embedder("no-such-org/no-such-model")


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ModelError, match="cannot be loaded"):
        open_embedder(str(tmp_path)).embed(["x"])


def test_the_model_is_loaded_at_first_use_only_and_without_torch() -> None:
    code = (
        "import sys; from rag.embed import open_embedder; e = open_embedder('all-MiniLM-L6-v2');"
        "assert e.fingerprint and 'openvino' not in sys.modules; assert e.dimension == 384 and 'openvino' in sys.modules;"
        "assert e.embed(['x']).shape == (1, 384) and not {'torch', 'transformers'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)


def test_nothing_is_reported_to_anyone_and_nothing_written_home(tmp_path: Path) -> None:
    """The telemetry of OpenVINO and that of ONNX Runtime would do both when they are imported."""
    code = (
        "import sys; calls = []; sys.addaudithook(lambda event, _: event.startswith('socket.') and calls.append(event));"
        "from rag.embed import find_model, open_embedder; from rag.compiled import CompiledModel, read_design;"
        "open_embedder().embed(['x']); folder = find_model('all-MiniLM-L6-v2');"
        "CompiledModel(folder, read_design(folder), 'int8').embed(['x']); import threading;"
        "assert {'openvino', 'onnxruntime'} <= sys.modules.keys() and not calls and threading.active_count() == 1, calls"
    )
    home = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": "", "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent, env=home)
    assert not list(tmp_path.iterdir())


TEXTS = (
    "", " ", "a", "Which GPU has 141 GB of memory?", "[CLS] [MASK] ## ##ing", "tab\tand\nline\u200bbreak\x00\ufffd",
    "Él cobró 1.250,75 € — naïve façade, Straße, ﬁn, e\u0301", "三个字 และ 한국어 עברית 🙂👩‍💻", "x" * 300,
    "one two three " * 84 + "four", "one two three " * 85, "ninety-six racks at forty kilowatts " * 90, "Yes.",
)  # fmt: skip


def test_what_was_just_read_is_not_read_anew(compiled: CompiledModel, monkeypatch: pytest.MonkeyPatch) -> None:
    question, text = "Which GPU has the most memory?", "The H200 has 141 GB of memory."
    before = compiled.embed_tokens([question, text])
    compiled.embed_tokens([f"Text {number}." for number in range(40)])
    compiled.embed([question], query=True)
    read: list[list[int]] = []
    infer = compiled._infer
    monkeypatch.setattr(compiled, "_infer", lambda encoded, rows, keep: infer(encoded, read.extend(rows) or rows, keep))
    for anew in ([[1]], []):
        read.clear()
        after = compiled.embed_tokens([question, text])
        assert read == anew
        for one, other in zip(before, after, strict=True):
            assert np.array_equal(one.states, other.states) and np.array_equal(one.spans, other.spans)


def test_tokens_window_and_vectors_equal_those_of_sentence_transformers(compiled: CompiledModel) -> None:
    reference = TorchModel("all-MiniLM-L6-v2", find_model("all-MiniLM-L6-v2"))
    assert (compiled.dimension, compiled.max_tokens) == (reference.dimension, reference.max_tokens)
    assert compiled.count_tokens(TEXTS) == reference.count_tokens(TEXTS)
    many = [" ".join(TEXTS[3].split()[: n % 6 + 1]) for n in range(200)]
    for texts, query in ((TEXTS, False), (TEXTS, True), (many, False)):
        cosines = (unit(compiled.embed(texts, query=query)) * reference.embed(texts, query=query)).sum(1)
        assert cosines.min() >= least_cosine(compiled)
        assert cosines.mean() >= min(least_cosine(compiled) + 0.02, 0.999)
    inside, cut = ("word " * 254).strip(), ("word " * 254 + "and far more").strip()
    assert np.allclose(compiled.embed([inside]), compiled.embed([cut]), atol=1e-3), (
        "text beyond the window is invisible"
    )


def test_a_vector_does_not_depend_on_what_is_embedded_beside_it(compiled: CompiledModel) -> None:
    alone = np.concatenate([compiled.embed([text]) for text in TEXTS])
    together = compiled.embed(TEXTS)
    assert (unit(alone) * unit(together)).sum(1).min() >= 0.999


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small BERT with random weights and the words of the default model."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(7)
    folder = tmp_path_factory.mktemp("bert")
    sizes = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96}
    BertModel(BertConfig(**sizes)).save_pretrained(folder)
    AutoTokenizer.from_pretrained(find_model("all-MiniLM-L6-v2")).save_pretrained(folder)
    return folder


def save_model(bert: Path, folder: Path, pooling: str = "mean", **options: object) -> SentenceTransformerEmbedder:
    """Save the small BERT as a sentence-transformers folder and open it."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    modules = [Transformer(str(bert), max_seq_length=40), Pooling(48, pooling)]
    SentenceTransformer(modules=modules, **options).save(str(folder))
    return SentenceTransformerEmbedder(str(folder))


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_other_models_are_compiled_once_they_agree_with_the_reference(
    bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pooling: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    opened = save_model(bert, tmp_path / "model", pooling)
    assert isinstance(opened._model, CompiledModel) and opened.max_tokens == 40
    reference = TorchModel("reference", tmp_path / "model")
    assert (opened.embed(TEXTS) * reference.embed(TEXTS)).sum(1).min() >= 0.999
    assert len(list((tmp_path / "cache" / "rag-chat").iterdir())) == 1


@pytest.mark.parametrize(
    ("pooling", "options"), [("max", {}), (("mean", "cls"), {}), ("mean", {"prompts": {"query": "find: "}})]
)
def test_what_cannot_be_compiled_is_run_by_sentence_transformers(
    bert: Path, tmp_path: Path, pooling: str, options: dict[str, object]
) -> None:
    opened = save_model(bert, tmp_path / "model", pooling, **options)
    assert isinstance(opened._model, TorchModel)
    asked, told = opened.embed(["disks"], query=True), opened.embed(["disks"])
    assert np.allclose(asked, told) == ("prompts" not in options)


def test_half_weights_and_foreign_designs_are_not_compiled(bert: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    folder = tmp_path / "model"
    save_model(bert, folder)
    assert open_compiled(folder) is not None
    config = (folder / "config.json").read_text()
    for old, new in (('"gelu"', '"relu"'), ('"model_type": "bert"', '"model_type": "roberta"'), ("{", "")):
        (folder / "config.json").write_text(config.replace(old, new, 1))
        assert open_compiled(folder) is None
    (folder / "config.json").write_text(config)
    SentenceTransformer(str(folder)).half().save(str(tmp_path / "half"))
    assert open_compiled(tmp_path / "half") is None


def test_the_comparison_is_noted_and_made_again_when_the_note_is_stale_or_damaged(
    bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    save_model(bert, tmp_path / "model")
    compiled = open_compiled(tmp_path / "model")
    assert compiled is not None
    opened: list[str] = []

    def reference() -> TorchModel:
        opened.append("yes")
        return TorchModel("reference", tmp_path / "model")

    assert agrees(compiled, "one", reference) and agrees(compiled, "one", reference) and len(opened) == 1
    (note,) = (tmp_path / "cache" / "rag-chat").iterdir()
    note.write_text("{")
    assert agrees(compiled, "one", reference) and len(opened) == 2
    assert agrees(compiled, "other weights", reference) and len(opened) == 3
    assert not agrees(compiled, "a fake", lambda: HashEmbedder(48, 40)), "other tokens, other vectors"
    assert not agrees(compiled, "a fake", reference) and len(opened) == 3, "a difference is noted too"
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert agrees(compiled, "one", reference) and len(opened) == 4


@pytest.fixture
def on_gpu(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A machine with a GPU whose model embeds as a fake does; it tells how often it was opened and what it was given."""
    seen = SimpleNamespace(opened=0, texts=[], error=None)

    class OnGpu(HashEmbedder):
        def __init__(self, name: str, folder: Path) -> None:
            seen.opened += 1
            super().__init__(384)

        def embed(self, texts: list[str], *, query: bool = False) -> np.ndarray:
            if seen.error:
                raise seen.error
            seen.texts += texts
            return super().embed(texts)

    monkeypatch.setattr("rag.embed.has_gpu", lambda: True)
    monkeypatch.setattr("rag.embed.TorchModel", OnGpu)
    monkeypatch.setattr("rag.embed._GPU_AFTER", 0.0)
    return seen


def test_many_documents_go_to_a_gpu_and_few_documents_and_questions_do_not(on_gpu: SimpleNamespace) -> None:
    embedder = SentenceTransformerEmbedder("all-MiniLM-L6-v2")
    embedder.embed(["What is red?"], query=True)
    embedder.embed(["red disks spin"])
    assert on_gpu.opened == 0
    embedder.embed(["blue cables hang"])
    embedder.embed(["green lamps glow"])
    embedder.embed(["What is blue?"], query=True)
    embedder.embed_tokens(["white fans turn"])
    assert on_gpu.opened == 1 and on_gpu.texts == ["blue cables hang", "green lamps glow"]


def test_a_gpu_that_fails_leaves_the_documents_to_the_cpu(
    on_gpu: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    embedder, on_gpu.error = SentenceTransformerEmbedder("all-MiniLM-L6-v2"), ModelError("Out of memory.", "Free some.")
    texts = ["red disks spin", "blue cables hang", "green lamps glow"]
    embedder.embed(texts)
    alone = open_compiled(find_model("all-MiniLM-L6-v2"), quantize=True)
    assert alone is not None
    assert np.allclose(embedder.embed(texts), unit(alone.embed(texts)), atol=1e-3)
    on_gpu.error = None
    embedder.embed(texts)
    assert on_gpu.opened == 1 and not on_gpu.texts, "what failed once is not tried again"
    assert [record.getMessage() for record in caplog.records] == [
        "The CPU embeds from here on: Out of memory. Free some."
    ]


def test_a_gpu_that_cannot_be_loaded_is_left(
    on_gpu: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(name: str, folder: Path) -> None:
        raise ModelError("The embedding model cannot be loaded: no memory.", "Free some.")

    monkeypatch.setattr("rag.embed.TorchModel", fail)
    embedder = SentenceTransformerEmbedder("all-MiniLM-L6-v2")
    assert [embedder.embed(["red disks spin"]).shape for _ in range(4)] == [(1, 384)] * 4
    assert [record.getMessage() for record in caplog.records] == [
        "The CPU goes on embedding: The embedding model cannot be loaded: no memory. Free some."
    ]


def test_a_model_that_cannot_be_compiled_is_opened_once(
    on_gpu: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.embed.open_compiled", lambda *_, **__: None)
    embedder = SentenceTransformerEmbedder("all-MiniLM-L6-v2")
    for _ in range(3):
        embedder.embed(["red disks spin"])
    assert on_gpu.opened == 1


def test_while_one_thread_loads_the_model_for_a_gpu_the_others_go_on(
    on_gpu: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, loaded = threading.Event(), threading.Event()

    def load() -> bool:
        asked.set()
        return loaded.wait(60)

    monkeypatch.setattr("rag.embed.has_gpu", load)
    embedder = SentenceTransformerEmbedder("all-MiniLM-L6-v2")
    embedder.embed(["red disks spin"])
    with ThreadPoolExecutor() as pool:
        first = pool.submit(embedder.embed, ["blue cables hang"])
        assert asked.wait(60)
        assert embedder.embed(["green lamps glow"]).shape == embedder.embed(["What?"], query=True).shape == (1, 384)
        assert not first.done() and not on_gpu.texts
        loaded.set()
        first.result()
    assert on_gpu.opened == 1 and on_gpu.texts == ["blue cables hang"]


@pytest.mark.parametrize("error", [OSError("libcudnn.so.9 is missing"), ValueError("no CUDA"), ImportError("no torch")])
def test_software_of_a_gpu_that_is_broken_is_none(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def broken(name: str, *_: object) -> object:
        if name == "torch":
            raise error
        return real(name, *_)

    real = builtins.__import__
    monkeypatch.setattr("rag.torchmodel._GPU_NODES", ("/",))
    monkeypatch.setattr(builtins, "__import__", broken)
    assert not has_gpu()


def test_a_model_that_cannot_be_run_says_so_in_one_line(
    bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_model(bert, tmp_path / "model")
    model = TorchModel("mine", tmp_path / "model")

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB.\nSee the documentation.")

    monkeypatch.setattr(model._model, "encode_document", fail)
    with pytest.raises(ModelError, match=r"^The embedding model 'mine' cannot be run: CUDA out of memory. Free "):
        model.embed(["red disks"])


def test_the_fake_brings_shared_words_near() -> None:
    fake = HashEmbedder()
    a, b, c = fake.embed(["red disks spin", "red disks stop", "blue cables hang"])
    assert a @ b > a @ c
    assert np.array_equal(fake.embed(["red disks spin"])[0], a)


def test_a_llama_index_model_can_be_passed_in() -> None:
    from llama_index.core.embeddings import MockEmbedding

    wrapped = LlamaIndexEmbedder(MockEmbedding(embed_dim=8))
    assert wrapped.dimension == 8
    assert np.allclose(np.linalg.norm(wrapped.embed(["a", "b"]), axis=1), 1)
    assert np.allclose(wrapped.embed(["a"], query=True), wrapped.embed(["a"]))
    assert wrapped.count_tokens(["one two three four"]) == [6]
    assert wrapped.count_tokens(["数据库每天备份" * 20])[0] >= 140


def test_a_text_that_the_vocabulary_lacks_is_known_for_what_it_is(model: Embedder) -> None:
    compiled, reference = model, TorchModel("all-MiniLM-L6-v2", find_model("all-MiniLM-L6-v2"))
    for text in ("How warm is it?", "这座塔是什么时候建成的？", "Wie hoch ist der Turm?", ""):
        assert compiled.known_share(text) == pytest.approx(reference.known_share(text))
    assert compiled.known_share("How warm is it?") == 1
    assert compiled.known_share("这座塔是什么时候建成的？") < 0.7
