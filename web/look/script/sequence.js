// The sequence of a payment, live. The page renews its parts; this adds to the drawing what is new
// and leaves the rest as it is, shows a hop's payload beside the drawing, counts deadlines down, and
// keeps a picture of it.
import { showButtons } from "./sandbank.js";

// The parts of a drawing are keyed. What is the same stays the same element, so that nothing is drawn
// again, nothing loses the focus, and a reader's place stays where it was.
function patchDrawing(old, next) {
  const kept = new Map([...old.children].filter((e) => e.dataset.key).map((e) => [e.dataset.key, e]));
  let at = null;
  for (const part of [...next.children]) {
    const key = part.dataset.key;
    let here = key && kept.get(key);
    if (here) {
      kept.delete(key);
      if (here.innerHTML === part.innerHTML) takeAttributes(here, part);
      else { here.replaceWith(part); here = part; }
    } else {
      here = part;
      if (key) part.classList.add("fresh");
    }
    if (at ? at.nextElementSibling !== here : old.firstElementChild !== here) at ? at.after(here) : old.prepend(here);
    at = here;
  }
  kept.forEach((gone) => gone.remove());
  while (at && at.nextElementSibling) at.nextElementSibling.remove();
  takeAttributes(old, next);
}

export function takeAttributes(here, from) {
  for (const { name, value } of [...from.attributes]) if (here.getAttribute(name) !== value) here.setAttribute(name, value);
}

document.addEventListener("patch", (event) => {
  const next = event.detail, part = event.target;
  const head = part.querySelector(".seq-head"), body = part.querySelector(".seq-body");
  const nextHead = next.querySelector(".seq-head"), nextBody = next.querySelector(".seq-body");
  if (!head || !body || !nextHead || !nextBody) return;
  event.preventDefault();
  if (head.outerHTML !== nextHead.outerHTML) head.replaceWith(document.adoptNode(nextHead));
  patchDrawing(body, document.adoptNode(nextBody));
  mark();
});

// A hop of the drawing shows what the list says of it, beside the drawing.
let shown = "";

export function mark() {
  for (const a of document.querySelectorAll("a.seq-hop")) {
    if (shown && a.getAttribute("href") === "#" + shown) a.setAttribute("aria-current", "true");
    else a.removeAttribute("aria-current");
  }
}

function show(id) {
  const card = document.getElementById("one-hop"), step = document.getElementById(id);
  if (!card || !step) return false;
  const copy = step.querySelector(".hop-text").cloneNode(true);
  copy.querySelectorAll(".again").forEach((e) => e.remove());
  copy.querySelectorAll("[id]").forEach((e) => e.removeAttribute("id"));
  card.querySelector("div").replaceChildren(copy);
  card.hidden = false;
  shown = id;
  mark();
  const payload = copy.querySelector("a[data-payload]");
  if (payload) unfold(payload).catch(() => {}); // the link stays
  return true;
}

document.addEventListener("click", (event) => {
  const hop = event.target.closest?.("a.seq-hop");
  if (!hop || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (!show(hop.getAttribute("href").slice(1))) return;
  event.preventDefault();
  const card = document.getElementById("one-hop");
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
});

// What a hop carried is fetched when somebody asks for it, and stands where the link to it was.
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-payload]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  await unfold(link);
});

async function unfold(link) {
  const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) { location.href = link.href; return; }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const payload = page.querySelector(".payload");
  if (!payload) return;
  const focused = link === document.activeElement;
  link.parentElement.replaceWith(document.adoptNode(payload));
  showButtons();
  if (focused) payload.querySelector("pre").focus({ preventScroll: true });
}

// When the side is renewed, the hop that is shown stays.
new MutationObserver(() => { if (shown && document.getElementById("one-hop")?.hidden) show(shown); begin(); })
  .observe(document.querySelector(".stage-in") || document.body, { childList: true });

// Deadlines count by simulated time: from the moment the page was made, at the pace of the simulation.
let clock = null;

export function begin() {
  const side = document.querySelector("[data-now]");
  if (!side || clock?.side === side) return;
  clock = { side, now: Number(side.dataset.now), pace: Number(side.dataset.pace), since: performance.now() };
}

function words(ms) {
  const s = Math.max(0, ms / 1000), two = (a, u, b, v) => (b ? `${a} ${u} ${b} ${v}` : `${a} ${u}`);
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3600) return two(Math.floor(s / 60), "min", Math.floor(s % 60), "s");
  if (s < 172800) return two(Math.floor(s / 3600), "h", Math.floor((s % 3600) / 60), "min");
  return two(Math.floor(s / 86400), "d", Math.floor((s % 86400) / 3600), "h");
}

function tick() {
  if (clock?.pace) {
    const now = clock.now + (performance.now() - clock.since) * clock.pace;
    for (const wait of clock.side.querySelectorAll(".wait[data-until]")) {
      const from = Number(wait.dataset.from), until = Number(wait.dataset.until);
      wait.querySelector("progress").value = Math.min(100, (100 * (now - from)) / (until - from));
      const left = wait.querySelector("[data-left]");
      if (left) left.textContent = `${words(until - now)} of ${words(until - from)} left`;
    }
  }
  setTimeout(tick, 500);
}

// The picture is drawn by the browser from the file, at twice its size, on paper.
async function picture(button) {
  const answer = await fetch(button.dataset.png);
  if (!answer.ok) return;
  const image = new Image();
  image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(await answer.text());
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 2 * image.naturalWidth;
  canvas.height = 2 * image.naturalHeight;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const link = document.createElement("a");
  link.download = button.dataset.name;
  link.href = canvas.toDataURL("image/png");
  link.click();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-png]");
  if (button) picture(button);
});
for (const button of document.querySelectorAll("button[data-png]")) button.hidden = false;

begin();
tick();
