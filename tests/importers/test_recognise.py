"""Which format a file has."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import DataError
from harness.importers.recognise import FORMATS, format_of, other_formats
from harness.importers.source_files import SourceFiles


def test_names_of_formats_are_distinct() -> None:
    assert len({one.name for one in FORMATS}) == len(FORMATS)


def test_unknown_content_names_the_formats(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("hello")
    with pytest.raises(DataError, match=r"no known format in x\.txt; known: hal, openhands"):
        format_of(SourceFiles([tmp_path / "x.txt"]))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("prices.csv", "provider,model,date,input,output\nmaker,m-1,2026-05-01,1.5,6\n"),
        (
            "models.yml",
            "models:\n  - name: m-1\n    pricing:\n      date: 2026-05-01\n      input: 1.5\n      output: 6\n",
        ),
    ],
)
def test_a_list_of_prices_is_called_one(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=rf"{name}: a list of prices, not of results: nothing to import or audit"):
        format_of(SourceFiles([tmp_path / name]))


def test_a_table_with_verdicts_is_no_list_of_prices(tmp_path: Path) -> None:
    (tmp_path / "board.csv").write_text("model,input,output,resolved\nm-1,what is 2+2,4,true\n")
    assert format_of(SourceFiles([tmp_path / "board.csv"])).name == "table"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[{"id": "m-1", "displayName": "M 1"}]',
            r"no known format in x\.json \(entries with id, displayName\); known",
        ),
        ('{"rows": [{"a": 1}]}', r"\(entries with a\); known"),
        ('[{"id": "m-1", "disp', r"no known format in x\.json \(x\.json is not complete JSON: .*\); known"),
    ],
)
def test_json_of_no_known_format_says_what_it_holds(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(DataError, match=said):
        format_of(SourceFiles([tmp_path / "x.json"]))


def test_files_of_a_second_format_are_named(tmp_path: Path) -> None:
    (tmp_path / "usage.csv").write_text(
        "model,rows,rows_with_cost,prompt_tokens_total,completion_tokens_total,cost_usd_total\nv/m,1,1,10,5,0.1\n"
    )
    (tmp_path / "replies.jsonl").write_text(
        '{"model": "m", "model_id": "v/m", "question_id": "q", "response_text": "", "response_usage": null, '
        '"started_at_utc": null}\n'
    )
    files = SourceFiles([tmp_path])
    form = format_of(files)
    assert (form.name, other_formats(files, form)) == ("bullshit", ("bullshit-replies",))
