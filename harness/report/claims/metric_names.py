"""The numbers of runs a claim may name: those of harness.stats, and three that need all models of a run at once.

Names only.
"""

from __future__ import annotations

from harness.stats.comparisons import COMPARISONS
from harness.stats.metrics import METRICS

PROMPT_TOKENS_RATIO = "prompt_tokens_ratio"
FRONT_CHANCE = "front_chance"
QUADRANT_CHANCE = "quadrant_chance"

AMONG_ALL = frozenset({FRONT_CHANCE, QUADRANT_CHANCE})
PAIRED = frozenset({*COMPARISONS, PROMPT_TOKENS_RATIO})
METRIC_NAMES = frozenset({*METRICS, *PAIRED, *AMONG_ALL})
