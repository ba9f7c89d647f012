"""Room for many connections in the kernel's table of open files."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from harness.providers.transport.http.open_files import MOST_FILES

SIZE_AFTER_A_BACKEND = """
import asyncio
from pathlib import Path
from harness.providers.transport.http_backend import HttpBackend

async def main():
    await HttpBackend().close()

asyncio.run(main())
print(Path("/proc/self/status").read_text().partition("FDSize:")[2].split()[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the size of the table is read from Linux's /proc")
def test_table_of_open_files_does_not_grow_while_connections_are_opened() -> None:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    size = int(subprocess.check_output([sys.executable, "-c", SIZE_AFTER_A_BACKEND]))
    assert size >= min(limit, MOST_FILES)
