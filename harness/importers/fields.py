"""Values out of parsed JSON, CSV and YAML: a number, a day, or None where the source says nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from harness.core.errors import DataError
from harness.core.types import FinishReason, Grade, Timing, Verdict

MAX_EXPONENT = 30
"""Beyond it a number is no measurement, and writing it out would take its exponent in digits."""
UNKNOWN_WORDS = frozenset({"", "none", "null", "nan", "-", "n/a"})


def decimal_of(value: object, where: str) -> Decimal | None:
    """The number, exactly as written. Raises DataError for text that is none, such as an amount in another currency."""
    if value is None or isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in UNKNOWN_WORDS):
        return None
    try:
        found = Decimal(str(value).strip().removeprefix("$"))
    except InvalidOperation:
        raise DataError(f"{where}: found {value!r}; accepted: a number, dollars without another currency") from None
    if not found.is_finite():
        return None
    if found and abs(found.adjusted()) > MAX_EXPONENT:
        raise DataError(
            f"{where}: found {str(value)[:40]!r}; accepted: a number between 1e-{MAX_EXPONENT} and 1e{MAX_EXPONENT}"
        )
    return found


def dollars_of(value: object, where: str) -> Decimal | None:
    """Dollars, None where the source prints 0 or nothing: a run that cost nothing is not told from an unknown one."""
    found = decimal_of(value, where)
    if found is not None and found < 0:
        raise DataError(f"{where}: {found} dollars is below 0")
    return found or None


def count_of(value: object, where: str) -> int | None:
    """A whole number that is not negative. Raises DataError for any other."""
    found = decimal_of(value, where)
    if found is None:
        return None
    if found < 0 or found != found.to_integral_value():
        raise DataError(f"{where}: found {value!r}; accepted: a whole number")
    return int(found)


def day_of(value: object) -> date | None:
    """The day that a text begins with, or of a date; None where there is none."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def instant_of(seconds: object) -> datetime | None:
    """Unix seconds as an instant in UTC."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float | Decimal):
        return None
    try:
        return datetime.fromtimestamp(float(seconds), UTC)
    except (OverflowError, ValueError, OSError):
        return None


def timing_at(started_at: datetime | None, total_s: float | None = None) -> Timing:
    """When it ran and how long it took, as far as known."""
    return Timing(started_at=started_at, total_s=total_s)


FINISHES = {
    "stop": FinishReason.STOP,
    "end_turn": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "model_length": FinishReason.LENGTH,
    "content_filter": FinishReason.REFUSED,
    "tool_calls": FinishReason.TOOL_CALLS,
}


def finish_of(word: object) -> FinishReason:
    """The reason in our words; without one the answer counts all the same."""
    return FinishReason.NOT_GIVEN if word is None else FINISHES.get(str(word).lower(), FinishReason.OTHER)


def source_grade(
    source: str, is_correct: bool | None, *, answer: str | None = None, verdict: Verdict | None = None
) -> Grade | None:
    """The source's own verdict as a grade of the grader `imported:SOURCE`; None where it has none."""
    if is_correct is None and verdict is None:
        return None
    found = verdict or (Verdict.CORRECT if is_correct else Verdict.WRONG)
    return Grade(
        verdict=found,
        answer=answer,
        why="as published",
        rule="published",
        grader=f"imported:{source}",
        grader_version="1",
        seconds=0.0,
    )
