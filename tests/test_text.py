"""Normalisation, sentence spans and words."""

from __future__ import annotations

import sqlite3
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answertype import names
from rag.sentences import sentence_spans
from rag.text import asked_words, content_words, held_stems, language, normalize, stem, words


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How long is a laundry slot in Hamburg?", ["laundry", "slot", "Hamburg"]),
        ("Which queue is long?", ["queue", "long"]),
        ("Wie groß ist der Gemeinschaftsgarten?", ["Gemeinschaftsgarten"]),
        ("Où est la clé du jardin?", ["clé", "jardin"]),
        ("¿Cuántos habitantes tiene la ciudad?", ["habitantes", "ciudad"]),
        ("Die Hard cast", ["Die", "Hard", "cast"]),
        ("Who was in the war?", ["war"]),
        ("北京人", ["北京", "京人"]),
        ("مُحَمَّد", ["مُحَمَّد"]),
    ],
)
def test_what_asks_is_no_word_of_the_answer(question: str, expected: list[str]) -> None:
    assert asked_words(question) == expected


@pytest.mark.parametrize(
    ("raw", "clean", "removed"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd", 0),
        ("cafe\u0301", "café", 0),
        ("zero\u200bwidth\ufeff", "zerowidth", 2),
        ("safe\u202egnp.exe", "safegnp.exe", 1),
        ("tag\U000e0041\U000e007f", "tag", 2),
        ("nul\x00bell\x07", "nulbell", 2),
        ("soft\u00adhyphen", "softhyphen", 1),
        ("no\u00a0break", "no break", 0),
        ("lone\ud800end", "lone\ufffdend", 0),
        ("می\u200cخواهم", "می\u200cخواهم", 0),  # ZWNJ carries meaning in Persian
        ("a\u200cb", "ab", 1),
    ],
)
def test_normalize_removes_what_nobody_sees(raw: str, clean: str, removed: int) -> None:
    assert normalize(raw) == (clean, removed)


def test_normalize_is_idempotent_on_a_mixed_text() -> None:
    once = normalize("A\u200b\r\n\u202eB 👩\u200d🔬 ﬁ")[0]
    assert normalize(once) == (once, 0)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Mr. Smith met Dr. J. R. Brown. They spoke.", ["Mr. Smith met Dr. J. R. Brown.", "They spoke."]),
        ("It costs $3.50 at 5 p.m. today. Fine.", ["It costs $3.50 at 5 p.m. today.", "Fine."]),
        ("Fast until 6 p.m. Wash in the morning.", ["Fast until 6 p.m.", "Wash in the morning."]),
        ("Open until 6 p.m. Market stalls close.", ["Open until 6 p.m.", "Market stalls close."]),
        ("Meet at 6 p.m. May 5 in the hall.", ["Meet at 6 p.m. May 5 in the hall."]),
        ("From 8 a.m. Monday to 5 p.m. EST on Friday.", ["From 8 a.m. Monday to 5 p.m. EST on Friday."]),
        ("Bring pens, paper, etc. The rest is there.", ["Bring pens, paper, etc.", "The rest is there."]),
        ("Go to corridor C. Carbon filters hang there.", ["Go to corridor C.", "Carbon filters hang there."]),
        ("Ask our treasurer B. Okafor.", ["Ask our treasurer B. Okafor."]),
        ("See Fig. 3 for No. 5. Done.", ["See Fig. 3 for No. 5.", "Done."]),
        ("all in lower case. so is this.", ["all in lower case.", "so is this."]),
        ('"Really?" she asked. (Yes.) Good.', ['"Really?"', "she asked.", "(Yes.)", "Good."]),
        ("a. One.\nIV. Two. 4.2. Three. No. Four.", ["a. One.", "IV. Two.", "4.2. Three.", "No.", "Four."]),
        ("1. Open the valve. 2. Close it.", ["1. Open the valve.", "2. Close it."]),
        ("It is 5. I am 30. Washington D.C. The end.", ["It is 5.", "I am 30.", "Washington D.C.", "The end."]),
        ("Am 3. Oktober, z. B. in Berlin. Danach.", ["Am 3. Oktober, z. B. in Berlin.", "Danach."]),
        ("Es sind 12. Im 19. Jahrhundert nicht.", ["Es sind 12.", "Im 19. Jahrhundert nicht."]),
        ("§ 5 Abs. 2 Nr. 3 und S. 12. Bzgl. der Miete.", ["§ 5 Abs. 2 Nr. 3 und S. 12.", "Bzgl. der Miete."]),
        ("Ludwig XIV. von Bourbon. Er starb.", ["Ludwig XIV. von Bourbon.", "Er starb."]),
        ("Mme. Durand, p. ex. Paris. Fin.", ["Mme. Durand, p. ex. Paris.", "Fin."]),
        ("On 14 Sept. The AGM is on Dec. 3 at 5.", ["On 14 Sept.", "The AGM is on Dec. 3 at 5."]),
        ("Row: a\nRow: b", ["Row: a", "Row: b"]),
        (
            "Der Hof liegt in der Lindenstr. 4. Gem. § 2 ist er zu.",
            ["Der Hof liegt in der Lindenstr. 4.", "Gem. § 2 ist er zu."],
        ),
        (
            "Inkl. MwSt. kostet es bei Fa. Ott 5 €. Max. 9 Gäste.",
            ["Inkl. MwSt. kostet es bei Fa. Ott 5 €.", "Max. 9 Gäste."],
        ),
        ("Am 3. 5. 2024 war Markt. Es kamen 12. Gut.", ["Am 3. 5. 2024 war Markt.", "Es kamen 12.", "Gut."]),
        (
            "La Avda. del Sol, pto. 3, mín. de 2 horas. Vd. paga.",
            ["La Avda. del Sol, pto. 3, mín. de 2 horas.", "Vd. paga."],
        ),
        ("Env. 30 places au bât. B (resp. une). Tél. 01 02.", ["Env. 30 places au bât. B (resp. une).", "Tél. 01 02."]),
        ("« Venez ! » dit-elle. « Non ! » Elle part.", ["« Venez ! » dit-elle.", "« Non ! »", "Elle part."]),
        ("Er rief: Halt! »Nein« war falsch.", ["Er rief: Halt!", "»Nein« war falsch."]),
        ("Boil 5 min. then stir. We have PTO. 3 days.", ["Boil 5 min.", "then stir.", "We have PTO.", "3 days."]),
        ("北京是首都。好的！行", ["北京是首都。", "好的！", "行"]),
        ("यह पहला है। क्या यह दूसरा है? हाँ॥", ["यह पहला है।", "क्या यह दूसरा है?", "हाँ॥"]),
        ("متى تفتح؟ في التاسعة.", ["متى تفتح؟", "في التاسعة."]),
        ("ปิด 23.00 น. ทุกวัน", ["ปิด 23.00 น. ทุกวัน"]),
        ("เปิดในปี ค.ศ. 1874 โดย ดร. สมชาย ที่นี่", ["เปิดในปี ค.ศ. 1874 โดย ดร. สมชาย ที่นี่"]),
        (f"{'กขค' * 40} {'งจฉ' * 5} {'ชซฌ' * 30}", [f"{'กขค' * 40}", f"{'งจฉ' * 5} {'ชซฌ' * 30}"]),
        (f"{'กขค' * 40} {'งจฉ' * 5}", [f"{'กขค' * 40} {'งจฉ' * 5}"]),
        ("وصل د. أحمد في 300 ق.م. ثم عاد. نام.", ["وصل د. أحمد في 300 ق.م. ثم عاد.", "نام."]),
        ("डॉ. राव ई.पू. 300 में थे। काम हुआ. बस।", ["डॉ. राव ई.पू. 300 में थे।", "काम हुआ.", "बस।"]),
        ("Он продал 5 тыс. книг на ул. Мира. Всё.", ["Он продал 5 тыс. книг на ул. Мира.", "Всё."]),
        ("値は３．５だ．次。", ["値は３．５だ．", "次。"]),
        ("  \n\n ", []),
        ("no stop at all", ["no stop at all"]),
    ],
)
def test_sentence_spans(text: str, sentences: list[str]) -> None:
    assert [text[start:end] for start, end in sentence_spans(text)] == sentences


@given(st.text(alphabet=st.sampled_from("aB .!?\n。1é"), max_size=80))
def test_sentence_spans_keep_every_visible_character_in_order(text: str) -> None:
    spans = sentence_spans(text)
    assert "".join("".join(text[s:e].split()) for s, e in spans) == "".join(text.split())
    assert all(a < b for a, b in spans)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))


def test_words_are_folded_and_scripts_without_spaces_become_pairs() -> None:
    assert words("Café H200's 4.8 TB/s") == ["cafe", "h200", "s", "4", "8", "tb", "s"]
    assert words("中国首都 ok") == ["中国", "国首", "首都", "ok"]
    assert words("京") == ["京"]
    assert words("등대를 본 31명") == ["등대", "대를", "본", "31", "명"]
    assert asked_words("등대는 어디?") == ["등대", "대는", "어디"]


def test_marks_are_part_of_the_word_that_they_stand_in() -> None:
    assert words("हिन्दी भाषा में") == ["हिनदी", "भाषा", "में"]
    assert words("தமிழ் மொழி, বাংলা") == ["தமிழ", "மொழி", "বাংলা"]
    assert words("الكِتَابُ") == words("الكتاب") and words("שָׁלוֹם") == words("שלום")
    assert asked_words("हिन्दी में कितने अक्षर हैं?") == ["हिन्दी", "अक्षर"]


def test_content_words_drop_stop_words_and_stem() -> None:
    assert content_words("What are the increased supplies?") == ["increas", "suppli"]


def test_stems_agree_with_the_full_text_index() -> None:
    """The rarity of a word is looked up by its stem in FTS5, so both must stem alike."""
    vocabulary = (
        "supplies increased running relational conditional formalize hopefulness policies generated dies agreed"
    )
    index = sqlite3.connect(":memory:")
    index.execute("CREATE VIRTUAL TABLE texts USING fts5(text, tokenize = 'porter unicode61')")
    index.execute("CREATE VIRTUAL TABLE terms USING fts5vocab(texts, row)")
    for word in vocabulary.split():
        index.execute("INSERT INTO texts VALUES (?)", (word,))
    assert {row[0] for row in index.execute("SELECT term FROM terms")} == {stem(word) for word in vocabulary.split()}
    index.close()


def test_names_are_capitalised_words_and_codes() -> None:
    assert names("The H200 was shown by Jensen Huang's firm.") == ["H200", "Jensen", "Huang"]
    assert names("H20 and B200 differ") == ["H20", "B200"]


@pytest.mark.parametrize("opening", ["", "¿", "“", "„", "« ", "("])
def test_a_first_word_is_no_name_behind_an_opening_sign_either(opening: str) -> None:
    assert names(f"{opening}Cuándo abre la Casa Azul?") == ["Casa", "Azul"]


def test_held_stems_are_what_stemming_every_word_finds() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (Path(__file__).parent.parent / "seeds").glob("*.md")] + [
        "Ÿes, a 三个字 plan; naïve façades s",
        "",
    ]
    stems = tuple(dict.fromkeys(stem for text in texts for stem in content_words(text)))
    for text in texts:
        for sentence in text.splitlines():
            found = content_words(sentence)
            assert held_stems(sentence, stems) == set(found)
            assert held_stems(sentence, stems[::7]) == set(found) & set(stems[::7])
        for some in (stems, stems[::7], stems[:1], ()):
            spans = sentence_spans(text, 0, len(text))
            for start, end in spans:
                assert held_stems(text[start:end], some) == {*content_words(text[start:end])}.intersection(some)
    endings = "s es ies ed ing y ational ization iveness fulness ousness ability ably icate ical ement ly er".split()
    for word in (f"{start}{end}" for start in ("hop", "sky", "oa", "cre", "re", "tt", "e", "") for end in endings):
        assert held_stems(f"{word}.", (stem(word),)) == {stem(word)} - {""}


@pytest.mark.parametrize("text", ["!" * 100_000, "." * 100_000 + "a", "a. " * 30_000, "1. " * 30_000, "。" * 50_000])
def test_long_runs_of_one_sign_are_split_in_proportion_to_their_length(text: str) -> None:
    """With time that grows with the square this would take minutes."""
    assert sentence_spans(text)[0][0] == 0


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("Chi ha fondato la biblioteca?", ["fondato", "biblioteca"]),
        ("Quantos livros pode levar um sócio?", ["livros", "pode", "levar", "sócio"]),
        ("Wanneer is de bibliotheek op zondag open?", ["bibliotheek", "zondag", "open"]),
        ("Кто и когда основал библиотеку?", ["основал", "библиотеку"]),
        ("पुस्तकालय की स्थापना किसने की थी?", ["पुस्तकालय", "स्थापना"]),
        ("كم هي غرامة التأخير؟", ["غرامة", "التأخير"]),
        ("Cat care in the era of men", ["Cat", "care", "era", "men"]),
        ("Door lock or lang pod", ["Door", "lock", "lang", "pod"]),
        (
            "Define data mining in de novo assembly of van trees",
            ["Define", "data", "mining", "de", "novo", "assembly", "van", "trees"],
        ),
        ("Da Vinci painting size a e", ["Da", "Vinci", "painting", "size", "e"]),
        ("¿Cuánto tengo que pagar si me voy?", ["pagar"]),
        ("Combien de temps dois-je attendre s'il va pleuvoir ?", ["attendre", "pleuvoir"]),
        ("Was gilt, wenn ich mein Rad abstelle?", ["Rad", "abstelle"]),
        ("¿Presidente?", ["Presidente"]),
    ],
)
def test_small_words_of_other_languages_are_left_out(question: str, kept: list[str]) -> None:
    assert asked_words(question) == kept


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("¿Qué pasa con la fianza?", "Spanish"),
        ("dime la contraseña", "Spanish"),
        ("la caution reçue", "French"),
        ("es fällig an", "German"),
        ("Mon hours", ""),
        ("font size", ""),
        ("car hire with bin bags", "English"),
        ("mon vélo est où", "French"),
    ],
)
def test_letters_tell_between_languages_and_words_of_english_tell_nothing_alone(text: str, spoken: str) -> None:
    assert language(text) == spoken
