// A list of what happens, live: payments and events. The stream's event "row" carries
// one row as HTML, made by the same template as the page; its id says which row it
// replaces. A row that is new goes on top, and the list never grows beyond what it was
// served to hold.
import { showButtons } from "./sandbank.js";

const list = document.querySelector("[data-rows]");

function rowFrom(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
}

const markup = (row) => row.innerHTML.replace(/\s+/g, " ").trim();

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
  showButtons();
}

// What moves by itself must be possible to hold still: while paused, rows wait
// by id, so that only the last word on each row is applied. A list with data-hold
// also stands still while somebody is at it, with the pointer, the focus or
// an opened payload, and offers what has come by a button.
function start() {
  const button = document.getElementById("pause");
  const light = document.getElementById("light");
  const offer = document.getElementById("fresh");
  const waiting = new Map();
  let paused = false;
  const busy = () => list.dataset.hold !== undefined && (list.matches(":hover, :focus-within") || list.querySelector("details[open]") !== null);
  const release = () => { waiting.forEach(place); waiting.clear(); label(); };
  const stream = new EventSource(list.dataset.rows);
  stream.addEventListener("row", (event) => {
    const row = rowFrom(event.data);
    // A stream begins a little before the page ends, and says some twice. An event never changes.
    const here = row && document.getElementById(row.id);
    if (!row || here && (list.dataset.hold !== undefined || !waiting.has(row.id) && markup(here) === markup(row))) return;
    if (paused || waiting.size || busy()) { waiting.delete(row.id); waiting.set(row.id, row); label(); } else place(row);
  });
  const label = () => {
    button.textContent = paused ? `Resume (${waiting.size} waiting)` : "Pause";
    light.dataset.light = paused ? "paused" : stream.readyState === EventSource.OPEN ? "on" : "off";
    light.textContent = { paused: "Paused", on: "Live", off: "Connecting" }[light.dataset.light];
    if (!offer) return;
    offer.hidden = paused || waiting.size === 0;
    offer.textContent = `${waiting.size} new`;
  };
  stream.addEventListener("open", label);
  stream.addEventListener("error", label);
  button.hidden = false;
  button.addEventListener("click", () => {
    paused = !paused;
    if (!paused) release();
    label();
  });
  offer?.addEventListener("click", () => { release(); list.querySelector("a, summary")?.focus({ preventScroll: true }); });
  for (const kind of ["pointerleave", "focusout", "toggle"]) {
    // Whoever goes from one row to the next has not left: look once the focus has arrived.
    list.addEventListener(kind, () => setTimeout(() => { if (!paused && waiting.size && !busy()) release(); }), true);
  }
  label();
}

if (list?.dataset.rows) start();
