"""Recorded exchanges served again on loopback: to the client a provider, with the same bytes, pieces and times.

A request is answered by the recorded one with the same address, body, repeat and attempt. One that matches none is
refused with what differs, and kept in `unmatched`, so that a changed prompt shows as that and not as a bad answer.
"""

from __future__ import annotations

import asyncio
import difflib
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from harness.providers.recording.exchange import Exchange, public_address, request_digest, without_account
from harness.providers.recording.recording_backend import ATTEMPT_HEADER, REPEAT_HEADER

SHOWN_DIFFERENCES = 12
LARGEST_BODY_BYTES = 256 * 1024 * 1024


class ReplayServer:
    """Answers from a recording. `is_instant`: at once instead of at the recorded times.

    `unmatched`: how many requests were not recorded, by what differs.
    """

    def __init__(self, exchanges: Iterable[Exchange], *, is_instant: bool) -> None:
        self._by_digest: defaultdict[str, list[Exchange]] = defaultdict(list)
        for exchange in exchanges:
            self._by_digest[exchange.request_digest].append(exchange)
        self._is_instant = is_instant
        self._url = ""
        self.unmatched: Counter[str] = Counter()

    @property
    def exchanges(self) -> list[Exchange]:
        """Everything that can be answered."""
        return [exchange for group in self._by_digest.values() for exchange in group]

    def base_url(self, recorded: str) -> str:
        """Where a client finds the replay of the endpoint with that base URL."""
        return f"{self._url}/{public_address(recorded)}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ReplayServer]:
        """Listen on a free port of 127.0.0.1 until the block ends."""
        app = web.Application(client_max_size=LARGEST_BODY_BYTES)
        app.router.add_post("/{address:.+}", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
            self._url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield self
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        started = asyncio.get_running_loop().time()
        body = without_account(await request.read())
        address = request.path_qs.lstrip("/")
        repeat, attempt = (int(request.headers.get(name, 0)) for name in (REPEAT_HEADER, ATTEMPT_HEADER))
        group = self._by_digest.get(request_digest(address, body), [])
        exchange = next((one for one in group if (one.repeat, one.attempt) == (repeat, attempt)), None)
        if exchange is None:
            return self._refuse(why_unmatched(address, body, repeat, attempt, group or self.exchanges))
        return await self._send(request, exchange, started)

    def _refuse(self, why: str) -> web.Response:
        self.unmatched[why] += 1
        said = f"no recorded exchange matches this request: {why}"
        return web.json_response({"error": {"message": said, "type": "not_recorded", "code": None}}, status=400)

    async def _send(self, request: web.Request, exchange: Exchange, started: float) -> web.StreamResponse:
        if exchange.status is None:
            _drop(request)
            return web.Response()
        response = web.StreamResponse(status=exchange.status, headers=dict(exchange.headers))
        if exchange.pieces:
            await self._wait(started + exchange.pieces[0][0])
        await response.prepare(request)
        for at, data in exchange.pieces:
            await self._wait(started + at)
            await response.write(data)
        if exchange.broke is not None:
            _drop(request)
        return response

    async def _wait(self, until: float) -> None:
        if not self._is_instant:
            await asyncio.sleep(max(0.0, until - asyncio.get_running_loop().time()))


def _drop(request: web.Request) -> None:
    """End the connection without an end of the response: what a client saw whose exchange broke."""
    if request.transport is not None:
        request.transport.abort()


def why_unmatched(address: str, body: bytes, repeat: int, attempt: int, recorded: Sequence[Exchange]) -> str:
    """In what a request differs from the recorded one that is most like it, in a few lines."""
    asked = _lines(body)
    same_address = [one for one in recorded if one.address == address]
    if not same_address:
        known = sorted({one.address for one in recorded})
        return f"nothing was recorded at {address}; recorded: {', '.join(known[:5])}"
    nearest = max(same_address, key=lambda one: difflib.SequenceMatcher(None, _lines(one.body), asked).ratio())
    differences = list(difflib.unified_diff(_lines(nearest.body), asked, n=0, lineterm=""))
    if not differences:
        made = sorted((one.repeat, one.attempt) for one in same_address if one.body == nearest.body)
        return f"repeat {repeat}, attempt {attempt} was not recorded; recorded (repeat, attempt): {made}"
    shown = [line for line in differences[2:] if not line.startswith("@@")]
    more = f"\n  and {len(shown) - SHOWN_DIFFERENCES} more lines" if len(shown) > SHOWN_DIFFERENCES else ""
    return "- recorded, + asked:\n" + "\n".join(f"  {line[:300]}" for line in shown[:SHOWN_DIFFERENCES]) + more


def _lines(body: bytes) -> list[str]:
    """A body as lines of which a small change touches few: indented JSON, long texts line by line."""
    try:
        text = json.dumps(json.loads(body), indent=1, sort_keys=True, ensure_ascii=False)
    except ValueError:
        text = body.decode("utf-8", "replace")
    return text.replace("\\n", "\\n\n").splitlines()
