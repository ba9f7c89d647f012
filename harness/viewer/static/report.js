// The pages of one file: which of them is shown follows from the address behind #, as the viewer's from its path.
const DATA = JSON.parse(document.getElementById("data").textContent);
const PAGE = 50;
// Base 85 and deflate; see packed_texts.py.
const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%:()*+-;,=.?@^_`{|}~";
const VALUES = new Uint8Array(128);
[...SIGNS].forEach((sign, value) => { VALUES[sign.charCodeAt(0)] = value; });
const bytesOf = (text) => {
  const missing = (5 - text.length % 5) % 5, whole = text + "~".repeat(missing);
  const bytes = new Uint8Array(whole.length / 5 * 4), view = new DataView(bytes.buffer);
  for (let place = 0; place < whole.length; place += 5) {
    let value = 0;
    for (let next = 0; next < 5; next++) { value = value * 85 + VALUES[whole.charCodeAt(place + next)]; }
    view.setUint32(place / 5 * 4, value);
  }
  return bytes.subarray(0, bytes.length - missing);
};
const unpack = (text) => new Response(new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate-raw")));
const inflate = (text) => unpack(text).text();
const SHORT_CODES = 96, FIRST_LONG = 0x80 + SHORT_CODES;
const decode = (bytes, words) => {
  const parts = [], utf8 = new TextDecoder();
  for (let place = 0; place < bytes.length; place++) {
    const sign = bytes[place];
    if (sign === 2) { const end = bytes.indexOf(3, place); parts.push(utf8.decode(bytes.subarray(place + 1, end))); place = end; }
    else if (sign >= FIRST_LONG) { parts.push(words[SHORT_CODES + 256 * (sign - FIRST_LONG) + bytes[++place]]); }
    else { parts.push(sign >= 0x80 ? words[sign - 0x80] : String.fromCharCode(sign)); }
  }
  return parts.join("");
};
const once = (make) => { let made; return () => (made ??= make()); };
for (const run of DATA.runs) {
  run.jobs = once(async () => rowsOf(run, JSON.parse(await inflate(run.columns))));
  run.page = run.pages.map((text) => once(async () => JSON.parse(await inflate(text))));
  run.word = once(async () => JSON.parse(await inflate(run.words)));
  run.text = run.texts.map((text) => once(async () =>
    decode(new Uint8Array(await unpack(text).arrayBuffer()), await run.word()).split("\0")));
}
// Jobs by sample: columns hold a number for each name.
const rowsOf = (run, columns) => {
  const samples = columns.samples.map(([task, id, prompt], place) => ({ task: columns.tasks[task], id, prompt, place, jobs: [] }));
  columns.sample.forEach((place, row) => samples[place].jobs.push({
    model: columns.models[columns.model[row]], repeat: columns.repeat[row], state: columns.states[columns.state[row]],
    usd: columns.usd[row], latency: columns.latency_s[row], tokens: columns.output_tokens[row], answer: columns.answer[row],
  }));
  return samples;
};
const element = (name, text, attributes = {}) => {
  const made = document.createElement(name);
  if (text !== "") { made.textContent = text; }
  for (const [key, value] of Object.entries(attributes)) { made.setAttribute(key, value); }
  return made;
};
const escaped = encodeURIComponent;
const route = () => {
  const [path, query = ""] = location.hash.slice(1).split("?", 2);
  return { path: path.split("/").slice(1).map(decodeURIComponent), query: new URLSearchParams(query) };
};
const most = (jobs, name) => Math.max(...jobs.map((job) => job[name] ?? -1));
const SORTS = {
  order: (one) => one.place, cost: (one) => -most(one.hits, "usd"), length: (one) => -most(one.hits, "tokens"),
  latency: (one) => -most(one.hits, "latency"), wrong: (one) => -one.hits.filter((job) => job.state !== "correct").length,
};
const textsOf = async (run, sample) => {
  const found = run.where[`${sample.task}/${sample.id}`];
  return found === undefined ? null : (await run.page[found[0]]())[found[1]];
};
const TEXTS_IN_BLOCK = 100;
const fillTexts = async (run, page) => {
  for (const place of page.querySelectorAll("[data-text]")) {
    const number = Number(place.dataset.text);
    place.textContent = (await run.text[Math.floor(number / TEXTS_IN_BLOCK)]())[number % TEXTS_IN_BLOCK];
  }
};
const matchesText = async (run, sample, words) => {
  const html = await textsOf(run, sample);
  if (html === null) { return () => false; }
  const page = new DOMParser().parseFromString(html, "text/html");
  await fillTexts(run, page);
  const prompt = [...page.querySelectorAll("section .original")].map((one) => one.textContent).join("\n").toLowerCase();
  const answers = new Map([...page.querySelectorAll("article")].map((one) => [one.dataset.id,
    [...one.querySelectorAll(".answer .original, dd")].map((part) => part.textContent).join("\n").toLowerCase()]));
  return (job) => prompt.includes(words) || (answers.get(`${job.model}#${job.repeat}`) ?? "").includes(words);
};
const narrowed = async (run, query) => {
  const given = (name) => query.get(name) ?? "";
  const words = given("search").trim().toLowerCase();
  const found = [];
  for (const sample of await run.jobs()) {
    let hits = sample.jobs.filter((job) => (!given("model") || job.model === given("model")) &&
      (!given("state") || job.state === given("state")) && (!given("task") || sample.task === given("task")) &&
      (!given("min_usd") || job.usd >= Number(given("min_usd"))) && (!given("min_tokens") || job.tokens >= Number(given("min_tokens"))));
    if (hits.length && words.length >= 3) { hits = hits.filter(await matchesText(run, sample, words)); }
    if (hits.length && !(given("disagree") && new Set(hits.map((job) => job.state)).size < 2)) { found.push({ ...sample, hits }); }
  }
  const key = SORTS[given("sort")] ?? SORTS.order;
  return found.sort((one, other) => key(one) - key(other) || one.place - other.place);
};
const sampleLink = (run, sample, query, shown) => {
  const kept = new URLSearchParams([...query].filter(([name]) => name !== "show" && name !== "page"));
  for (const one of shown) { kept.append("show", one); }
  return `#/run/${escaped(run.name)}/sample/${escaped(sample.task)}/${escaped(sample.id)}?${kept}`;
};
const cellOf = (run, sample, label, query) => {
  const cell = element("td", "");
  for (const job of sample.jobs.filter((one) => one.model === label)) {
    const words = DATA.words[job.state];
    const usd = job.usd === null ? "?" : `$${Number(job.usd.toPrecision(2))}`;
    const link = element("a", "", { class: `state ${job.state}`, title: `${words}: ${job.answer ?? ""} · ${usd}`,
      href: sampleLink(run, sample, query, [`${label}#${job.repeat}`]) });
    link.append(element("span", DATA.symbols[job.state], { "aria-hidden": "true" }), element("span", words, { class: "hidden" }));
    cell.append(link);
  }
  if (!cell.hasChildNodes()) { cell.textContent = "-"; }
  return cell;
};
const showGrid = async (run, query) => {
  const page = document.getElementById(`/run/${run.name}/samples`);
  const form = page.querySelector("form");
  for (const field of form.elements) {
    if (field.type === "checkbox") { field.checked = query.get(field.name) === field.value; }
    else if (field.name) { field.value = query.get(field.name) ?? (field.name === "sort" ? "order" : ""); }
  }
  form.onsubmit = (event) => {
    event.preventDefault();
    const kept = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
    location.hash = `/run/${escaped(run.name)}/samples?${kept}`;
  };
  const found = await narrowed(run, query);
  const labels = run.models.filter((label) => !query.get("model") || label === query.get("model"));
  const heads = [...page.querySelectorAll("thead th[data-model]")];
  for (const head of heads) { head.hidden = !labels.includes(head.dataset.model); }
  const start = PAGE * (Math.max(1, Number(query.get("page")) || 1) - 1);
  page.querySelector("tbody").replaceChildren(...found.slice(start, start + PAGE).map((sample) => {
    const row = element("tr", ""), name = element("td", "");
    name.append(element("a", sample.id, { href: sampleLink(run, sample, query, []) }));
    row.append(name, element("td", sample.prompt, { class: "prompt" }), ...labels.map((label) => cellOf(run, sample, label, query)));
    return row;
  }));
  page.querySelector(".total").textContent = DATA.count.replace("{}", found.length);
  const pager = page.querySelector(".pager");
  const turn = (words, number) => {
    const kept = new URLSearchParams(query); kept.set("page", number);
    return element("a", words, { href: `#/run/${escaped(run.name)}/samples?${kept}` });
  };
  const number = start / PAGE + 1;
  pager.replaceChildren(...(number > 1 ? [turn(DATA.previous, number - 1)] : []), ...(start + PAGE < found.length ? [turn(DATA.next, number + 1)] : []));
  return page;
};
const showSample = async (run, task, id, query) => {
  const page = document.getElementById("sample");
  const all = await narrowed(run, query), place = all.findIndex((one) => one.task === task && one.id === id);
  const sample = (await run.jobs()).find((one) => one.task === task && one.id === id);
  const html = sample ? await textsOf(run, sample) : null;
  if (html === null) {
    page.replaceChildren(element("p", sample ? DATA.without : DATA.unknown));
    return page;
  }
  page.innerHTML = html;  // rendered by our templates, every text of a model escaped in them; the policy forbids inline scripts
  await fillTexts(run, page);
  const boxes = [...page.querySelectorAll("input[name=show]")];
  const asked = query.getAll("show").filter((one) => boxes.some((box) => box.value === one));
  const shown = asked.length ? asked : boxes.slice(0, 1).map((box) => box.value);
  for (const box of boxes) { box.checked = shown.includes(box.value); }
  for (const article of page.querySelectorAll("article")) { article.hidden = !shown.includes(article.dataset.id); }
  page.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    location.hash = sampleLink(run, sample, query, boxes.filter((box) => box.checked).map((box) => box.value));
  };
  const pager = page.querySelector(".pager");
  if (place >= 0 && place + 1 < all.length) { pager.prepend(element("a", DATA.next, { id: "after", href: sampleLink(run, all[place + 1], query, asked) })); }
  if (place > 0) { pager.prepend(element("a", DATA.previous, { id: "before", href: sampleLink(run, all[place - 1], query, asked) })); }
  pager.prepend(element("a", DATA.samples, { id: "grid", href: `#/run/${escaped(run.name)}/samples?${new URLSearchParams([...query].filter(([name]) => name !== "show"))}` }));
  return page;
};
const show = async () => {
  const { path, query } = route();
  const run = path[0] === "run" ? DATA.runs.find((one) => one.name === path[1]) : undefined;
  let page = document.getElementById(run ? `/run/${run.name}` : "/") ?? document.querySelector(".page");
  if (run && path[2] === "samples") { page = await showGrid(run, query); }
  if (run && path[2] === "sample") { page = await showSample(run, path[3], path[4], query); }
  for (const one of document.querySelectorAll(".page")) { one.hidden = one !== page; }
  preparePage();
  document.body.dataset.shown = location.hash;
  scrollTo(0, 0);
};
addEventListener("hashchange", show);
show();
