"""Price lists in the formats of their makers."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from harness.pricing.price_lists.listed_models import ListedModel
from harness.pricing.price_lists.read import read_list

D = Decimal


def listed(folder: Path, content: object) -> dict[str, ListedModel]:
    path = folder / "list.json"
    path.write_text(json.dumps(content))
    return dict(read_list(path).models)
