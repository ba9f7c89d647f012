"""Texts come out of a file as they went in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.viewer.packed_texts import TEXTS_IN_BLOCK, TextStore, decode, pack, unpack
from harness.viewer.text_html import visible

TEXT = st.text(st.characters(codec="utf-8")).map(visible)
SENTENCE = st.lists(st.sampled_from(["therefore", "the", "answer", "\\frac", "答案", "是", "42", "x\n"])).map(" ".join)


def unpacked(store: TextStore) -> list[str]:
    words, blocks = store.packed()
    return [text for block in blocks for text in decode(unpack(block), words).split("\0")]


@given(texts=st.lists(st.one_of(TEXT, SENTENCE), min_size=1, max_size=20))
def test_texts_are_read_back_as_they_were(texts: list[str]) -> None:
    store = TextStore()
    numbers = [store.add(text) for text in texts]
    assert [unpacked(store)[number] for number in numbers] == texts


def test_more_words_than_short_codes_and_more_texts_than_a_block() -> None:
    names = [f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(400)]
    texts = [" ".join(names[n : n + 200]) for n in range(150)]
    store = TextStore()
    for text in texts:
        store.add(text)
    words, blocks = store.packed()
    assert len(words) > 256
    assert len(blocks) == -(-150 // TEXTS_IN_BLOCK) == 2
    assert unpacked(store) == texts


def test_packed_signs_mean_nothing_in_html_and_json() -> None:
    packed = pack(bytes(range(256)) * 40)
    assert not set(packed) & set("<>&\"'\\")
    assert unpack(packed) == bytes(range(256)) * 40
