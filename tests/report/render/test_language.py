"""Nothing that a reader sees is without a Chinese text: templates, columns, sentences, charts, states."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.types import Verdict
from harness.report.charts import draw
from harness.report.charts.build import charts, read_figures
from harness.report.charts.theme import NARROW, WIDE
from harness.report.claims import render as claims_render
from harness.report.comparison import columns as comparison_columns
from harness.report.render.language import catalogue, language, speaking, tr
from harness.report.render.table import Column
from harness.report.run_report import render as run_render
from harness.report.run_report.columns import COLUMNS
from harness.viewer.pages import SYMBOLS, TEMPLATES
from tests.commands import run_here
from tests.report.runs import RunWriter, answer, endpoint

ROOT = Path(__file__).resolve().parents[3]
FIXTURE = ROOT / "tests" / "fixtures" / "schema_1"
LETTERS = re.compile("[a-z]{2,}")
KEPT = {"harness", "harness run", "UTC", "harness runs"}
"""Commands and the like, the same in every language."""


def has_chinese(text: str) -> bool:
    """Whether the text has an entry, whole or as a pattern."""
    exact, patterns = catalogue("zh")
    return text in exact or any(pattern.fullmatch(text) for pattern, _ in patterns)


def template_texts(path: Path) -> Iterator[str]:
    """Texts that stand in a template outside tags and expressions."""
    bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<!doctype[^>]*>|<[^>]*>", "\0", path.read_text(), flags=re.DOTALL)
    bare = re.sub(r"data-[a-z]+=\"?", "", bare)
    return (part.strip() for part in bare.split("\0") if LETTERS.search(part))


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.j2")), ids=lambda path: path.name)
def test_every_text_of_a_template_is_translated(path: Path) -> None:
    assert [text for text in template_texts(path) if text not in KEPT] == []
    marked = re.findall(r"""["']((?:[^"'{}]|(?<=\w)'(?=\w))+)["'] \| tr""", path.read_text())
    assert [text for text in marked if not has_chinese(text)] == []


def shown_columns() -> Iterator[Column[object]]:
    for module in (run_render, comparison_columns, claims_render):
        for value in vars(module).values():
            found = value if isinstance(value, tuple) else (value,)
            yield from (one for one in found if isinstance(one, Column))
    yield from COLUMNS  # type: ignore[misc]


def test_every_column_has_a_chinese_head_and_meaning() -> None:
    texts = dict.fromkeys(text for one in shown_columns() for text in (one.title, one.meaning) if LETTERS.search(text))
    assert len(texts) > 50
    assert [text for text in texts if not has_chinese(text)] == []


def sentences(path: Path) -> Iterator[str]:
    """Sentences that a module yields, with {} for what differs and without the place they begin with."""
    for node in ast.walk(ast.parse(path.read_text())):
        value = node.value if isinstance(node, ast.Yield) else None
        if isinstance(value, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in value.values]
            text = "".join(map(str, parts))
            is_placed = (
                isinstance(value.values[0], ast.FormattedValue) and ast.unparse(value.values[0].value) == "where"
            )
            yield text.removeprefix("{}: ") if is_placed else text
        elif isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value


@pytest.mark.parametrize("module", ["viewer/headline.py", "report/run_report/build.py"])
def test_every_sentence_of_a_run_has_a_chinese_one(module: str) -> None:
    exact, _ = catalogue("zh")
    entries = (ROOT / "harness/report/render/texts/zh.yaml").read_text(encoding="utf-8")
    keys = {line.rpartition(": ")[0].strip('"').replace("{w}", "{}") for line in entries.splitlines()}
    keys |= exact.keys()
    found = [text for text in sentences(ROOT / "harness" / module) if LETTERS.search(text)]
    assert len(found) > 4
    assert [text for text in found if text not in keys] == []


def test_every_state_and_verdict_has_a_chinese_word() -> None:
    words = [state.replace("_", " ") for state in (*SYMBOLS, *(verdict.value for verdict in Verdict))]
    assert [word for word in words if not has_chinese(word)] == []


def test_charts_show_names_of_models_and_chinese_alone(tmp_path: Path) -> None:
    models = [endpoint("acme/one"), endpoint("acme/two", simulated=True)]
    run = RunWriter(tmp_path / "run", endpoints=models, samples=12)
    for place, who in enumerate(models):
        for sample in range(12):
            run.job(who, sample, [answer()], Verdict.CORRECT if sample < 9 - place else Verdict.WRONG)
    run.close()
    with speaking("zh"):
        for chart in charts(read_figures([run.run, run.run])):
            for size in (WIDE, NARROW):
                spec = chart.make(size)
                assert spec is not None
                texts = re.findall(r"<(?:text|tspan)[^>]*>([^<]+)<", draw.svg(spec, title=chart.name))
                words = [text for text in texts if LETTERS.search(re.sub(r"acme/\w+|token|CI|\d{4}-\S+ run", "", text))]
                assert words == [], chart.name


def test_commands_write_chinese_where_asked_and_english_after_that(tmp_path: Path) -> None:
    ran = run_here("report", str(FIXTURE / "complete"), "--lang", "zh", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "准确率" in ran.stdout
    assert "accuracy" not in ran.stdout
    assert "成立" in run_here("claims", "--lang", "zh", cwd=tmp_path).stdout
    assert language() == "en"
    assert tr("accuracy") == "accuracy"


def test_what_stands_in_a_sentence_is_translated_in_turn_and_names_are_kept() -> None:
    with speaking("zh"):
        assert tr("acme/one on gsm8k: 3 of 5 jobs not done yet") == "acme/one（gsm8k）：5 个作业中 3 个尚未完成"
        assert tr("a sentence nobody wrote") == "a sentence nobody wrote"
