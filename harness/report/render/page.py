"""HTML from the templates of this package. The only module that imports jinja2."""

from __future__ import annotations

from pathlib import Path

import jinja2

FOLDER = Path(__file__).parent / "templates"


def render(template: str, **values: object) -> str:
    """A page from a template of this folder, with every text escaped and one style for all pages."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    return environment.get_template(template).render(**values)
