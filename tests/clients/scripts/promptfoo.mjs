// promptfoo: an evaluation of two tests that both pass.
import assert from "node:assert";
import { evaluate } from "promptfoo";

const config = { apiBaseUrl: `${process.env.MOCK_URL}/generic/v1`, apiKey: "k" };
const found = await evaluate(
  {
    prompts: ["What is {{a}} + 4?"],
    providers: [{ id: "openai:chat:mock-model", config }],
    tests: [3, 3].map((a) => ({ vars: { a }, assert: [{ type: "contains", value: "7" }] })),
    writeLatestResults: false,
  },
  { cache: false, maxConcurrency: 1 },
);
const summary = typeof found.toEvaluateSummary === "function" ? await found.toEvaluateSummary() : found;
assert.equal(summary.stats.successes, 2, JSON.stringify(summary.stats));
process.exit(0);
