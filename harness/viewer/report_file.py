"""Runs as one HTML file that opens from disk: the viewer's pages by the viewer's templates, without a server.

Tables and charts stand in it as they are; the grid and the answers are compressed and shown by a script, which the
page's own content security policy names by its hash. Nothing is loaded from anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files

from harness.core.plurals import counted
from harness.core.types import Json, Verdict
from harness.report.charts.page import style as chart_style
from harness.report.render.language import tr
from harness.report.run_data.imported import source_verdicts
from harness.report.run_data.load import RunData
from harness.report.run_data.records import JobRecord, JobResult
from harness.store.run_dir import RunDir
from harness.viewer.details import detail_of
from harness.viewer.filters import Filters
from harness.viewer.job_state import SYMBOLS, state_of
from harness.viewer.packed_texts import TextStore, pack
from harness.viewer.pages import runs_page
from harness.viewer.run_page import RunPage, body_html, clean_page, draw_charts, load_page
from harness.viewer.sample_page import TextWriter, sample_html
from harness.viewer.samples_page import samples_html
from harness.viewer.template import render
from harness.viewer.text_html import opening

MAX_JOBS_WITH_TEXTS = 20_000
"""From more jobs on texts are left out: a browser should not open a file of hundreds of megabytes."""
MAX_RENDERED_CHARACTERS = 2_000_000
"""Answers of more characters in all are shown as raw text: Markdown as HTML would double the file."""
BLOCK = 400_000
"""Characters of pages that are compressed together: a browser unpacks a block when one of its samples is opened."""
COLUMNS_LEVEL = 6
"""Of deflate: 9 takes ten times as long for 2% of the size of numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """What is in the file. `only_wrong`: texts of answers that are not correct, and no others.

    `clean` takes what must not be published out of commands, notes and messages.
    """

    has_texts: bool = True
    only_wrong: bool = False
    has_reasoning: bool = False
    clean: Callable[[str], str] = str


def report_html(folders: Sequence[RunDir], options: ReportOptions) -> str:
    """The whole file. Raises LocalError where a run cannot be read."""
    runs = [_RunData.read(folder, options) for folder in folders]
    views = [run.view for run in runs]
    trends = draw_trends(views)
    script = static_text("pages.js") + static_text("report.js")
    style = static_text("viewer.css") + chart_style()
    data = {
        "runs": [run.data for run in runs],
        "texts": any(run.has_texts for run in runs),
        "symbols": SYMBOLS,
        "words": {state: tr(state.replace("_", " ")) for state in SYMBOLS},
        "count": tr("{} samples"),
        "previous": tr("previous"),
        "next": tr("next"),
        "samples": tr("samples"),
        "without": tr("The texts of this sample are not in this file: harness view shows them."),
        "unknown": tr("This file has no such sample."),
    }
    return render(
        "report.html.j2",
        title=", ".join(view.name for view in views),
        policy=policy_of(script, style),
        style=style,
        script=script,
        data=_json(data),
        runs=[{"name": run.view.name, "page": run.page, "samples": run.grid} for run in runs],
        index=runs_page({folder.path.resolve().name: folder.path for folder in folders}, layout=FRAGMENT, base="#"),
        trends="".join(trends.values()),
        version=version("price-performance-harness"),
        note=" ".join(dict.fromkeys(run.note for run in runs if run.note)),
    )


FRAGMENT = "fragment.html.j2"
"""The layout of the viewer's templates as parts of one file; their addresses stand behind #."""


def draw_trends(views: Sequence[RunPage]) -> dict[str, str]:
    """The charts over several runs by task; none of a single run."""
    return draw_charts([one for view in views for one in view.figures], only_trends=True) if len(views) > 1 else {}


def policy_of(script: str, style: str) -> str:
    """A policy that allows this script and this style, and nothing from elsewhere."""
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (script, style)]
    return (
        f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def static_text(name: str) -> str:
    """A file of the folder static."""
    return files("harness.viewer").joinpath("static", name).read_text(encoding="utf-8")


def _json(value: object) -> str:
    """JSON that no text in it can end: `<`, `>` and `&` by their code."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@dataclass(kw_only=True)
class _RunData:
    """One run in the file."""

    view: RunPage
    page: str
    grid: str
    data: dict[str, object]
    has_texts: bool
    note: str

    @classmethod
    def read(cls, folder: RunDir, options: ReportOptions) -> _RunData:
        run = RunData.load(folder)
        columns = _Columns(run)
        view = clean_page(load_page(run, columns), options.clean)
        is_large = view.jobs > MAX_JOBS_WITH_TEXTS and not options.only_wrong
        with_texts = options.has_texts and not is_large
        packed = pack(_json(columns.as_json(with_prompts=not is_large)).encode(), level=COLUMNS_LEVEL)
        del columns
        note = f"{view.name}: without texts, because it has {counted(view.jobs, 'job')}; --samples wrong includes some."
        texts = _Texts(run, options)
        if with_texts:
            for result in run.results():
                texts.add(result)
        return cls(
            view=view,
            page=render(
                "run.html.j2",
                layout=FRAGMENT,
                base="#",
                run=view.name,
                body=body_html(view, draw_charts(view.figures), base="#"),
                version="",
            ),
            grid=samples_html(folder.name, run.manifest, Filters(), layout=FRAGMENT, base="#"),
            data={
                "name": view.name,
                "models": [one.label for one in run.manifest.endpoints],
                "columns": packed,
                **texts.packed(),
            },
            has_texts=with_texts,
            note=note if is_large and options.has_texts else "",
        )


class _Columns:
    """The figures of every job, a list for each (`RecordConsumer`)."""

    def __init__(self, run: RunData) -> None:
        self._run = run
        self._place = {key: place for place, key in enumerate(run.samples)}
        self._models = {one.label: place for place, one in enumerate(run.manifest.endpoints)}
        self._states = {state: place for place, state in enumerate(SYMBOLS)}
        self._columns: dict[str, list[Json]] = {
            name: [] for name in ("sample", "model", "repeat", "state", "usd", "latency_s", "output_tokens", "answer")
        }

    def add(self, record: JobRecord) -> None:
        """Take in one job."""
        values = (
            self._place.setdefault((record.task, record.sample_id), len(self._place)),
            self._models[record.label],
            record.repeat,
            self._states[state_of(record)],
            None if record.spent_usd is None else float(f"{record.spent_usd:.3g}"),
            None if record.total_s is None else round(record.total_s, 2),
            record.completion_tokens,
            None if record.answer is None else record.answer[:80],
        )
        for column, value in zip(self._columns.values(), values, strict=True):
            column.append(value)

    def as_json(self, *, with_prompts: bool) -> dict[str, Json]:
        """All columns; names stand once."""
        tasks = [entry.name for entry in self._run.manifest.tasks]
        samples: list[Json] = [
            [tasks.index(task), sample, self._opening(task, sample) if with_prompts else ""]
            for task, sample in self._place
        ]
        return {
            **{name: list(column) for name, column in self._columns.items()},
            "samples": samples,
            "tasks": list(tasks),
            "models": list(self._models),
            "states": list(self._states),
        }

    def _opening(self, task: str, sample: str) -> str:
        found = self._run.samples.get((task, sample))
        return "" if found is None else opening(found.prompt)


class _Texts:
    """The pages of samples, rendered and compressed in blocks."""

    def __init__(self, run: RunData, options: ReportOptions) -> None:
        self._run, self._options, self._theirs = run, options, source_verdicts(run)
        self._by_sample: dict[tuple[str, str], list[dict[str, Json]]] = {}
        self._characters = 0

    def add(self, result: JobResult) -> None:
        """Keep one job's texts where they are asked for."""
        call = result.call
        if self._options.only_wrong and result.grade is not None and result.grade.verdict is Verdict.CORRECT:
            return
        key = call.task, call.sample_id
        detail = detail_of(result, self._run.samples.get(key), self._theirs.get(call.key))
        if not self._options.has_reasoning:
            detail["reasoning"] = None
        detail["why"] = self._options.clean(str(detail["why"])) if detail["why"] else None
        for attempt in detail["attempts"] if isinstance(detail["attempts"], list) else []:
            if isinstance(attempt, dict) and attempt["message"]:
                attempt["message"] = self._options.clean(str(attempt["message"]))
        self._characters += len(str(detail["text"] or "")) + len(str(detail["reasoning"] or ""))
        self._by_sample.setdefault(key, []).append(detail)

    def packed(self) -> dict[str, object]:
        """Pages of samples in blocks, where each is by `task/sample`, and the raw texts that fill them."""
        where: dict[str, list[int]] = {}
        blocks: list[str] = []
        waiting: list[str] = []
        store = TextStore()
        for task, sample, page in self._pages(store):
            where[f"{task}/{sample}"] = [len(blocks), len(waiting)]
            waiting.append(page)
            if sum(map(len, waiting)) > BLOCK:
                blocks.append(pack(json.dumps(waiting, ensure_ascii=False).encode()))
                waiting = []
        if waiting:
            blocks.append(pack(json.dumps(waiting, ensure_ascii=False).encode()))
        words, texts = store.packed()
        return {"pages": blocks, "where": where, "words": pack(_json(words).encode()), "texts": texts}

    def _pages(self, store: TextStore) -> Iterator[tuple[str, str, str]]:
        writer = TextWriter(is_rendered=self._characters <= MAX_RENDERED_CHARACTERS, store=store)
        manifest = self._run.manifest
        order = {one.label: place for place, one in enumerate(manifest.endpoints)}
        places = {key: place for place, key in enumerate(self._run.samples)} if self._by_sample else {}
        for (task, sample), details in sorted(self._by_sample.items(), key=lambda one: places.get(one[0], len(places))):
            details.sort(key=lambda one: (order[str(one["model"])], int(str(one["repeat"]))))
            name = self._run.run.name
            prices = manifest.prices
            page = sample_html(name, task, sample, details, prices, writer=writer, layout=FRAGMENT, base="#")
            yield task, sample, page
