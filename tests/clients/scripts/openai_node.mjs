// openai for Node: chat, streamed and whole, Responses, the model list, a bad key.
import assert from "node:assert";
import OpenAI from "openai";

const url = process.env.MOCK_URL;
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "k", maxRetries: 0 });
const messages = [{ role: "user", content: "What is 3 + 4?" }];
const whole = await client.chat.completions.create({ model: "mock-model", messages });
assert.match(whole.choices[0].message.content, /7/);
let text = "";
for await (const chunk of await client.chat.completions.create({ model: "mock-model", messages, stream: true })) {
  text += chunk.choices[0]?.delta?.content ?? "";
}
assert.match(text, /7/);
const response = await client.responses.create({ model: "mock-model", input: "What is 3 + 4?" });
assert.match(response.output_text, /7/);
const names = [];
for await (const model of client.models.list()) names.push(model.id);
assert.ok(names.includes("mock-model"));
const bad = new OpenAI({ baseURL: `${url}/v1`, apiKey: "wrong-key", maxRetries: 0 });
await assert.rejects(bad.models.list(), { status: 401 });
