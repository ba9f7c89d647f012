"""A real browser for tests of pages: what it complains of, what it asks for, and pictures of it. Not a test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

PICTURES = Path(__file__).resolve().parents[2] / "screenshots"
"""Where pictures of pages are kept; CI keeps the folder."""
SLOWEST_MS = 120_000
"""How long one step may take: a busy machine is slow, not wrong."""
LOCAL = ("file:", "data:", "blob:", "about:", "http://127.0.0.1:")


@dataclass
class Watched:
    """A page, and everything it should not have done."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def picture(self, name: str) -> None:
        """Keep what is seen."""
        PICTURES.mkdir(exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png")

    def serious_barriers(self) -> list[str]:
        """What axe-core calls serious or critical."""
        found: list[dict[str, Any]] = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in ("serious", "critical")
        ]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium of this machine; AssertionError where there is none, for what is skipped is not tested."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path is not None, "the tests of pages need chromium: apt-get install chromium"
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


def _dismiss(complaints: list[str], dialog: Dialog) -> None:
    complaints.append(f"dialog: {dialog.message}")
    dialog.dismiss()


@contextmanager
def watched(browser: Browser, **options: Any) -> Iterator[Watched]:
    """A new page whose console errors, dialogs and requests to other hosts are noted."""
    context = browser.new_context(**options)
    found = Watched(context.new_page())
    page, complaints = found.page, found.complaints
    page.set_default_timeout(SLOWEST_MS)
    page.set_default_navigation_timeout(SLOWEST_MS)
    page.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", partial(_dismiss, complaints))
    page.on("request", lambda one: None if one.url.startswith(LOCAL) else complaints.append(f"request: {one.url}"))
    yield found
    context.close()
