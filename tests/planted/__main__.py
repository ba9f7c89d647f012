"""`python -m tests.planted [NAME ...]`: plant each fault and say what caught it; 1 if one was missed."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.planted.faults import load_faults
from tests.planted.run import repository_copy, try_fault


def main() -> int:
    """Run the faults that are named, or all."""
    faults = load_faults()
    parser = argparse.ArgumentParser(prog="python -m tests.planted", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="faults or areas (default: all)")
    parser.add_argument("--all-tests", action="store_true", help="try the whole fast suite before calling one missed")
    options = parser.parse_args()
    known = {fault.name for fault in faults} | {fault.area for fault in faults}
    if unknown := set(options.names) - known:
        parser.error(f"{', '.join(sorted(unknown))}: no such fault or area; known: {', '.join(sorted(known))}")
    chosen = [fault for fault in faults if not options.names or {fault.name, fault.area} & set(options.names)]
    missed = 0
    with tempfile.TemporaryDirectory() as folder, repository_copy(Path(folder)) as copy:
        for fault in chosen:
            outcome = try_fault(fault, copy, all_tests=options.all_tests)
            missed += not outcome.is_caught
            print(f"{fault.area:13} {fault.name:34} {outcome.caught_by}  ({outcome.seconds:.0f} s)", flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
