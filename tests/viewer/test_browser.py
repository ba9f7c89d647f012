"""Viewer and one-file report in a real browser: used as a reader uses them; nothing hostile comes through."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from harness.core.types import Verdict
from harness.report.render.language import speaking
from harness.store.run_dir import RunDir
from harness.viewer.report_file import ReportOptions, report_html
from harness.viewer.site import publish
from tests.report.runs import RunWriter, answer, endpoint
from tests.viewer.browser import chromium, watched
from tests.viewer.hostile import OUTPUTS
from tests.viewer.hostile_names import write_hostile_names
from tests.viewer.mixed_run import write_mixed_run

pytestmark = pytest.mark.slow
NAME = "browser-run"
expect.set_options(timeout=60_000)  # a busy machine is slow, not wrong


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of four simulated models by the command line."""
    folder = tmp_path_factory.mktemp("browser")
    words = [
        "run",
        "core-math",
        "core-code",
        "-m",
        "@sim",
        "--limit",
        "12",
        "--repeats",
        "2",
        "--name",
        NAME,
        "--quiet",
    ]
    ran = subprocess.run(
        [sys.executable, "-m", "harness", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert ran.returncode in (0, 3), ran.stderr
    return folder / "results"


@pytest.fixture(scope="module")
def served(results: Path) -> Iterator[str]:
    """The address of a viewer, token included."""
    command = [sys.executable, "-m", "harness", "view", str(results), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()


@pytest.fixture(scope="module")
def file(results: Path) -> str:
    """The address of a report on disk."""
    path = results / "report.html"
    path.write_text(report_html([RunDir.open(results / NAME)], ReportOptions()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(params=["viewer", "report"])
def start(request: pytest.FixtureRequest, served: str, file: str) -> tuple[str, str]:
    """(address that opens it, what stands before the path of a page), of both."""
    if request.param == "report":
        return file, f"{file}#"
    return served, served.partition("/?")[0]


def test_a_run_is_read_filtered_and_compared(browser: Browser, start: tuple[str, str]) -> None:
    address, base = start
    kind = "report" if base.endswith("#") else "viewer"
    with watched(browser, viewport={"width": 1280, "height": 900}) as seen:
        page = seen.page
        page.goto(address)
        page.goto(f"{base}/run/{NAME}")
        expect(page.locator(f"h1:visible:has-text('{NAME}')")).to_have_count(1)
        expect(page.locator("figure#accuracy-cost .chart-wide svg").first).to_be_visible(timeout=120_000)
        expect(page.locator(".chart-narrow svg").first).to_be_hidden()
        seen.picture(f"{kind}-run")
        page.get_by_role("link", name="samples").locator("visible=true").first.click()
        expect(page.locator(".total:visible")).to_have_text("24 samples")
        page.locator("select[name=task]:visible").select_option("core-math")
        page.locator("input[name=disagree]:visible").check()
        page.get_by_role("button", name="show").locator("visible=true").click()
        expect(page.locator(".total:visible")).not_to_have_text("24 samples")
        assert "task=core-math" in page.url
        seen.picture(f"{kind}-grid")
        page.locator("table.grid:visible tbody a").first.click()
        expect(page.locator(".side article:visible")).to_have_count(1)
        page.locator("input[name=show]:visible").nth(2).check()
        page.get_by_role("button", name="side by side").locator("visible=true").click()
        expect(page.locator(".side article:visible")).to_have_count(2)
        expect(page.locator(".side mark").first).to_be_attached()
        seen.picture(f"{kind}-side-by-side")
        assert seen.complaints == []


def press(page: Page, key: str) -> None:
    """Press a key once the page's script is there: a heading is shown before a deferred script has run."""
    page.wait_for_load_state("load")
    page.keyboard.press(key)


def test_keys_move_between_samples_and_show_raw_text(browser: Browser, start: tuple[str, str]) -> None:
    address, base = start
    with watched(browser) as seen:
        page = seen.page
        page.goto(address)
        page.goto(f"{base}/run/{NAME}/samples")
        page.locator("table.grid:visible tbody a").first.click()
        first = page.locator("h1:visible")
        expect(first).not_to_have_text(re.compile("samples", re.IGNORECASE))  # the page of the sample is there
        name = first.inner_text()
        press(page, "j")
        expect(first).not_to_have_text(name)
        press(page, "k")
        expect(first).to_have_text(name)
        press(page, "r")
        expect(page.locator(".answer .original").first).to_be_visible()
        expect(page.locator(".answer .rendered").first).to_be_hidden()
        press(page, "g")
        expect(page.locator(".total:visible")).to_be_visible()
        press(page, "/")
        expect(page.locator("input[type=search]:visible")).to_be_focused()
        page.keyboard.type("boxed")
        page.keyboard.press("Enter")
        expect(page.locator(".total:visible")).to_have_text("12 samples")  # the prompts of core-math ask for a box
        assert seen.complaints == []


def fits(page: Page, width: int) -> None:
    """Wait until the page is no wider than the window: formulas are wide until their fonts and styles are there."""
    page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width, timeout=120_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barrier_in_light_and_dark_wide_and_narrow(browser: Browser, start: tuple[str, str], scheme: str) -> None:
    address, base = start
    kind = "report" if base.endswith("#") else "viewer"
    for width in (1280, 380):
        with watched(browser, viewport={"width": width, "height": 900}, color_scheme=scheme) as seen:
            page = seen.page
            page.goto(address)
            page.goto(f"{base}/run/{NAME}")
            size = "wide" if width > 380 else "narrow"
            expect(page.locator(f"figure .chart-{size} svg").first).to_be_visible(timeout=120_000)
            fits(page, width)
            seen.picture(f"{kind}-{scheme}-{size}")
            assert seen.serious_barriers() == []
            page.goto(f"{base}/run/{NAME}/samples")
            expect(page.locator("table.grid:visible tbody tr").first).to_be_visible()
            assert seen.serious_barriers() == []
            page.locator("table.grid:visible tbody a.state").first.click()
            expect(page.locator(".side article:visible")).to_have_count(1)
            fits(page, width)
            assert seen.serious_barriers() == []
            assert seen.complaints == []


def test_tables_sort_in_place_with_unknown_values_last(browser: Browser, file: str) -> None:
    with watched(browser) as seen:
        page = seen.page
        page.goto(file)
        head = page.locator("table.sortable").first.locator("th", has_text="$ spent")
        cells = page.locator("table.sortable").first.locator("tbody td:nth-child(10)")
        for direction in ("ascending", "descending"):
            head.get_by_role("button").click()
            expect(head).to_have_attribute("aria-sort", direction)
            shown = [text for text in cells.all_inner_texts() if text != "?"]
            assert cells.all_inner_texts()[: len(shown)] == shown
            assert shown == sorted(shown, key=float, reverse=direction == "descending")


def test_pages_are_chinese_where_asked(browser: Browser, results: Path, tmp_path: Path) -> None:
    path = tmp_path / "zh.html"
    with speaking("zh"):
        path.write_text(report_html([RunDir.open(results / NAME)], ReportOptions()), encoding="utf-8")
    with watched(browser, viewport={"width": 1280, "height": 900}) as seen:
        page = seen.page
        page.goto(path.as_uri())
        expect(page.locator("html")).to_have_attribute("lang", "zh")
        expect(page.locator("figure#accuracy-cost .chart-wide svg text", has_text="准确率").first).to_be_visible()
        seen.picture("report-zh")
        page.get_by_role("link", name="样本").locator("visible=true").first.click()
        expect(page.locator(".total:visible")).to_have_text("24 个样本")
        page.locator("table.grid:visible tbody a").first.click()
        expect(page.locator("h3:visible", has_text="账单").first).to_be_visible()
        assert seen.serious_barriers() == []
        assert seen.complaints == []


def test_tables_and_charts_need_no_script(browser: Browser, file: str) -> None:
    with watched(browser, java_script_enabled=False) as seen:
        seen.page.goto(file)
        expect(seen.page.locator("table").first).to_be_visible()
        expect(seen.page.locator("figure#accuracy-cost .chart-wide svg").first).to_be_visible()
        assert seen.complaints == []


CLASHES = """() => [...document.querySelectorAll("figure.chart svg")].flatMap((one) => {
  if (!one.checkVisibility()) { return []; }
  const frame = one.getBoundingClientRect(), name = one.closest("figure").id;
  const texts = [...one.querySelectorAll("text")].filter((each) => each.textContent.trim())
    .map((each) => ({ text: each.textContent, box: each.getBoundingClientRect() }));
  const out = texts.filter(({ box }) => box.left < frame.left - 1 || box.right > frame.right + 1
    || box.top < frame.top - 1 || box.bottom > frame.bottom + 1).map(({ text }) => `${name}: ${text} is cut off`);
  const over = texts.flatMap((a, place) => texts.slice(place + 1).filter((b) =>
    Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left) > 1
    && Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top) > 5)
    .map((b) => `${name}: ${a.text} lies over ${b.text}`));
  return [...out, ...over]; })"""
"""Texts of charts that leave their chart, or lie over another; boxes of lines above one another may touch."""


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_text_of_a_chart_is_cut_off_or_lies_over_another(browser: Browser, tmp_path: Path, lang: str) -> None:
    runs = [write_mixed_run(tmp_path / f"run-with-a-rather-long-name-{n}", days=3 * n, seed=n) for n in range(2)]
    path = tmp_path / "mixed.html"
    with speaking(lang):
        path.write_text(report_html(runs, ReportOptions(has_texts=False)), encoding="utf-8")
    for width in (1280, 380):
        for address in (path.as_uri(), f"{path.as_uri()}#/run/{runs[0].name}"):
            with watched(browser, viewport={"width": width, "height": 900}) as seen:
                seen.page.goto(address)
                expect(seen.page.locator("figure.chart:visible").first).to_be_visible()
                assert seen.page.locator("figure.chart svg text").count() > 20
                assert seen.page.evaluate(CLASHES) == []
                assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
                seen.picture(f"mixed-{lang}-{width}{'-run' if '#' in address else ''}")


CUT_TABLES = "[...document.querySelectorAll('.wide')].filter((one) => one.scrollWidth > one.clientWidth + 1).length"


@pytest.mark.parametrize("width", [380, 794])
def test_no_page_is_wider_than_the_window_or_the_paper(browser: Browser, tmp_path: Path, width: int) -> None:
    run = write_mixed_run(tmp_path / "mixed")
    report, site = tmp_path / "mixed.html", tmp_path / "site"
    report.write_text(report_html([run], ReportOptions()), encoding="utf-8")
    publish([run], site, has_texts=False)
    base = f"{report.as_uri()}#/run/mixed"
    sample = f"{base}/sample/sums/a-rather-long-sample-id-2"
    for address in (base, f"{base}/samples", sample, (site / "index.html").as_uri()):
        with watched(browser, viewport={"width": width, "height": 900}) as seen:
            seen.page.goto(address)
            seen.page.emulate_media(media="print" if width == 794 else "screen")
            expect(seen.page.locator("h1:visible")).to_have_count(1)
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= width, address
            if width == 794:  # paper does not scroll: no table may be cut off
                assert seen.page.evaluate(CUT_TABLES) == 0, address
            assert seen.complaints == []


def hostile_run(path: Path) -> RunDir:
    """One sample for each hostile output, which is the answer, the reasoning and the extracted answer."""
    who = endpoint()
    run = RunWriter(path, endpoints=[who], samples=len(OUTPUTS))
    for place, output in enumerate(OUTPUTS):
        completion = answer(reasoning=output[:200_000])
        object.__setattr__(completion, "text", output)
        run.job(who, place, [completion], Verdict.WRONG, said=output[:2_000])
    run.close()
    return run.run


FOREIGN = """() => [...document.querySelectorAll("main *")].filter((one) =>
  ["SCRIPT", "IFRAME", "OBJECT", "EMBED", "IMG", "LINK", "META", "BASE", "VIDEO", "AUDIO", "STYLE"]
    .includes(one.tagName)
  || [...one.attributes].some((each) => each.name.startsWith("on")
    || /^\\s*javascript:/i.test(each.value) && each.name !== "title")
  || one.id === "outside").map((one) => one.outerHTML.slice(0, 200))"""
OUTSIDE = """() => { const side = document.querySelector(".side"); const box = side.getBoundingClientRect();
  return [...side.querySelectorAll("*")].filter((one) => { const style = getComputedStyle(one);
    return style.position === "fixed" || style.position === "absolute"; }).map((one) => one.outerHTML.slice(0, 200))
    .concat(
    document.documentElement.scrollWidth > innerWidth ? ["the page is wider than the window"] : []); }"""


def test_hostile_outputs_do_nothing_in_either(browser: Browser, tmp_path: Path) -> None:
    assert len(OUTPUTS) >= 60
    run = hostile_run(tmp_path / "hostile")
    report = tmp_path / "report.html"
    report.write_text(report_html([run], ReportOptions(has_reasoning=True)), encoding="utf-8")
    command = [sys.executable, "-m", "harness", "view", str(run.path), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process, watched(browser) as seen:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        page = seen.page
        page.goto(address)
        served = address.partition("/?")[0]
        page.wait_for_function(
            "fetch('/run/hostile/version').then((one) => one.json()).then((one) => one.version)", timeout=240_000
        )
        for base in (served, f"{report.as_uri()}#"):
            page.goto(f"{base}/run/hostile/samples")
            expect(page.locator("table.grid:visible tbody tr").first).to_be_visible()
            assert page.evaluate(FOREIGN) == []
            for place in range(len(OUTPUTS)):
                page.goto(f"{base}/run/hostile/sample/sums/s{place}")
                expect(page.locator("h1:visible")).to_contain_text(re.compile(rf"^s{place} "), timeout=60_000)
                for box in page.locator("details:visible").all():
                    box.evaluate("(one) => { one.open = true; }")
                assert page.evaluate(FOREIGN) == [], OUTPUTS[place][:80]
                assert page.evaluate(OUTSIDE) == [], OUTPUTS[place][:80]
        assert seen.complaints == []
        process.terminate()


def test_hostile_names_do_nothing_in_viewer_report_and_site(browser: Browser, tmp_path: Path) -> None:
    run = write_hostile_names(tmp_path)
    report, site = tmp_path / "report.html", tmp_path / "site"
    report.write_text(report_html([run], ReportOptions()), encoding="utf-8")
    pages = [path.as_uri() for path in publish([run], site, has_texts=True)]
    command = [sys.executable, "-m", "harness", "view", str(run.path), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process, watched(browser) as seen:
        assert process.stdout is not None
        page = seen.page
        page.goto(process.stdout.readline().split()[-1])
        assert page.evaluate(FOREIGN) == []
        page.locator("table a").first.click()
        expect(page.locator("figure.chart svg").first).to_be_attached(timeout=240_000)
        assert page.evaluate(FOREIGN) == []
        viewed = page.url
        sample = page.evaluate("fetch(location.href + '/samples').then((one) => one.text())")
        assert "<script>alert" not in sample
        for start in (viewed, f"{report.as_uri()}#/run/{quote(run.name, safe='')}"):
            page.goto(f"{start}/samples")
            expect(page.locator("table.grid:visible tbody tr").first).to_be_visible()
            assert page.evaluate(FOREIGN) == []
            page.locator("table.grid:visible tbody a.state").first.click()
            expect(page.locator(".side article:visible")).to_have_count(1)
            assert page.evaluate(FOREIGN) == []
            assert page.evaluate(OUTSIDE) == []
        for address in pages:
            page.goto(address)
            expect(page.locator("table:visible").first).to_be_visible()
            assert page.evaluate(FOREIGN) == []
        assert seen.complaints == []
        process.terminate()
