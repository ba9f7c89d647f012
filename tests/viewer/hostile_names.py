"""A run whose every name is hostile: folder, models, task, samples, tags, errors, sources, rules. Not a test."""

from __future__ import annotations

import json
from pathlib import Path

from harness.store.run_dir import RunDir
from tests.viewer.mixed_run import write_mixed_run

FOLDER = "<img src=x onerror=alert(1)>'\"\u202e\x1b[2J run"
NAMES = {
    "acme": "<svg onload=alert(1)>",
    "thinker-3.5-ultra-preview": '"><script>alert(1)</script>\u202e\x1b[31m\u200b',
    "south-large": "' onmouseover='alert(1)",
    "simulated-model": "{{ 7 * 7 }}</script><h1 id=outside>out</h1>",
    "imported-model": "<iframe src=javascript:alert(1)></iframe>",
    "a-rather-long-sample-id": "<a href=javascript:alert(1)>x</a>&amp;%2F..\u2066",
    "made up": "<math><maction xlink:href=javascript:alert(1)>x</maction></math>",
    "503 from the provider": "</pre></td></table><img src=http://127.0.0.2:9/x.png>\x1b]0;title\x07",
    "difficulty": "<style>*{display:none}</style>",
    "medium": "<base href=http://127.0.0.2:9/>",
    "last number": "<form action=http://127.0.0.2:9/><button>go</button></form>",
    "sums": "<details open ontoggle=alert(1)>\u202e",
}
"""What each name of the mixed run becomes."""
CONTROL = "\x1b\x07\u202e\u2066\u200b"


def write_hostile_names(folder: Path) -> RunDir:
    """The mixed run under these names, in a folder of such a name."""
    path = folder / FOLDER
    write_mixed_run(path)
    for file in path.iterdir():
        text = file.read_text(encoding="utf-8")
        for name, hostile in NAMES.items():
            text = text.replace(name, json.dumps(hostile)[1:-1])
        file.write_text(text, encoding="utf-8")
    return RunDir.open(path)
