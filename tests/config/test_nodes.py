"""YAML files as values that know their line: numbers stay text, files merge by field, nothing is lost in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.config.nodes import document_of, merged, raise_issues, read_document
from harness.core.errors import ConfigError
from tests.cases import all_cases


def test_numbers_and_dates_stay_as_written_so_that_no_price_becomes_a_float() -> None:
    found = document_of("a: {price: 0.10, since: 2026-01-02, on: yes, none: ~, text: '5'}", shown="p.yaml").values
    assert found == {"a": {"price": "0.10", "since": "2026-01-02", "on": True, "none": None, "text": "5"}}


def test_an_extra_body_has_json_numbers() -> None:
    found = document_of("extra_body: {top_k: 4, top_p: 0.5, name: four, list: [1, x]}", shown="p.yaml").values
    assert found == {"extra_body": {"top_k": 4, "top_p": 0.5, "name": "four", "list": [1, "x"]}}


def test_every_field_and_item_knows_its_line_and_unknown_parts_take_the_nearest_above() -> None:
    document = document_of("a:\n  b: 1\n  c:\n    - x\n    - y\n", shown="p.yaml")
    assert str(document.mark_of(("a", "c", 1))) == "p.yaml:5"
    assert str(document.mark_of(("a", "b", "missing"))) == "p.yaml:2"
    assert str(document.mark_of(("nothing",))) == "p.yaml:1"


@all_cases(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "p.yaml:3: 'a' is written twice in one place (first on line 1); keep one"),
        ("a: &x\n  b: *x\n", "p.yaml:1: an anchor that contains itself cannot be read"),
        ("a:\n  ? [1]\n  : 2\n", "p.yaml:2: a field's name must be one word"),
        ("extra_body: {a: .inf}\n", "p.yaml:1: .inf cannot be sent as JSON"),
    ],
)
def test_what_would_be_read_otherwise_than_meant_is_an_issue_with_its_line(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        raise_issues(document_of(text, shown="p.yaml").problems)
    assert str(raised.value).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [("[1]", "p.yaml:1: expected a mapping"), ("5", "found a single value"), ("a: [\nb", "p.yaml:3: not YAML")],
)
def test_what_is_no_mapping_is_refused_at_once(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        document_of(text, shown="p.yaml")
    assert said in str(raised.value)


def test_files_merge_by_field_but_a_price_is_replaced_as_a_whole() -> None:
    base = document_of("m: {price: {input: 1, output: 2}, limits: {rpm: 5, tpm: 6}, list: [1, 2]}", shown="base")
    over = document_of("\nm: {price: {input: 9}, limits: {rpm: 7}, list: [3]}", shown="over")
    both = merged(base, over)
    assert both.values == {"m": {"price": {"input": "9"}, "limits": {"rpm": "7", "tpm": "6"}, "list": ["3"]}}
    assert str(both.mark_of(("m", "limits", "rpm"))) == "over:2"
    assert str(both.mark_of(("m", "limits", "tpm"))) == "base:1"


def test_a_heading_without_anything_below_it_takes_nothing_away() -> None:
    base = document_of("models: {a: {x: 1}}", shown="base")
    assert merged(base, document_of("models:\n", shown="over")).values == base.values


def test_all_issues_are_named_together_in_the_order_of_the_file() -> None:
    with pytest.raises(ConfigError) as raised:
        raise_issues(document_of("a: 1\na: 2\nb: 1\nb: 2\n", shown="p.yaml").problems)
    first, *rest = str(raised.value).splitlines()
    assert first == "2 problems in the configuration:"
    assert [line.strip().partition(": ")[0] for line in rest] == ["p.yaml:2", "p.yaml:4"]
    raise_issues([])


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"p\.yaml: cannot be read: No such file"):
        read_document(tmp_path / "p.yaml", shown="p.yaml")
    (tmp_path / "p.yaml").write_bytes(b"a: \xff\n")
    with pytest.raises(ConfigError, match=r"not UTF-8 text \(byte 3\)"):
        read_document(tmp_path / "p.yaml", shown="p.yaml")
