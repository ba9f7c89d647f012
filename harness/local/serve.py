"""Runs llama.cpp's own OpenAI-compatible HTTP server in this process until it is told to end.

Started by `harness.local.server` as a program of its own, with the two wheels on its path; nothing else imports it, and
it imports nothing of the harness.
"""

from __future__ import annotations

import argparse
import os
import signal
from types import FrameType

import xllamacpp


def main() -> None:
    """Start the server, print `ready`, then wait for SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--alias", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--slots", type=int, required=True)
    parser.add_argument("--context", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    asked = parser.parse_args()
    params = xllamacpp.CommonParams()
    params.model.path = asked.model
    params.hostnames = ["127.0.0.1"]
    params.port = asked.port
    params.model_alias = {asked.alias}
    params.n_parallel = asked.slots
    params.n_ctx = asked.context
    params.cpuparams.n_threads = asked.threads
    params.cpuparams_batch.n_threads = asked.threads
    server = xllamacpp.Server(params)
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    print("ready", server.listening_address, flush=True)
    while True:
        signal.pause()


def _end(_number: int, _frame: FrameType | None) -> None:
    os._exit(0)  # the server's threads do not end by themselves


if __name__ == "__main__":
    main()
