"""Makes peers for `python -m benchmarks --peers DIR`: each program with an environment of its own beside it.

    python -m benchmarks.peers DIR [lm-eval] [openai]

Installs from the package index (pip). Nothing of a peer comes into our environment.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import venv
from pathlib import Path

PEERS = {
    "lm-eval": ("lm_eval_run.py", "lm-eval[api]==0.4.13"),
    "openai": ("openai_loop.py", "openai==3.57.0"),
}


def make_peer(folder: Path, name: str) -> Path:
    """The program of that name in the folder, which starts in an environment beside it that has its package."""
    script, package = PEERS[name]
    environment = folder / f"environment-{name}"
    python = environment / "bin" / "python"
    if not python.exists():
        venv.create(environment, with_pip=True)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", package], check=True)
    program = folder / name
    source = (Path(__file__).parent / "peer_programs" / script).read_text()
    program.write_text(f"#!{python}\n{source}")
    program.chmod(0o755)
    return program


def main() -> int:
    """Make them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(PEERS)} (default: all)")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(PEERS):
        parser.error(f"no peer {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}")
    asked.folder.mkdir(parents=True, exist_ok=True)
    for name in asked.names or PEERS:
        print(make_peer(asked.folder.resolve(), name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
