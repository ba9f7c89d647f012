"""Keys and other settings from the environment, with a `.env` file in the working folder standing in for what is unset.

Covers reading `.env`, which key variables are missing, and a key's value at the moment of sending. A key's value is in
no message and no representation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from harness.core.errors import ConfigError
from harness.core.types import Endpoint

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)\Z", re.DOTALL)


def load_environ(cwd: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """`environ`, and for variables that are unset or empty there, the values of `cwd/.env`.

    A line is `NAME=value`, with `export` before it or quotes around the value if liked; ` #` begins a comment outside
    quotes. Raises ConfigError, without the value, for any other line.
    """
    path = cwd / ".env"
    if not path.is_file():
        return dict(environ)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()  # some editors write a byte order mark
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {type(error).__name__}; expected lines NAME=value") from None
    from_file = dict(_setting(line, where=f"{path}:{number}") for number, line in enumerate(lines, 1) if _says(line))
    return {**from_file, **{name: value for name, value in environ.items() if value or name not in from_file}}


def api_key(endpoint: Endpoint, environ: Mapping[str, str]) -> str | None:
    """The key to send, or None where the endpoint needs none or the variable is unset or empty.

    Raises ConfigError where the value cannot stand in a header (a space, a line break, a letter outside ASCII).
    """
    if endpoint.api_key_env is None:
        return None
    key = environ.get(endpoint.api_key_env, "").strip()
    if not key:
        return None
    if not re.fullmatch(r"[!-~]+", key):
        raise ConfigError(
            f"the value of {endpoint.api_key_env} (not shown) holds a space, a line break or a letter outside ASCII, "
            f"so it cannot be the key of {endpoint.label}; expected the bare key"
        )
    return key


def missing_keys(endpoints: Iterable[Endpoint], environ: Mapping[str, str]) -> list[tuple[str, tuple[str, ...]]]:
    """Each key variable that is unset or empty, with the labels that need it, in the order of the endpoints."""
    missing: dict[str, list[str]] = {}
    for endpoint in endpoints:
        if endpoint.api_key_env is not None and not environ.get(endpoint.api_key_env, "").strip():
            missing.setdefault(endpoint.api_key_env, []).append(endpoint.label)
    return [(variable, tuple(labels)) for variable, labels in missing.items()]


def collect_keys(endpoints: Sequence[Endpoint], environ: Mapping[str, str]) -> dict[str, str]:
    """The keys by variable name. Raises ConfigError naming every missing variable and the models that need it."""
    missing = missing_keys(endpoints, environ)
    if missing:
        lines = [f"{variable} is not set; needed for {', '.join(labels)}" for variable, labels in missing]
        raise ConfigError("\n".join([*lines, "set it in the environment or in .env; nothing was sent"]))
    keys = {}
    for endpoint in endpoints:
        key = api_key(endpoint, environ)
        if endpoint.api_key_env is not None and key is not None:
            keys[endpoint.api_key_env] = key
    return keys


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _setting(line: str, *, where: str) -> tuple[str, str]:
    found = _LINE.match(line.strip())
    if not found:
        raise ConfigError(f"{where}: expected NAME=value (the line found is not shown, it may hold a key)")
    name, value = found[1], found[2].strip()
    if value[:1] in {'"', "'"}:
        end = value.find(value[0], 1)
        if end < 0:
            raise ConfigError(f"{where}: the quote that opens the value of {name} is not closed")
        return name, value[1:end]
    return name, re.split(r"\s#", value, maxsplit=1)[0].strip()
