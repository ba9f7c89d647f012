"""The openai package as a peer: N sums, so many at once, in an environment of its own."""

import argparse
import asyncio

from openai import AsyncOpenAI

parser = argparse.ArgumentParser()
parser.add_argument("url")
parser.add_argument("--requests", type=int, default=1000)
parser.add_argument("--at-once", type=int, default=64)
parser.add_argument("--stream", action="store_true")
asked = parser.parse_args()


async def answer(client, number):
    words = f"(id {number}) What is {number} + 7? Reply with the number only."
    messages = [{"role": "user", "content": words}]
    if not asked.stream:
        whole = await client.chat.completions.create(model="mock", messages=messages)
        return whole.choices[0].message.content
    chunks = await client.chat.completions.create(model="mock", messages=messages, stream=True)
    return "".join([(chunk.choices[0].delta.content or "") if chunk.choices else "" async for chunk in chunks])


async def main():
    numbers, answers = iter(range(asked.requests)), []
    async with AsyncOpenAI(base_url=asked.url, api_key="none") as client:

        async def worker():
            for number in numbers:
                text = await answer(client, number)
                answers.append(text)

        await asyncio.gather(*(worker() for _ in range(asked.at_once)))
    assert len(answers) == asked.requests
    assert all(answers)


asyncio.run(main())
