"""A price file of the user."""

from __future__ import annotations

OWN = """\
provider: acme
aliases: {rocket-latest: rocket}
prices:
  - model: rocket
    effective_from: 2025-01-01
    effective_to: 2025-06-01T12:00Z
    rates: {prompt: 2, cached: 0.5, completion: 8}
    sources: [a letter of intent]
    read_on: 2025-01-01
    confidence: high
    basis: the letter's date
  - model: rocket
    effective_from: 2025-06-01T12:00Z
    rates: {prompt: 3, completion: 9.5}
    tiers: [{above_prompt_tokens: 1000, rates: {prompt: 6, completion: 19}}]
    service_tiers: {batch: {prompt: 1.5, completion: 4.75}}
    fee_share: 0.055
    sources: [the second letter]
    read_on: 2025-06-01
    confidence: medium
  - model: owl
    effective_from: 2025-01-01
    rates: {prompt: 3, completion: 9}
    windows: [{start: "22:00", end: "06:00", time_zone: Asia/Shanghai, rates: {prompt: 1, completion: 2}}]
    retired_on: 2025-03-01
    sources: [a note on a door]
    read_on: 2025-01-01
    confidence: low
"""
