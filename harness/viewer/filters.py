"""What the grid of samples is narrowed to and how it is sorted, as SQL over the jobs of an index."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

SORTS = {
    "order": "place",
    "cost": "max(usd) DESC",
    "length": "max(output_tokens) DESC",
    "latency": "max(latency_s) DESC",
    "wrong": "sum(state != 'correct') DESC",
}
"""How the grid may be sorted, and the SQL of each."""
SHORTEST_SEARCH = 3
"""Characters of a search: the full-text index knows runs of three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the grid is narrowed to; empty means everything. `disagree`: the models' verdicts differ."""

    task: str = ""
    model: str = ""
    state: str = ""
    search: str = ""
    min_usd: float | None = None
    min_tokens: int | None = None
    disagree: bool = False
    sort: str = "order"

    def sql(self) -> tuple[str, list[object]]:
        """SQL that gives the places of the samples that pass, sorted, and its values."""
        where, values = self._where()
        having = "HAVING min(state) <> max(state)" if self.disagree else ""
        order = SORTS.get(self.sort, SORTS["order"])
        return f"SELECT place FROM jobs {where} GROUP BY place {having} ORDER BY {order}, place", values  # noqa: S608

    def url_query(self) -> str:
        """As the query of an address."""
        given = {
            "task": self.task,
            "model": self.model,
            "state": self.state,
            "search": self.search,
            "min_usd": self.min_usd,
            "min_tokens": self.min_tokens,
            "disagree": "1" if self.disagree else "",
            "sort": self.sort if self.sort != "order" else "",
        }
        return urlencode({name: value for name, value in given.items() if value not in ("", None)})

    def _where(self) -> tuple[str, list[object]]:
        parts: list[str] = []
        values: list[object] = []
        for column, value in (("task", self.task), ("model", self.model), ("state", self.state)):
            if value:
                parts.append(f"{column} = ?")
                values.append(value)
        if self.min_usd is not None:
            parts.append("usd >= ?")
            values.append(self.min_usd)
        if self.min_tokens is not None:
            parts.append("output_tokens >= ?")
            values.append(self.min_tokens)
        if len(self.search) >= SHORTEST_SEARCH:
            parts.append("id IN (SELECT rowid FROM texts WHERE texts MATCH ?)")
            values.append('"' + self.search.replace('"', '""') + '"')
        return ("WHERE " + " AND ".join(parts) if parts else ""), values
