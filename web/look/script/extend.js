// The page of a payment, extended while it goes on. Its stream's event "parts" carries what is another
// than before: parts that are replaced whole, and of the drawing and of the list of hops the items that
// are new or have changed, each with the key of the item that it stands behind. Nothing else is touched,
// so nothing is drawn again, nothing loses the focus, and a reader's place stays where it was.
import { $$, localTimes, renewParts, say, showButtons, typed } from "./sandbank.js";
import { begin, mark, takeAttributes } from "./sequence.js";

const lists = {
  sequence: { in: ".seq-body", wrap: (markup) => `<svg>${markup}</svg>`, from: (t) => t.firstElementChild.children },
  hops: { in: "#log .hops", wrap: (markup) => markup, from: (t) => t.children },
};

// One item of each piece of markup, in their order.
function items(list, puts) {
  const template = document.createElement("template");
  template.innerHTML = list.wrap(puts.map((p) => p.markup).join(""));
  return [...list.from(template.content)];
}

function editList(name, edit, whole) {
  const list = lists[name], old = document.querySelector(list.in), puts = edit.put ?? [];
  if (!old) return;
  const here = new Map([...old.children].map((e) => [e.dataset.key, e]));
  const keep = new Set(puts.map((p) => p.key));
  for (const key of whole ? [...here.keys()].filter((k) => !keep.has(k)) : edit.gone ?? []) here.get(key)?.remove();
  items(list, puts).forEach((next, i) => {
    const { key, after } = puts[i], was = here.get(key);
    let item = next;
    if (was && was.innerHTML === next.innerHTML) { takeAttributes(was, next); item = was; } // it is the same, and may stand elsewhere
    const focused = item !== was && was?.contains(document.activeElement);
    if (!was) item.classList.add("fresh");
    else if (item !== was) was.remove();
    const before = after && here.get(after);
    if ((before ? before.nextElementSibling : old.firstElementChild) !== item) before ? before.after(item) : old.prepend(item);
    here.set(key, item);
    if (focused) (item.matches("a, [tabindex]") ? item : item.querySelector("a"))?.focus({ preventScroll: true });
  });
}

function replacePart(name, markup) {
  const part = document.querySelector(`[data-part="${CSS.escape(name)}"]`);
  if (!part) return;
  const open = $$("details[open][id]", part).map((d) => d.id);
  part.innerHTML = markup;
  for (const id of open) { const d = document.getElementById(id); if (d) d.open = true; }
}

function extend(root, change) {
  root.dataset.state = change.state;
  const restore = typed();
  for (const [name, markup] of Object.entries(change.parts)) replacePart(name, markup);
  for (const [name, edit] of Object.entries(change.lists)) editList(name, edit, change.whole);
  const body = document.querySelector(".seq-body");
  if (body && change.lists.sequence) {
    body.setAttribute("height", change.high);
    body.setAttribute("viewBox", `0 0 ${body.viewBox.baseVal.width} ${change.high}`);
  }
  restore();
  localTimes();
  showButtons();
  mark();
  begin();
  const title = document.createElement("template");
  title.innerHTML = change.title;
  if (document.title !== title.content.textContent.trim()) { document.title = title.content.textContent.trim(); say(document.title); }
}

function followPayment() {
  const root = document.querySelector('[data-renew="sent"]');
  if (!root?.dataset.live) return;
  const stream = new EventSource(root.dataset.live);
  stream.addEventListener("open", () => { root.dataset.followed = "yes"; });
  stream.addEventListener("parts", (event) => extend(root, JSON.parse(event.data)));
  stream.addEventListener("error", () => {
    // Closed for good means that the server refused: ask by loading instead.
    if (stream.readyState === EventSource.CLOSED) setInterval(renewParts, 5000);
  });
}

followPayment();
