"""How far the reading of a run is, for the page that is shown meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from harness.report.render.number_format import count
from harness.report.run_data.records import JobRecord
from harness.store.codec import Manifest


@dataclass(kw_only=True)
class ReadProgress:
    """Jobs that were read, of those the run planned (`RecordConsumer`)."""

    planned: int
    jobs: int = 0

    @classmethod
    def of(cls, manifest: Manifest) -> ReadProgress:
        """Of nothing yet."""
        jobs = len(manifest.endpoints) * manifest.repeats * sum(entry.samples for entry in manifest.tasks)
        return cls(planned=jobs)

    def start(self) -> None:
        """Begin anew."""
        self.jobs = 0

    def add(self, _record: JobRecord) -> None:
        """Count one job."""
        self.jobs += 1

    def text(self) -> str:
        """In words."""
        return f"{count(self.jobs)} of {count(self.planned)} jobs read"
