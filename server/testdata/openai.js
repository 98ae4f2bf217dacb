// Walks through /v1 with the official client and writes what it got as one JSON object.
const OpenAI = require("openai");

async function main() {
  const client = new OpenAI({ baseURL: process.env.BASE + "/v1", apiKey: process.env.KEY || "none", maxRetries: 0 });
  const out = {};
  out.models = [];
  for await (const m of client.models.list()) out.models.push(m.id);

  const user = [{ role: "user", content: process.env.QUESTION }];
  const whole = await client.chat.completions.create({ model: process.env.ASSISTANT, messages: user });
  out.assistant = whole.choices[0].message.content;
  out.cited = whole.wenyuan.citations.length;

  const stream = await client.chat.completions.create({ model: process.env.ASSISTANT, messages: user, stream: true });
  out.streamed = "";
  for await (const c of stream) out.streamed += c.choices[0]?.delta?.content || "";

  const plain = await client.chat.completions.create({ model: process.env.MODEL, messages: user, temperature: 0 });
  out.plain = plain.choices[0].message.content;
  out.usage = plain.usage;

  const pieces = client.chat.completions.stream({ model: process.env.MODEL, messages: user, temperature: 0, stream_options: { include_usage: true } });
  const final = await pieces.finalChatCompletion();
  out.plainStreamed = final.choices[0].message.content;
  out.streamUsage = final.usage;

  const tools = [{ type: "function", function: { name: "lookup", description: "Look a word up.", parameters: { type: "object", properties: { word: { type: "string" } }, required: ["word"] } } }];
  const call = await client.chat.completions.create({ model: process.env.TOOLS, messages: user, tools });
  out.call = call.choices[0].message.tool_calls?.[0]?.function;
  out.callFinish = call.choices[0].finish_reason;
  const after = [...user, call.choices[0].message, { role: "tool", tool_call_id: call.choices[0].message.tool_calls[0].id, content: "found" }];
  const calls = await client.chat.completions.stream({ model: process.env.TOOLS, messages: after, tools }).finalChatCompletion();
  out.streamedCall = calls.choices[0].message.tool_calls?.[0]?.function;

  const schema = { type: "object", properties: { days: { type: "integer" } }, required: ["days"], additionalProperties: false };
  const json = await client.chat.completions.create({ model: process.env.JSON_MODEL, messages: user, response_format: { type: "json_schema", json_schema: { name: "days", schema, strict: true } } });
  out.json = JSON.parse(json.choices[0].message.content);

  const vectors = await client.embeddings.create({ model: process.env.EMBEDDER, input: ["one", "二"] });
  out.vectors = vectors.data.map((d) => d.embedding.length);

  try {
    await client.chat.completions.create({ model: "nobody", messages: user });
  } catch (e) {
    out.error = { status: e.status, code: e.code, type: e.type };
  }
  console.log(JSON.stringify(out));
}

main().catch((e) => { console.error(e); process.exit(1); });
