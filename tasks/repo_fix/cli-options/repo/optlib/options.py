"""Declared options."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    """An option. `kind` is `flag`, `count` or `value`; `convert` makes a value of the text."""

    name: str
    short: str | None = None
    kind: str = "value"
    convert: object = str
    default: object = None

    @property
    def start(self):
        """Its value when it is not given."""
        return {"flag": False, "count": 0}.get(self.kind, self.default)
