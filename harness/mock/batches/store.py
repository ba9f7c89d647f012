"""The batches that a mock holds, their simulated hours, and what they come to.

An hour of a batch takes `HOUR_S` seconds times the mock's time scale; `advance` lets hours pass at once. A batch takes
between 2 and 20 hours, drawn by its id, and ends after 24 at the latest. With a ledger in a file the batches are kept
in a file beside it, so that a mock that is started again knows them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from harness.mock.formats.base import Body

HOUR_S = 0.1
EXPIRES_AFTER_H = 24.0
FILE = "mock-batches.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchScript:
    """What shall go wrong with a batch: it is `refused` at once; it ends (`expires`) with `share` of it processed; its
    output lacks `missing` results, has `duplicates` twice or `foreign` under names of another batch, or `lost_response`
    leaves the answer to its start unsent. `keeps_upload`: its input cannot be deleted.
    """

    refused: str = ""
    expires: bool = False
    share: float = 1.0
    missing: int = 0
    duplicates: int = 0
    foreign: int = 0
    lost_response: bool = False
    keeps_upload: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """One request of a batch as it was sent."""

    custom_id: str
    body: Body


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBatch:
    """A batch. `name`: a tag or the id of its input. `hours_before`: hours that had been advanced when it was made."""

    id: str
    dialect: str
    route: str
    name: str
    created_at: datetime
    hours_before: float
    lines: tuple[BatchLine, ...]
    script: BatchScript = BatchScript()
    cancelled_after_h: float | None = None

    @property
    def takes_h(self) -> float:
        """Hours until all of it is processed."""
        return 2.0 + 18.0 * Random(f"{self.id} takes").random()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAnswer:
    """The answer to one request. `status` 0: it was not processed."""

    custom_id: str
    status: int
    body: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class BatchStore:
    """All batches and uploaded files of a mock, with the hours that were advanced by hand."""

    path: Path | None = None
    time_scale: float = 1.0
    batches: dict[str, StoredBatch] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    scripts: list[BatchScript] = field(default_factory=list)
    advanced_h: float = 0.0

    def __post_init__(self) -> None:
        if self.path is not None and self.path.exists():
            for line in self.path.read_text(encoding="utf-8").splitlines():
                self._take(json.loads(line))

    def advance(self, hours: float) -> None:
        """Let so many hours pass."""
        self._keep({"advance": hours})

    def add_file(self, data: bytes) -> str:
        """Keep an uploaded file; returns its id."""
        file_id = f"file-{os.urandom(12).hex()}"
        self._keep({"file": file_id, "text": data.decode("utf-8", "replace")})
        return file_id

    def delete_file(self, file_id: str) -> None:
        """Forget an uploaded file."""
        self._keep({"deleted": file_id})

    def add_batch(self, *, dialect: str, route: str, name: str, lines: tuple[BatchLine, ...]) -> StoredBatch:
        """Keep a new batch, with the next script where there is one."""
        batch = StoredBatch(
            id=f"batch_{os.urandom(12).hex()}",
            dialect=dialect,
            route=route,
            name=name,
            created_at=datetime.now(UTC),
            hours_before=self.advanced_h,
            lines=lines,
            script=self.scripts.pop(0) if self.scripts else BatchScript(),
        )
        self._keep({"batch": asdict(batch)})
        return self.batches[batch.id]

    def add_lines(self, batch: StoredBatch, lines: tuple[BatchLine, ...]) -> None:
        """Add requests to a batch (xAI)."""
        self._keep({"batch": asdict(replace(batch, lines=(*batch.lines, *lines)))})

    def cancel(self, batch: StoredBatch) -> None:
        """Stop a batch that has not ended."""
        if not self.has_ended(batch):
            self._keep({"batch": asdict(replace(batch, cancelled_after_h=self.age_h(batch)))})

    def age_h(self, batch: StoredBatch) -> float:
        """Hours since it was made."""
        advanced = self.advanced_h - batch.hours_before
        if not self.time_scale:
            return EXPIRES_AFTER_H + advanced
        elapsed_s = (datetime.now(UTC) - batch.created_at).total_seconds()
        return advanced + elapsed_s / (HOUR_S * self.time_scale)

    def has_ended(self, batch: StoredBatch) -> bool:
        """Whether nothing more of it will be processed."""
        if batch.cancelled_after_h is not None or batch.script.refused:
            return True
        ends_h = EXPIRES_AFTER_H if batch.script.expires else batch.takes_h
        return self.age_h(batch) >= ends_h

    def processed(self, batch: StoredBatch) -> int:
        """How many of its requests have been processed, the first ones."""
        if batch.script.refused:
            return 0
        age_h = self.age_h(batch) if batch.cancelled_after_h is None else batch.cancelled_after_h
        share = min(1.0, age_h / batch.takes_h)
        if batch.script.expires:
            share = min(share, batch.script.share)
        return int(len(batch.lines) * share)

    def ended_as(self, batch: StoredBatch) -> str:
        """completed, expired, cancelled or failed, of a batch that has ended."""
        if batch.script.refused:
            return "failed"
        if batch.cancelled_after_h is not None:
            return "cancelled"
        return "expired" if batch.script.expires else "completed"

    def _keep(self, entry: dict[str, object]) -> None:
        text = json.dumps(entry, default=str, ensure_ascii=False)
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(text + "\n")
        self._take(json.loads(text))

    def _take(self, entry: dict[str, object]) -> None:
        match entry:
            case {"advance": float() | int() as hours}:
                self.advanced_h += hours
            case {"file": str() as file_id, "text": str() as text}:
                self.files[file_id] = text.encode()
            case {"deleted": str() as file_id}:
                del self.files[file_id]
            case {"batch": dict() as value}:
                batch = _batch(value)
                self.batches[batch.id] = batch


def _batch(value: dict[str, object]) -> StoredBatch:
    known = {one.name: value[one.name] for one in fields(StoredBatch)}
    lines, script = known["lines"], known["script"]
    assert isinstance(lines, list)
    assert isinstance(script, dict)
    known["lines"] = tuple(BatchLine(**line) for line in lines)
    known["script"] = BatchScript(**script)
    known["created_at"] = datetime.fromisoformat(str(known["created_at"]))
    return StoredBatch(**known)  # type: ignore[arg-type]  # each as asdict wrote it
