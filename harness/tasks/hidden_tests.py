"""The test cases of programming contests as LiveCodeBench publishes them, made into targets of the code grader.

A field of cases is a JSON list of `{"input", "output", "testtype"}`, or that text pickled, compressed with zlib and
written in base64. The pickle is read and never run: only one that holds a text and nothing else is accepted. Of
`functional` cases the input has one JSON value a line, of `stdin` ones it is what the program reads.
The rows and prompts are in tasks/livecodebench.py.
"""

from __future__ import annotations

import base64
import binascii
import json
import pickletools
import zlib
from collections.abc import Mapping, Sequence

MAX_BYTES = 256 << 20
"""A row whose cases are longer than this unpacked is refused."""

FLOAT_TOLERANCE = 1e-5
"""Contest sites accept 10^-5; it holds only where a float is expected."""

PRELUDE = """
import bisect
import collections
import functools
import heapq
import itertools
import math
import random
import re
import string
import sys
from bisect import *
from collections import *
from functools import *
from heapq import *
from itertools import *
from math import ceil, comb, factorial, floor, gcd, inf, isqrt, lcm, log2, sqrt
from typing import *
sys.setrecursionlimit(50_000)
""".strip()
"""Put before every answer: the sites have these imported, and the starter code uses `List` without saying so."""

_HARMLESS = {"PROTO", "FRAME", "STOP", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"}
_TEXTS = {"UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"}


def read_cases(field: str) -> list[Mapping[str, str]]:
    """The cases of a field, plain or packed. Raises ValueError for anything that holds none."""
    text = field if field.lstrip()[:1] == "[" else _unpacked(field)
    cases = json.loads(text)
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise ValueError("test cases are not a list of objects with input, output and testtype")
    for case in cases:
        missing = [name for name in ("input", "output", "testtype") if not isinstance(case.get(name), str)]
        if missing:
            raise ValueError(f"a test case lacks the text {' and '.join(missing)}; found {', '.join(sorted(case))}")
    return cases


def cases_target(cases: Sequence[Mapping[str, str]], function: str | None) -> str:
    """The target as JSON: kind `calls` for functional cases of `function`, kind `stdin` for the others.

    Raises ValueError for no cases, cases of both kinds, or functional ones without the function's name.
    """
    kinds = sorted({case["testtype"] for case in cases})
    match kinds:
        case ["stdin"]:
            runs = [{"stdin": case["input"], "stdout": case["output"]} for case in cases]
            target: dict[str, object] = {"kind": "stdin", "cases": runs}
        case ["functional"]:
            if function is None:
                raise ValueError("functional test cases, but the metadata names no func_name")
            target = {"kind": "calls", "entry_point": f"Solution.{function}", "cases": [_call(case) for case in cases]}
        case _:
            raise ValueError(f"test cases of the kinds {kinds}; accepted: all stdin or all functional, at least one")
    return json.dumps({**target, "prelude": PRELUDE}, sort_keys=True, ensure_ascii=False)


def _call(case: Mapping[str, str]) -> dict[str, object]:
    args = [_tagged(json.loads(line)) for line in case["input"].split("\n") if line.strip()]
    return {"args": args, "expected": _tagged(json.loads(case["output"])), "tolerance": FLOAT_TOLERANCE}


def _tagged(value: object) -> object:
    """JSON in the code grader's notation, where an object needs its tag (docs/sandbox.md)."""
    if isinstance(value, dict):
        return {"#": "dict", "v": [[key, _tagged(item)] for key, item in value.items()]}
    return [_tagged(item) for item in value] if isinstance(value, list) else value


def _unpacked(field: str) -> str:
    try:
        packed = base64.b64decode(field, validate=True)
        unpacker = zlib.decompressobj()
        raw = unpacker.decompress(packed, MAX_BYTES)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise ValueError(f"test cases are neither JSON nor packed: {error}") from None
    if not unpacker.eof:
        raise ValueError(f"test cases longer than {MAX_BYTES} bytes unpacked, or cut off")
    return _text_of_pickle(raw)


def _text_of_pickle(raw: bytes) -> str:
    """The one text a pickle holds. Raises ValueError where it holds or does anything else."""
    texts: list[str] = []
    for opcode, argument, _ in pickletools.genops(raw):
        if opcode.name in _TEXTS:
            texts.append(str(argument))
        elif opcode.name not in _HARMLESS:
            raise ValueError(f"packed test cases hold more than a text (pickle opcode {opcode.name}); not read")
    if len(texts) != 1:
        raise ValueError(f"packed test cases hold {len(texts)} texts instead of one")
    return texts[0]
