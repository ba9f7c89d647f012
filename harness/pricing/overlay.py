"""Price rows taken from other lists, kept as ordinary price files in the user's folder.

The overlay lies between the user's own price files and the shipped book: `harness prices update` writes it, every
command that makes a bill reads it, and a shipped row that was read later replaces it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import yaml

from harness.core.prices import Price, Rates, Tier

HEAD = "# Written by `harness prices update` from price lists that others maintain. Delete the file to do without.\n"


def overlay_folder(environ: Mapping[str, str]) -> Path | None:
    """The user's overlay: HARNESS_PRICES_DIR, else below XDG_CONFIG_HOME or ~/.config; None without a home."""
    if named := environ.get("HARNESS_PRICES_DIR"):
        return Path(named)
    base = environ.get("XDG_CONFIG_HOME") or (f"{home}/.config" if (home := environ.get("HOME")) else None)
    return None if base is None else Path(base) / "price-performance-harness" / "prices"


def overlay_files(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """The price files of the overlay, sorted; none where nothing was ever written."""
    folder = overlay_folder(environ)
    return () if folder is None or not folder.is_dir() else tuple(sorted(folder.glob("*.yaml")))


def write_overlay(folder: Path, rows: Iterable[Price]) -> list[Path]:
    """One file per provider with these rows; a row replaces one of the same model and day. Returns the files."""
    by_provider: dict[str, list[Price]] = {}
    for row in rows:
        by_provider.setdefault(row.provider, []).append(row)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for provider, found in sorted(by_provider.items()):
        path = folder / f"{provider}.yaml"
        path.write_text(HEAD + price_file_text(provider, found), encoding="utf-8")
        written.append(path)
    return written


def price_file_text(provider: str, rows: Sequence[Price]) -> str:
    """A price file that pricing.read_prices reads back as these rows."""
    ordered = sorted(rows, key=lambda row: (row.model, row.effective_from))
    content = {"provider": provider, "prices": [_row(row) for row in ordered]}
    return yaml.dump(content, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)


def _row(row: Price) -> dict[str, object]:
    fields: dict[str, object] = {
        "model": row.model,
        "effective_from": f"{row.effective_from:%Y-%m-%dT%H:%MZ}",
        "rates": _rates(row.rates),
    }
    if row.effective_to is not None:
        fields["effective_to"] = f"{row.effective_to:%Y-%m-%dT%H:%MZ}"
    if row.tiers:
        fields["tiers"] = [_tier(tier) for tier in row.tiers]
    if row.service_tiers:
        fields["service_tiers"] = {name: _rates(rates) for name, rates in row.service_tiers.items()}
    if row.fee_share:
        fields["fee_share"] = _number(row.fee_share)
    if row.explicit_caching_only:
        fields["explicit_caching_only"] = "true"
    if row.retired_on is not None:
        fields["retired_on"] = row.retired_on.isoformat()
    fields |= {"sources": list(row.sources), "read_on": row.read_on.isoformat(), "confidence": row.confidence}
    return fields | {name: text for name, text in (("basis", row.basis), ("notes", row.notes)) if text}


def _tier(tier: Tier) -> dict[str, object]:
    fields: dict[str, object] = {"above_prompt_tokens": str(tier.above_prompt_tokens), "rates": _rates(tier.rates)}
    if tier.service_tiers:
        fields["service_tiers"] = {name: _rates(rates) for name, rates in tier.service_tiers.items()}
    return fields


def _rates(rates: Rates) -> dict[str, object]:
    return {name: _number(value) for name in Rates.__slots__ if (value := getattr(rates, name)) is not None}


def _number(value: Decimal) -> str:
    return format(value, "f")
