// The list of payments, live. The stream's event "payment" carries one row as
// HTML, made by the same template as the page; its id says which row it replaces.
// A row that is new goes on top, and the list never grows beyond what it was
// served to hold.
"use strict";

const list = document.querySelector("[data-rows]");

function rowFrom(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
}

function place(row) {
  row.classList.add("fresh");
  const old = document.getElementById(row.id);
  if (old) {
    const focused = old.contains(document.activeElement);
    old.replaceWith(row);
    if (focused) row.querySelector("a")?.focus();
    return;
  }
  list.prepend(row);
  while (list.children.length > Number(list.dataset.most || 50)) list.lastElementChild.remove();
  document.getElementById("empty")?.remove();
  document.getElementById("list")?.removeAttribute("hidden");
}

// What moves by itself must be possible to hold still: while paused, rows wait
// by id, so that only the last word on each payment is applied.
function start() {
  const button = document.getElementById("pause");
  const light = document.getElementById("light");
  const waiting = new Map();
  let paused = false;
  const stream = new EventSource(list.dataset.rows);
  stream.addEventListener("payment", (event) => {
    const row = rowFrom(event.data);
    if (!row) return;
    if (paused) { waiting.delete(row.id); waiting.set(row.id, row); label(); } else place(row);
  });
  const label = () => {
    button.textContent = paused ? `Resume (${waiting.size} waiting)` : "Pause";
    light.dataset.light = paused ? "paused" : stream.readyState === EventSource.OPEN ? "on" : "off";
    light.textContent = { paused: "Paused", on: "Live", off: "Connecting" }[light.dataset.light];
  };
  stream.addEventListener("open", label);
  stream.addEventListener("error", label);
  button.hidden = false;
  button.addEventListener("click", () => {
    paused = !paused;
    if (!paused) { waiting.forEach(place); waiting.clear(); }
    label();
  });
  label();
}

if (list?.dataset.rows) start();
