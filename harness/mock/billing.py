"""What the mock charges, and the ledger it keeps: its own arithmetic, sharing no code with the harness's price book.

Covers the rates in force for one request, the lines of its bill in exact decimals, and a file of one JSON line for each
billed attempt.

Rules: above a tier's prompt length the whole request is charged at the tier; a service tier of the request replaces the
rates, or those of the length tier; without a rate of its own a cached or written token costs a prompt token; with
`thinking_completion` all output of an answer that holds reasoning is charged at that rate; a fee per request is added;
the fee share is charged on the sum.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Context, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from harness.core.errors import ConfigError
from harness.core.prices import Price, Rates, Window

_EXACT = Context(prec=60)
_PER_MTOK = -6


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What one attempt used. `prompt` includes `cached` and `written`; `completion` is visible + reasoning."""

    prompt: int
    cached: int = 0
    written: int = 0
    reasoning: int = 0
    visible: int = 0

    @property
    def completion(self) -> int:
        """All generated tokens."""
        return self.reasoning + self.visible


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLine:
    """One class of tokens on a bill; the fee has 0 tokens and the share as its rate."""

    what: str
    tokens: int
    rate_per_mtok: Decimal
    usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What an attempt is charged: `usd` is the sum of the lines, exact."""

    usd: Decimal
    lines: tuple[ChargeLine, ...]
    price_id: str


def check_price(price: Price, model: str) -> None:
    """Raise ConfigError for a price the mock cannot charge by: not in dollars, or tiers together with windows."""
    if price.currency != "USD":
        raise ConfigError(
            f"simulated model {model}: price {price.id} is in {price.currency}; the mock charges in USD only"
        )
    if price.tiers and price.windows:
        raise ConfigError(
            f"simulated model {model}: price {price.id} has prompt-length tiers and time windows; "
            "the mock accepts either, since their order of precedence differs between providers"
        )


def bill(price: Price, tokens: Tokens, *, at: datetime, service_tier: str | None = None) -> Bill:
    """The bill of one attempt that was received at the instant `at`."""
    rates = _rates(price, tokens.prompt, at, service_tier)
    output = rates.completion
    if tokens.reasoning and rates.thinking_completion is not None:
        output = rates.thinking_completion
    cached = rates.prompt if rates.cached is None else rates.cached
    written = rates.prompt if rates.cache_write is None else rates.cache_write
    classes = (
        ("prompt", tokens.prompt - tokens.cached - tokens.written, rates.prompt),
        ("cached", tokens.cached, cached),
        ("cache_write", tokens.written, written),
        ("reasoning", tokens.reasoning, output),
        ("completion", tokens.visible, output),
    )
    lines = [_line(what, count, rate) for what, count, rate in classes if count]
    if price.request_fee:
        lines.append(ChargeLine(what="request", tokens=0, rate_per_mtok=Decimal(0), usd=price.request_fee))
    usd = _total(lines)
    if price.fee_share and usd:
        fee = _EXACT.multiply(usd, price.fee_share)
        lines.append(ChargeLine(what="fee", tokens=0, rate_per_mtok=price.fee_share, usd=fee))
        usd = _EXACT.add(usd, fee)
    return Bill(usd=usd, lines=tuple(lines), price_id=price.id)


def _line(what: str, tokens: int, rate: Decimal) -> ChargeLine:
    amount = _EXACT.multiply(Decimal(tokens), rate).scaleb(_PER_MTOK, _EXACT)
    return ChargeLine(what=what, tokens=tokens, rate_per_mtok=rate, usd=amount)


def _total(lines: list[ChargeLine]) -> Decimal:
    usd = Decimal(0)
    for line in lines:
        usd = _EXACT.add(usd, line.usd)
    return usd


def _rates(price: Price, prompt_tokens: int, at: datetime, service_tier: str | None) -> Rates:
    reached = [
        tier
        for tier in price.tiers
        if prompt_tokens > tier.above_prompt_tokens and (tier.until is None or at < tier.until)
    ]
    longest = max(reached, key=lambda tier: tier.above_prompt_tokens, default=None)
    menu = price.service_tiers if longest is None else longest.service_tiers
    if service_tier is not None and service_tier in menu:
        return menu[service_tier]
    for window in price.windows:
        if _is_inside(window, at):
            return window.rates
    return price.rates if longest is None else longest.rates


def _is_inside(window: Window, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(window.time_zone))
    clock = local.strftime("%H:%M")
    crosses_midnight = window.start > window.end
    is_late, is_early = clock >= window.start, clock < window.end
    is_inside = is_late or is_early if crosses_midnight else is_late and is_early
    begun = local - timedelta(days=1) if crosses_midnight and is_early else local
    return is_inside and begun.weekday() in window.days and begun.date() not in window.except_on


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One billed attempt.

    `outcome`: complete, cut, stalled, client_gone or error. `headers`: the request's `x-harness-*` headers.
    `received_s`, `first_token_s` (handed to the socket; None if none was) and `last_byte_s` are the mock's monotonic
    seconds. `text_sha256` is that of the whole answer's visible text, sent or not.
    """

    request: int
    model: str
    dialect: str
    at: datetime
    sample_id: str | None
    repeat: str
    attempt: str
    headers: Mapping[str, str]
    streamed: bool
    outcome: str
    is_correct: bool
    tokens: Tokens
    bill: Bill
    received_s: float
    first_token_s: float | None
    last_byte_s: float
    text_sha256: str

    def to_json(self) -> str:
        """One line that says SIMULATED; decimals and instants as text."""
        return json.dumps({"mode": "SIMULATED", **asdict(self)}, default=str, ensure_ascii=False)


def entry_from_json(line: str) -> LedgerEntry:
    """The entry a ledger line holds; raises ValueError, KeyError or TypeError for anything else."""
    fields = json.loads(line)
    fields.pop("mode", None)
    charged = fields["bill"]
    lines = tuple(
        ChargeLine(
            what=row["what"],
            tokens=row["tokens"],
            rate_per_mtok=Decimal(row["rate_per_mtok"]),
            usd=Decimal(row["usd"]),
        )
        for row in charged["lines"]
    )
    fields["bill"] = Bill(usd=Decimal(charged["usd"]), lines=lines, price_id=charged["price_id"])
    fields["tokens"] = Tokens(**fields["tokens"])
    fields["at"] = datetime.fromisoformat(fields["at"])
    return LedgerEntry(**fields)


@dataclass(slots=True, kw_only=True)
class BillingLedger:
    """Every billed attempt, in the order they were billed: in a file of JSON lines, or in memory without a `path`.

    A file that exists is gone on with. One writer at a time; each line is flushed before `append` returns.
    """

    path: Path | None = None
    _entries: list[LedgerEntry] = field(default_factory=list)

    def append(self, entry: LedgerEntry) -> None:
        """Add one billed attempt; raises OSError when the file cannot be written."""
        if self.path is None:
            self._entries.append(entry)
            return
        with self.path.open("a", encoding="utf-8") as file:
            file.write(entry.to_json() + "\n")

    def entries(self) -> list[LedgerEntry]:
        """All entries, oldest first."""
        return list(self._entries) if self.path is None else read_ledger(self.path)

    def total(self) -> Decimal:
        """The dollars of all entries, exact."""
        return total_usd(self.entries())


def total_usd(entries: list[LedgerEntry]) -> Decimal:
    """The dollars of these entries, exact."""
    usd = Decimal(0)
    for entry in entries:
        usd = _EXACT.add(usd, entry.bill.usd)
    return usd


def read_ledger(path: Path) -> list[LedgerEntry]:
    """The entries of a ledger file, oldest first; none where there is no file. A torn last line is left out."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    return [entry_from_json(line) for line in whole.splitlines()]
