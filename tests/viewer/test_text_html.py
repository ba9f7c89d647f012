"""What a model wrote becomes HTML that can do nothing."""

from __future__ import annotations

from html.parser import HTMLParser

from harness.viewer.text_html import formula_html, raw_html, rendered_html, visible
from tests.cases import all_cases
from tests.viewer.hostile import OUTPUTS

_FLOW = set(
    "p pre span code strong em blockquote ul ol li table thead tbody tr th td h1 h2 h3 h4 h5 h6 hr br".split()  # noqa: SIM905
)
_MATH = set(
    "math mrow mi mn mo mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd "  # noqa: SIM905
    "mpadded mphantom mstyle menclose".split()
)
_QUIET = {"class", "title", "start", "style", "display", "mathvariant", "stretchy", "fence", "separator", "lspace"} | {
    "rspace",
    "accent",
    "linethickness",
    "columnalign",
}


class _Elements(HTMLParser):
    """Collects what would become elements and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= set(attrs)


@all_cases("output", OUTPUTS, ids=lambda text: repr(text[:40]))
def test_hostile_output_has_no_element_or_attribute_of_its_own(output: str) -> None:
    for page in (rendered_html(output), raw_html(output)):
        found = _Elements()
        found.feed(page)
        assert found.tags <= _FLOW | _MATH
        assert {name for name, _ in found.attributes} <= _QUIET
        assert all(name != "style" or (value or "").startswith("text-align:") for name, value in found.attributes)


def test_hidden_characters_are_shown_by_their_code_point() -> None:
    assert visible("a\u202eb\x1b[0m") == "a⟨U+202E⟩b⟨U+001B⟩[0m"


def test_code_is_highlighted_and_formulas_inside_it_are_left_alone() -> None:
    page = rendered_html("```python\nprice = '$x$'\n```\nand $x^2$, `$y$`, $5 and $6")
    assert '<span class="s1">' in page
    assert page.count("<math") == 1
    assert "$5 and $6" in page


def test_fraction_becomes_mathml() -> None:
    assert "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac>" in formula_html(r"\frac{1}{2}")


def test_formula_that_is_not_understood_is_shown_as_written() -> None:
    assert formula_html("\\begin{") == "<code>\\begin{</code>"
