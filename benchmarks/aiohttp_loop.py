"""The least that a client on aiohttp can do: send, decode each chunk, keep the text. What the harness is compared with.

python -m benchmarks.aiohttp_loop URL --requests 1000 --at-once 64 --stream
"""

from __future__ import annotations

import argparse
import asyncio
import json

import aiohttp


async def run(url: str, *, requests: int, at_once: int, is_stream: bool) -> int:
    """Send that many sums; returns how many answers came."""
    numbers = iter(range(requests))
    texts: list[str] = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def worker() -> None:
            for number in numbers:
                text = await _ask(session, url, number, is_stream=is_stream)
                texts.append(text)

        await asyncio.gather(*(worker() for _ in range(min(at_once, requests))))
    return sum(bool(text) for text in texts)


async def _ask(session: aiohttp.ClientSession, url: str, number: int, *, is_stream: bool) -> str:
    body = {"model": "mock", "messages": [{"role": "user", "content": prompt(number)}], "stream": is_stream}
    async with session.post(f"{url}/chat/completions", json=body) as response:
        if not is_stream:
            return str((await response.json())["choices"][0]["message"]["content"])
        parts = []
        async for line in response.content:
            if line.startswith(b"data: {"):
                choices = json.loads(line[6:])["choices"]
                parts.append((choices[0]["delta"].get("content") or "") if choices else "")
        return "".join(parts)


def prompt(number: int) -> str:
    """The question of request `number`; the server's log knows it by its id."""
    return f"(id {number}) What is {number} + 7? Reply with the number only."


def main() -> None:
    """Run the loop; fails where an answer is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("url")
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--stream", action="store_true")
    asked = parser.parse_args()
    came = asyncio.run(run(asked.url, requests=asked.requests, at_once=asked.at_once, is_stream=asked.stream))
    if came != asked.requests:
        raise SystemExit(f"{came} of {asked.requests} answers came")


if __name__ == "__main__":
    main()
