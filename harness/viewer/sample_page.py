"""The page of one sample: prompt, target, and answers side by side with their attempts and bills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.core.prices import Price
from harness.core.types import Json, Origin
from harness.report.render.mode import mark_origin
from harness.viewer.filters import Filters
from harness.viewer.index import RunIndex
from harness.viewer.packed_texts import TextStore
from harness.viewer.template import SERVED, render
from harness.viewer.text_html import MAX_RENDERED, raw_html, rendered_html, visible

MAX_SIDE_BY_SIDE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TextWriter:
    """How texts stand in a page: `is_rendered` as HTML too; raw in place, or in a `store` under their number."""

    is_rendered: bool = True
    store: TextStore | None = None

    def both(self, value: Json) -> dict[str, object] | None:
        """A text rendered and raw (both are our own, safe HTML); None where there is none."""
        if not isinstance(value, str) or not value:
            return None
        return {
            "rendered": rendered_html(value) if self.is_rendered else None,
            "raw": raw_html(value) if self.store is None else self._stored(value, self.store),
            "is_cut": len(value) > MAX_RENDERED,
            "length": len(value),
        }

    def _stored(self, value: str, store: TextStore) -> str:
        number = store.add(visible(value[:MAX_RENDERED]))
        return f'<pre class=raw data-text="{number}"></pre>'


def sample_page(index: RunIndex, task: str, sample: str, filters: Filters, *, shown: Sequence[str]) -> str | None:
    """One sample: prompt, target, and the chosen answers side by side; None where the run has no such sample."""
    version = index.version
    details = index.details(task, sample)
    if not details:
        return None
    before, after = index.neighbours(task, sample, filters)
    return sample_html(
        index.run.name,
        task,
        sample,
        details,
        index.manifest.prices,
        shown=shown,
        before=None if before is None else before.key,
        after=None if after is None else after.key,
        query=filters.url_query(),
        version=version,
    )


def sample_html(
    run: str,
    task: str,
    sample: str,
    details: Sequence[dict[str, Json]],
    prices: Sequence[Price],
    *,
    shown: Sequence[str] | None = None,
    writer: TextWriter = TextWriter(),
    layout: str = SERVED,
    base: str = "",
    **values: object,
) -> str:
    """A sample with the answers of `shown`, with all of them where that is None."""
    answers = [_answer(number, detail, writer) for number, detail in enumerate(details)]
    chosen = answers if shown is None else _chosen(answers, shown)
    first = details[0]
    return render(
        "sample.html.j2",
        layout=layout,
        base=base,
        is_served=layout == SERVED,
        run=run,
        task=task,
        sample=sample,
        prompt=writer.both(first["prompt"]),
        system=writer.both(first["system"]),
        target=first["target"],
        tags=first["tags"],
        answers=answers,
        chosen=chosen,
        chosen_ids=[one["id"] for one in chosen],
        prices={price.id: price for price in prices},
        **{"before": None, "after": None, "query": "", "version": "", **values},
    )


def _chosen(answers: Sequence[dict[str, object]], shown: Sequence[str]) -> Sequence[dict[str, object]]:
    return [one for one in answers if one["id"] in shown][:MAX_SIDE_BY_SIDE] or answers[:1]


def _answer(number: int, detail: dict[str, Json], writer: TextWriter) -> dict[str, object]:
    state = detail["verdict"] or ("error" if detail["text"] is None else "ungraded")
    return {
        **detail,
        "number": number,
        "id": f"{detail['model']}#{detail['repeat']}",
        "label": mark_origin(str(detail["model"]), Origin(detail["origin"])),
        "state": state,
        "text_html": writer.both(detail["text"]),
        "reasoning_html": writer.both(detail["reasoning"]),
    }
