"""`python -m tests.versions [--entry WORDS]`: record versions anew; `--check` only says what changed without one."""

from __future__ import annotations

import argparse
import sys

from harness.core.errors import HarnessError
from tests.versions.fingerprints import fingerprints
from tests.versions.record import CHANGELOG, RECORD, read_record, renewed, unversioned, write_record


def main() -> int:
    """Do it; 1 where something changed without a version or may not be recorded."""
    parser = argparse.ArgumentParser(prog="python -m tests.versions", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--entry", metavar="WORDS", help="words of the entry under *Changes numbers*")
    options = parser.parse_args()
    try:
        record, now = read_record() if RECORD.exists() else {}, fingerprints()
    except HarnessError as error:
        print(error, file=sys.stderr)
        return 1
    if options.check:
        problems = unversioned(record, now)
        print(
            "\n".join(problems) or f"versions: {len(now)} graders, dialects, tasks, prompts and price files as recorded"
        )
        return 1 if problems else 0
    found = renewed(record, now, options.entry, CHANGELOG.read_text(encoding="utf-8"))
    if isinstance(found, list):
        print("\n".join(found), file=sys.stderr)
        return 1
    write_record(found)
    print(f"{RECORD.name}: {len(found)} recorded")
    return 0


if __name__ == "__main__":
    sys.exit(main())
