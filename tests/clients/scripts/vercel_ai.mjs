// Vercel's ai with its provider for servers like OpenAI's: generateText and streamText.
import assert from "node:assert";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, streamText } from "ai";

const provider = createOpenAICompatible({ name: "mock", baseURL: `${process.env.MOCK_URL}/generic/v1`, apiKey: "k" });
const model = provider("mock-model");
const whole = await generateText({ model, prompt: "What is 3 + 4?" });
assert.match(whole.text, /7/);
assert.ok(whole.usage.outputTokens > 0);
let text = "";
for await (const piece of streamText({ model, prompt: "What is 3 + 4?" }).textStream) text += piece;
assert.match(text, /7/);
