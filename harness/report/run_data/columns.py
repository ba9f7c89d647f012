"""The jobs of a run as blocks of columns: what sums over very many jobs are computed from, without a value per job.

numpy is imported where a block is looked at: a run imports this module before its first request.
A column is an Arrow array; texts are looked at by their codes, numbers as numpy arrays. What a block holds is what its
records hold, in the same order.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from harness.core.types import FailureKind, Verdict
from harness.report.run_data.records import ChargeComparison, JobRecord

if TYPE_CHECKING:
    from harness.stats.arrays import Counts, Flags, Floats

    Codes: TypeAlias = tuple[Counts, list[Any]]
    """For each job the place of its value in the list, -1 for none."""

BLOCK = 16_384
"""Jobs in a block."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
INTEGERS = frozenset(
    {"repeat", "attempts", "turns", "tool_calls", "started_at"}
    | {name for name in JobRecord._fields if name.endswith("_tokens")}
)
FLAGS = frozenset(name for name in JobRecord._fields if name.startswith("is_") or name == "spent_is_bound")
SECONDS = frozenset(name for name in JobRecord._fields if name.endswith(("_s", "_share")))


class JobColumns:
    """A block of jobs. `load` gives a column by its name; `records`, where there are any, are the same jobs."""

    def __init__(self, count: int, load: Callable[[str], Any], records: Sequence[JobRecord] | None = None) -> None:
        self.count = count
        self._load = load
        self._records = records
        self._known: dict[tuple[str, str], Any] = {}

    def array(self, name: str) -> Any:
        """The Arrow array of a column."""
        return self._once("array", name, lambda: self._load(name))

    def floats(self, name: str) -> Floats:
        """Numbers; NaN where there is none."""
        found: Floats = self._once("floats", name, lambda: self._numbers(name, math.nan))
        return found

    def integers(self, name: str) -> Counts:
        """Whole numbers; 0 where there is none (`is_known`)."""
        found: Counts = self._once("integers", name, lambda: self._numbers(name, 0))
        return found

    def flags(self, name: str) -> Flags:
        """Yes or no."""
        found: Flags = self._once("flags", name, lambda: _bits(self.array(name), 1))
        return found

    def is_known(self, name: str) -> Flags:
        """Where there is a value."""
        found: Flags = self._once("known", name, lambda: _bits(self.array(name), 0))
        return found

    def codes(self, name: str) -> Codes:
        """The values of a column of texts, each once, as they are in records."""
        found: Codes = self._once("codes", name, lambda: self._codes(name))
        return found

    def numbered(self, name: str, numbers: dict[str, int]) -> Counts:
        """For each job the number of its value; values without one get the next. Every job has a value."""

        def lookup() -> Counts:
            import numpy as np

            codes, values = self.codes(name)
            found = (numbers.setdefault(value, len(numbers)) for value in values)
            return np.fromiter(found, np.int64, len(values))[codes]

        places: Counts = self._once(f"numbered {id(numbers)}", name, lookup)
        return places

    def counts(self, name: str, rows: Counts) -> list[tuple[Any, int]]:
        """How often each value stands in these jobs, in the order of their first; jobs without a value left out."""
        import numpy as np

        codes, values = self.codes(name)
        own = codes[rows]
        found, first, count = np.unique(own[own >= 0], return_index=True, return_counts=True)
        return [(values[found[place]], int(count[place])) for place in np.argsort(first)]

    def values(self, name: str, rows: Counts | None = None) -> Iterator[Any]:
        """The values of the jobs, or of some of them, as they are in records."""
        convert = _FROM_FILE.get(name)
        held = (self.array(name) if rows is None else self.array(name).take(_indices(rows))).to_pylist()
        return iter(held) if convert is None else map(convert, held)

    def timing_errors(self, name: str) -> Floats:
        """The measurement error of a timing or a speed, in its own unit (`JobRecord.timings`)."""
        if name in ("tokens_per_s", "chars_per_s"):
            import numpy as np

            with np.errstate(invalid="ignore"):  # no figure has no error, whatever the share
                return self.floats(name) * self.floats("speed_error_share")
        return self.floats(f"{name.removesuffix('_s')}_error_s")

    def records(self, rows: Counts | None = None) -> Iterator[JobRecord]:
        """The jobs one by one, or some of them."""
        if self._records is not None:
            return iter(self._records) if rows is None else (self._records[row] for row in rows)
        columns = [self.values(name, rows) for name in JobRecord._fields]
        return map(JobRecord._make, zip(*columns, strict=True))

    def _numbers(self, name: str, missing: float) -> Any:
        import numpy as np

        values, known = _values(self.array(name)), self.is_known(name)
        found = values.astype("float64") if math.isnan(missing) else values
        return np.where(known, found, missing).astype(found.dtype)

    def _codes(self, name: str) -> Codes:
        coded = self.array(name)
        if not hasattr(coded, "dictionary"):
            coded = coded.dictionary_encode()
        values = coded.dictionary.to_pylist()
        convert = _FROM_FILE.get(name)
        import numpy as np

        places = np.where(self.is_known(name), _values(coded.indices), -1).astype("int64")
        return places, values if convert is None else list(map(convert, values))

    def _once(self, kind: str, name: str, make: Callable[[], Any]) -> Any:
        if (kind, name) not in self._known:
            self._known[kind, name] = make()
        return self._known[kind, name]


# pyarrow's own ways to and from numpy import pandas first, which takes 0.2 s: a block is looked at by its buffers
# (Arrow, "Columnar format": validity bitmap, then values, both from an offset).


def _values(array: Any) -> Any:
    """The numbers of an array; where it has none, anything."""
    import numpy as np

    name = {"double": "float64"}.get(str(array.type), str(array.type))
    held = np.frombuffer(array.buffers()[1], dtype=name)
    return held[array.offset : array.offset + len(array)]


def _bits(array: Any, buffer: int) -> Flags:
    """A bitmap of an array; all set where there is none."""
    import numpy as np

    held = array.buffers()[buffer]
    if held is None:
        return np.ones(len(array), dtype="bool")
    bits = np.unpackbits(np.frombuffer(held, dtype="uint8"), bitorder="little")
    return bits[array.offset : array.offset + len(array)].astype("bool")


def _indices(rows: Counts) -> Any:
    import pyarrow as pa

    return pa.Array.from_buffers(pa.int64(), len(rows), [None, pa.py_buffer(rows.astype("int64"))])


@runtime_checkable
class ColumnConsumer(Protocol):
    """A consumer of jobs that takes them in by blocks too; the outcome is that of `add` for each of them."""

    def add(self, record: JobRecord, /) -> None:
        """Take in one job."""
        ...

    def add_columns(self, jobs: JobColumns, /) -> None:
        """Take in a block of jobs."""
        ...


def by_place(jobs: JobColumns) -> Iterator[tuple[str, str, Counts]]:
    """(label, task, rows of their jobs), in the order of the first."""
    import numpy as np

    labels, tasks = jobs.codes("label"), jobs.codes("task")
    both = labels[0] * len(tasks[1]) + tasks[0]
    found, first = np.unique(both, return_index=True)
    for place in np.argsort(first):
        label, task = divmod(int(found[place]), len(tasks[1]))
        yield labels[1][label], tasks[1][task], np.flatnonzero(both == found[place])


def columns_of(records: Sequence[JobRecord]) -> JobColumns:
    """A block of these jobs. Raises OverflowError or pyarrow's errors where a value fits no column."""
    batch = record_batch(records)
    return JobColumns(len(records), batch.column, records)


def record_batch(records: Sequence[JobRecord]) -> Any:
    """The jobs as an Arrow record batch, as it is stored."""
    import pyarrow as pa

    arrays = [
        _array(name, list(map(_TO_FILE[name], column)) if name in _TO_FILE else column)
        for name, column in zip(JobRecord._fields, zip(*records, strict=True), strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, names=list(JobRecord._fields))


def _array(name: str, values: Sequence[Any]) -> Any:
    """A column as an Arrow array, put together from its buffers: pyarrow's own way would import pandas."""
    import numpy as np
    import pyarrow as pa

    missing = values.count(None)
    if missing == len(values):
        return pa.nulls(missing, _arrow_type(name))
    buffers: list[Any]
    if name in SECONDS:
        buffers = [np.array(values, dtype=np.float64)]  # NaN for None
    elif name in INTEGERS:
        buffers = [np.array([value or 0 for value in values] if missing else values, dtype=np.int64)]
    elif name in FLAGS:
        buffers = [np.packbits(np.array(values, dtype=np.bool_), bitorder="little")]
    else:
        buffers = _text_buffers([value or "" for value in values] if missing else values)
    known = np.packbits([value is not None for value in values], bitorder="little") if missing else None
    held = [None if buffer is None else pa.py_buffer(buffer) for buffer in (known, *buffers)]
    return pa.Array.from_buffers(_arrow_type(name), len(values), held, missing)


def _arrow_type(name: str) -> Any:
    import pyarrow as pa

    # Stated and not inferred: a batch in which a column is None throughout would get the type null.
    if name in INTEGERS:
        return pa.int64()
    if name in FLAGS:
        return pa.bool_()
    return pa.float64() if name in SECONDS else pa.string()


def _text_buffers(values: Sequence[str]) -> list[Any]:
    """Where each text starts and the texts in UTF-8. Raises OverflowError for more than 2 GiB."""
    import numpy as np

    joined = "".join(values)
    if joined.isascii():
        text, lengths = joined.encode(), map(len, values)
    else:
        parts = [value.encode() for value in values]
        text, lengths = b"".join(parts), map(len, parts)
    if len(text) >= 2**31:
        raise OverflowError(f"{len(text)} bytes of text in one block of a column")
    starts = np.zeros(len(values) + 1, dtype=np.int32)
    np.cumsum(np.fromiter(lengths, np.int32, len(values)), out=starts[1:])
    return [starts, text]


def _decimal_text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _charge_text(charge: ChargeComparison | None) -> str | None:
    return None if charge is None else json.dumps(charge, default=str)


def _charge(text: str | None) -> ChargeComparison | None:
    if text is None:
        return None
    ours, reported, is_bound, notes, cause = json.loads(text)
    return ChargeComparison(Decimal(ours), Decimal(reported), is_bound, tuple(notes), cause)


def _microseconds(at: datetime | None) -> int | None:
    # Whole microseconds are exact both ways; a float of seconds need not be.
    return None if at is None else (at - EPOCH) // MICROSECOND


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else EPOCH + timedelta(microseconds=microseconds)


@cache
def _kinds(text: str) -> tuple[FailureKind, ...]:
    return tuple(map(FailureKind, text.split(","))) if text else ()


_VERDICTS: dict[str | None, Verdict | None] = {None: None, **{verdict.value: verdict for verdict in Verdict}}
_AMOUNTS = ("spent_usd", "spent_known_usd", "accepted_usd", "provider_charge_usd")
_TO_FILE: dict[str, Callable[[Any], object]] = {
    **dict.fromkeys(_AMOUNTS, _decimal_text),
    "failures": lambda kinds: ",".join(kind.value for kind in kinds),
    "verdict": lambda verdict: None if verdict is None else verdict.value,
    "started_at": _microseconds,
    "charge": _charge_text,
}
_FROM_FILE: dict[str, Callable[[Any], object]] = {
    **dict.fromkeys(_AMOUNTS, _decimal),
    "failures": _kinds,
    "verdict": _VERDICTS.__getitem__,
    "started_at": _instant,
    "charge": _charge,
}
