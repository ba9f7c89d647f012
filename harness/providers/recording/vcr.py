"""Recordings to and from the cassettes of vcrpy (https://vcrpy.readthedocs.io), version 1 of its YAML.

A cassette holds neither pieces nor times, repeats or attempts: a response from one comes whole, and requests with the
same body are numbered in their order. Bodies that are no UTF-8 stand there as binary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

import yaml

from harness.core.errors import DataError
from harness.providers.recording.exchange import (
    Exchange,
    kept_headers,
    public_address,
    request_digest,
    without_account,
)


def cassette_of(exchanges: Iterable[Exchange]) -> str:
    """The exchanges as a cassette, in their order; those without a response are left out."""
    interactions = [_interaction(one) for one in exchanges if one.status is not None]
    return yaml.safe_dump({"interactions": interactions, "version": 1}, sort_keys=False, allow_unicode=True)


def _interaction(exchange: Exchange) -> dict[str, object]:
    host = exchange.address.partition("/")[0]
    scheme = "http" if ":" in host or host == "simulated" else "https"
    status = exchange.status or 0
    return {
        "request": {
            "body": _text(exchange.body),
            "headers": {"Content-Type": ["application/json"]},
            "method": "POST",
            "uri": f"{scheme}://{exchange.address}",
        },
        "response": {
            "body": {"string": _text(b"".join(data for _, data in exchange.pieces))},
            "headers": {name: [value] for name, value in exchange.headers.items()},
            "status": {"code": status, "message": _reason(status)},
        },
    }


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _text(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def exchanges_of(cassette: Path, recorded_at: datetime) -> Sequence[Exchange]:
    """The POST requests of a cassette as exchanges recorded at that instant, which decides the prices of a replay.

    Raises DataError for a file that is no cassette of version 1.
    """
    try:
        value = yaml.safe_load(cassette.read_bytes())
        if value["version"] != 1:
            raise ValueError(f"version {value['version']}; version 1 is read")
        rows = [row for row in value["interactions"] if row["request"]["method"] == "POST"]
        seen: Counter[str] = Counter()
        return [_exchange(row, recorded_at, seen) for row in rows]
    except KeyError as error:
        raise DataError(f"{cassette} is not a vcrpy cassette: no {error}") from error
    except (OSError, ValueError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise DataError(f"{cassette} is not a vcrpy cassette: {error}") from error


def _exchange(row: dict[str, dict[str, object]], recorded_at: datetime, seen: Counter[str]) -> Exchange:
    request, response = row["request"], row["response"]
    address, body = public_address(str(request["uri"])), without_account(_bytes(request["body"]))
    digest = request_digest(address, body)
    repeat, seen[digest] = seen[digest], seen[digest] + 1
    content, status, headers = response["body"], response["status"], response["headers"]
    if not isinstance(content, dict) or not isinstance(status, dict) or not isinstance(headers, dict):
        raise ValueError("a response has no body, status or headers")
    data = without_account(_bytes(content["string"]))
    return Exchange(
        recorded_at=recorded_at,
        address=address,
        body=body,
        repeat=repeat,
        attempt=0,
        status=int(status["code"]),
        headers=kept_headers({name: ", ".join(map(str, _listed(values))) for name, values in headers.items()}),
        pieces=((0.0, data),) if data else (),
    )


def _listed(values: object) -> list[object]:
    return values if isinstance(values, list) else [values]


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    return b"" if value is None else str(value).encode()
