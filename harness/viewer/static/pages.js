"use strict";
// What every page does, served or in one file: raw text, differences between answers, sorting of tables, keys.
const follow = (id) => { const link = document.getElementById(id); if (link) { location.href = link.href; } };
const toggle = (name, on) => {
  const is = document.body.classList.toggle(name, on);
  for (const button of document.querySelectorAll(`button[data-toggle=${name}]`)) { button.setAttribute("aria-pressed", String(is)); }
  try { sessionStorage.setItem(name, is ? "1" : ""); } catch { /* no storage for files */ }
};
const remembered = (name) => { try { return sessionStorage.getItem(name) === "1"; } catch { return false; } };
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-toggle]");
  if (button) { toggle(button.dataset.toggle); }
});

// Marked: words of an answer that the first beside it does not have, in order; in the first, those that the second has not.
const MOST_WORDS = 4000;
const wordsOf = (element) => {
  const found = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (walker.nextNode() && found.length <= MOST_WORDS) {
    const node = walker.currentNode;
    if (node.parentElement.closest("math")) { continue; }
    for (const match of node.data.matchAll(/\S+/g)) { found.push({ node, at: match.index, text: match[0] }); }
  }
  return found;
};
const commonWords = (before, after) => {  // the places in both of a longest common subsequence
  const width = after.length + 1, lengths = new Uint16Array((before.length + 1) * width);
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      lengths[row * width + column] = before[row].text === after[column].text
        ? lengths[(row + 1) * width + column + 1] + 1
        : Math.max(lengths[(row + 1) * width + column], lengths[row * width + column + 1]);
    }
  }
  const inBefore = new Set(), inAfter = new Set();
  for (let row = 0, column = 0; row < before.length && column < after.length;) {
    if (before[row].text === after[column].text) { inBefore.add(row++); inAfter.add(column++); }
    else if (lengths[(row + 1) * width + column] >= lengths[row * width + column + 1]) { row++; }
    else { column++; }
  }
  return [inBefore, inAfter];
};
const markAll = (words, common) => {
  for (let place = words.length - 1; place >= 0; place--) {
    if (common.has(place)) { continue; }
    const { node, at, text } = words[place];
    const range = document.createRange();
    range.setStart(node, at); range.setEnd(node, at + text.length);
    range.surroundContents(document.createElement("mark"));
  }
};
const markDifferences = () => {
  const articles = [...document.querySelectorAll(".side article")].filter((one) => !one.hidden);
  for (const kind of ["rendered", "original"]) {
    const texts = articles.map((one) => one.querySelector(`.answer .${kind}`)).filter(Boolean);
    if (texts.length < 2) { continue; }
    const words = texts.map(wordsOf);
    if (words.some((one) => one.length > MOST_WORDS)) { continue; }
    const common = words.slice(1).map((own) => commonWords(words[0], own));
    markAll(words[0], common[0][0]);
    common.forEach(([, inOwn], place) => markAll(words[place + 1], inOwn));
  }
  for (const button of document.querySelectorAll("button[data-toggle=same]")) { button.hidden = articles.length < 2; }
};

// A column's values are in data-value; unknown ones stay last.
const sortTable = (head) => {
  const table = head.closest("table"), body = table.tBodies[0], place = [...head.parentElement.children].indexOf(head);
  const up = head.getAttribute("aria-sort") !== "ascending";
  const value = (row) => { const text = row.cells[place].dataset.value ?? ""; return text === "" ? null : isNaN(text) ? text : Number(text); };
  const order = (one, other) => {
    const [left, right] = [value(one), value(other)];
    if (left === null || right === null) { return (left === null) - (right === null); }
    return (left < right ? -1 : left > right ? 1 : 0) * (up ? 1 : -1);
  };
  body.append(...[...body.rows].sort(order));
  for (const one of head.parentElement.children) { one.removeAttribute("aria-sort"); }
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
};
const makeSortable = () => {
  for (const head of document.querySelectorAll("table.sortable thead th")) {
    if (head.querySelector("button")) { continue; }
    const button = document.createElement("button");
    button.type = "button"; button.className = "sort"; button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sortTable(head));
  }
};

const preparePage = () => {
  toggle("raw", remembered("raw")); toggle("same", remembered("same"));
  markDifferences();
  makeSortable();
};
document.addEventListener("keydown", (event) => {
  const isTyping = ["INPUT", "SELECT", "TEXTAREA"].includes(event.target.tagName) && event.target.type !== "checkbox";
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) { return; }
  if (event.key === "j") { follow("after"); }
  else if (event.key === "k") { follow("before"); }
  else if (event.key === "g") { follow("grid"); }
  else if (event.key === "r") { toggle("raw"); }
  else if (event.key === "d") { toggle("same"); }
  else if (event.key === "/") {
    const field = [...document.querySelectorAll("input[type=search]")].find((one) => one.offsetParent !== null);
    if (field) { event.preventDefault(); field.focus(); }
  }
});
