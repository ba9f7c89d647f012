"use strict";
// Keys and the reload of a page whose run has grown; every page works without this script.
const follow = (id) => { const link = document.getElementById(id); if (link) { location.href = link.href; } };
const button = document.getElementById("raw");
const toggleRaw = () => {
  if (!button) { return; }
  const raw = document.body.classList.toggle("raw");
  button.setAttribute("aria-pressed", String(raw));
  sessionStorage.setItem("raw", raw ? "1" : "");
};
if (button) {
  button.addEventListener("click", toggleRaw);
  if (sessionStorage.getItem("raw")) { toggleRaw(); }
}
document.addEventListener("keydown", (event) => {
  const isTyping = ["INPUT", "SELECT", "TEXTAREA"].includes(event.target.tagName) && event.target.type !== "checkbox";
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) { return; }
  if (event.key === "j") { follow("after"); }
  else if (event.key === "k") { follow("before"); }
  else if (event.key === "g") { follow("grid"); }
  else if (event.key === "r") { toggleRaw(); }
  else if (event.key === "/") {
    const field = document.querySelector("input[type=search]");
    if (field) { event.preventDefault(); field.focus(); }
  }
});
const { run, version } = document.body.dataset;
if (run !== undefined) {
  const look = async () => {
    try {
      const answer = await fetch(`/run/${run}/version`);
      if (answer.ok && (await answer.json()).version !== version && !document.hidden) { location.reload(); return; }
    } catch { /* the viewer was stopped */ return; }
    setTimeout(look, 3000);
  };
  setTimeout(look, version ? 3000 : 500);
}
