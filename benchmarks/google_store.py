"""A run into gs://, its report from there and its end, against gcp-storage-emulator on loopback, without Google.

    python -m pip install gcsfs gcp-storage-emulator
    python -m benchmarks.google_store

The two packages bring gRPC and Google's clients, which the tests do without: this is run by hand. Raises AssertionError
where the store's report is not the folder's.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from harness.core.errors import EXIT_OK, EXIT_USAGE

RUN = ("run", "core-math", "-m", "sim/fast-sloppy", "--limit", "5", "--quiet")


def main() -> None:
    """Do it, and say what was done."""
    with tempfile.TemporaryDirectory() as folder, emulator() as url:
        place = Path(folder)
        environ = {**os.environ, "STORAGE_EMULATOR_HOST": url, "XDG_CACHE_HOME": f"{folder}/cache"}

        def harness(*words: str, code: int = EXIT_OK) -> subprocess.CompletedProcess[str]:
            command = [sys.executable, "-m", "harness", *words]
            done = subprocess.run(command, cwd=place, env=environ, capture_output=True, text=True, check=False)
            assert done.returncode == code, f"{words}: {done.returncode} {done.stderr}"
            return done

        harness(*RUN, "--name", "r", "--results", "gs://bucket/team")
        here = harness("report", "results/r", "--format", "json").stdout
        assert harness("report", "gs://bucket/team/r", "--format", "json").stdout == here, "the reports differ"
        assert "1 run in" in harness("runs", "list", "--store", "gs://bucket/team").stdout
        assert "deleted" in harness("runs", "prune", "r", "--yes", "--store", "gs://bucket/team").stdout
        assert "0 runs in" in harness("runs", "list", "--store", "gs://bucket/team").stdout
        refused = harness(*RUN, "--name", "s", "--results", "gs://none/team", code=EXIT_USAGE)
        assert "nothing was sent from results/s" in refused.stderr
    print("gs://: a run, its report, the catalogue and prune; a missing bucket stops a run before it sends anything")


@contextlib.contextmanager
def emulator() -> Iterator[str]:
    """The address of an empty bucket `bucket`."""
    try:
        import gcsfs  # noqa: F401 - what the harness needs for gs://
        from gcp_storage_emulator.server import create_server
    except ImportError as error:
        sys.exit(f"{error}: python -m pip install gcsfs gcp-storage-emulator")
    logging.disable(logging.CRITICAL)  # it logs each request that a client gives up
    server = create_server("127.0.0.1", 0, in_memory=True, default_bucket="bucket")
    server.start()
    try:
        yield f"http://127.0.0.1:{server._api._httpd.server_port}"
    finally:
        server.stop()


if __name__ == "__main__":
    main()
