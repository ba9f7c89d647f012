"""One recorded exchange with a provider and its file: the request, and the response piece by piece with its times.

A file is JSON that a person can review; above 64 KB it is compressed. Nothing that belongs to an account is kept: of
headers only those are stored that a client acts on, of an address the resource of an Azure host and all of the query
but the API version are left out, in bodies the ids of organizations, projects and users and every key are masked.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from harness.core.errors import DataError

COMPRESSED_FROM_BYTES = 64 * 1024
LARGEST_FILE_BYTES = 256 * 1024 * 1024
"""A compressed file is read no further: a small one can hold gigabytes of zeros."""
FORMAT = 1
KEPT_HEADERS = re.compile(
    r"content-type|x-should-retry|retry-after(-ms)?|(x|anthropic)-ratelimit-.*|x-harness-simulated"
    r"|llm_provider-x-harness-simulated"
)
"""Response headers that a client acts on; request ids, cookies, organizations and dates are not among them. Nor is the
encoding of the content: pieces are stored decoded."""
_ACCOUNT_IDS = re.compile(r"\b(org-|proj_|user-|acct_)(?=[A-Za-z]*[0-9])[A-Za-z0-9]{16,}")
"""Ids as OpenAI and others write them; shorter words behind these prefixes may be names in a program of an answer."""
_AZURE_HOST = re.compile(r"^[^.]+(?=\.(openai|services\.ai|cognitiveservices)\.azure\.com$|\.azure-api\.net$)")
MASK = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and what came back. `pieces`: (seconds after the request was sent, bytes) in order of arrival.

    `address`: host, path and kept query. `broke`: how the exchange ended where it did not end well; the pieces before
    it are kept. `repeat` and `attempt` tell apart requests with the same body.
    """

    recorded_at: datetime
    address: str
    body: bytes
    repeat: int
    attempt: int
    status: int | None
    headers: Mapping[str, str]
    pieces: tuple[tuple[float, bytes], ...]
    broke: str | None = None

    @property
    def request_digest(self) -> str:
        """What requests with the same address and body share, whatever the order of the body's keys."""
        return request_digest(self.address, self.body)


def request_digest(address: str, body: bytes) -> str:
    """The SHA-256 of an address and a body, whose JSON is brought into one spelling first."""
    return sha256(f"{address}\n{_canonical(body)}".encode()).hexdigest()


def _canonical(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), sort_keys=True, ensure_ascii=False)
    except ValueError:
        return body.decode("utf-8", "replace")


def public_address(url: str) -> str:
    """Host, path and API version of a URL, without what names an account."""
    parts = urlsplit(url)
    host = _AZURE_HOST.sub("resource", parts.netloc.rpartition("@")[2])
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if name == "api-version"])
    return f"{host}{parts.path}" + (f"?{query}" if query else "")


def without_account(data: bytes, keys: Iterable[str] = ()) -> bytes:
    """Bytes of a body with account ids and keys masked; bytes that are no UTF-8 are returned as they are."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data
    for key in keys:
        if len(key) >= 4:
            text = text.replace(key, MASK)
    return _ACCOUNT_IDS.sub(rf"\1{MASK}", text).encode()


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Those headers of a response that are stored, in lower case."""
    return {name.lower(): value for name, value in headers.items() if KEPT_HEADERS.fullmatch(name.lower())}


def write_exchange(folder: Path, exchange: Exchange) -> Path:
    """Write the exchange below `folder`, in a folder of its model, over one of the same request; returns the file."""
    name = f"{exchange.request_digest[:16]}-{exchange.repeat}-{exchange.attempt}.json"
    file = folder / _folder_name(exchange) / name
    file.parent.mkdir(parents=True, exist_ok=True)
    data = exchange_text(exchange).encode()
    other = file.with_name(f"{name}.gz")
    if len(data) > COMPRESSED_FROM_BYTES:
        file, other, data = other, file, gzip.compress(data, mtime=0)
    file.write_bytes(data)
    other.unlink(missing_ok=True)
    return file


def _folder_name(exchange: Exchange) -> str:
    try:
        model = str(json.loads(exchange.body)["model"])
    except (ValueError, KeyError, TypeError):
        model = "requests"
    host = exchange.address.partition("/")[0].partition(":")[0]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", f"{host}-{model}").strip(".-") or "requests"


def exchange_text(exchange: Exchange) -> str:
    """The file of an exchange: indented JSON, one line for each piece of the response."""
    request: dict[str, object] = {
        "address": exchange.address,
        "repeat": exchange.repeat,
        "attempt": exchange.attempt,
        "body": _readable_body(exchange.body),
    }
    response: dict[str, object] = {"status": exchange.status, "headers": dict(exchange.headers)}
    if exchange.broke is not None:
        response["broke"] = exchange.broke
    head = {"format": FORMAT, "recorded_at": exchange.recorded_at.isoformat(), "request": request, "response": response}
    text = json.dumps(head, indent=1, ensure_ascii=False)
    lines = [json.dumps([round(at, 4), _readable(data)], ensure_ascii=False) for at, data in exchange.pieces]
    pieces = "".join(f"\n   {line}," for line in lines).removesuffix(",")
    return text.removesuffix("\n }\n}") + f',\n  "pieces": [{pieces}\n  ]\n }}\n}}\n'


def _readable_body(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return _readable(body)


def _readable(data: bytes) -> object:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def read_exchange(file: Path) -> Exchange:
    """The exchange of a file. Raises DataError, with the file and what is wrong, for one that holds none."""
    try:
        value = json.loads(_content(file))
        request, response = value["request"], value["response"]
        if value["format"] != FORMAT:
            raise ValueError(f"format {value['format']}; this version reads format {FORMAT}")
        body = request["body"]
        return Exchange(
            recorded_at=datetime.fromisoformat(value["recorded_at"]),
            address=str(request["address"]),
            body=_bytes(body) if _is_raw(body) else json.dumps(body, ensure_ascii=False).encode(),
            repeat=int(request["repeat"]),
            attempt=int(request["attempt"]),
            status=None if response["status"] is None else int(response["status"]),
            headers={str(name): str(text) for name, text in response["headers"].items()},
            pieces=tuple((float(at), _bytes(data)) for at, data in response["pieces"]),
            broke=response.get("broke"),
        )
    except KeyError as error:
        raise DataError(f"{file}: no {error} in this recorded exchange") from error
    except (ValueError, TypeError, AttributeError, OSError, EOFError) as error:
        raise DataError(f"{file} is not a recorded exchange: {error}") from error


def _content(file: Path) -> bytes:
    if file.suffix != ".gz":
        return file.read_bytes()
    with gzip.open(file) as packed:
        data = packed.read(LARGEST_FILE_BYTES + 1)
    if len(data) > LARGEST_FILE_BYTES:
        raise ValueError(f"more than {LARGEST_FILE_BYTES // 2**20} MB when unpacked")
    return data


def _is_raw(body: object) -> bool:
    return isinstance(body, str) or (isinstance(body, dict) and set(body) == {"base64"})


def _bytes(value: object) -> bytes:
    if isinstance(value, dict):
        return base64.b64decode(value["base64"], validate=True)
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is neither a text nor base64")
    return value.encode()


def read_recording(folder: Path) -> list[Exchange]:
    """Every exchange below a folder, oldest first. Raises DataError where there is none or one cannot be read."""
    files = sorted(path for pattern in ("*.json", "*.json.gz") for path in folder.rglob(pattern))
    if not files:
        found = "it holds no *.json or *.json.gz" if folder.is_dir() else "there is no such folder"
        raise DataError(f"{folder} is not a recording: {found}; `harness run ... --record {folder}` makes one")
    return sorted((read_exchange(file) for file in files), key=lambda exchange: exchange.recorded_at)
