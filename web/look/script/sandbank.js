// What every page may use. Each page works without it; it only adds comfort.
// Nothing is inline, so behavior is tied to data attributes:
//
//   form[data-once]        a second submit is swallowed, the button says so
//   [data-focus]           takes the focus when the page opens
//   button[data-copy]      copies its value, or the <pre> beside it (hidden without script)
//   button[data-fill]      fills the form with a test number
//   time[data-local]       shows the reader's own time zone
//   [data-live]            listens to a stream; see live()
//   [data-follow]          keeps the parts of the head, [data-head], as they are now
//   [data-check]           asks the stream once when the reader comes back
//   [data-countdown]       counts down, and loads the page anew at the end
//   a[data-line]           leads to a line and a column of the text that it links to
//
// Each script is a module: what one takes from another, it names.

export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// One listener for all forms, also for those that arrive later. The page may
// come back from the browser's memory (back button): then a form that was sent
// once must be usable again.
function guardForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.once === undefined) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (!button) return;
    button.setAttribute("aria-disabled", "true");
    if (button.dataset.busy) { button.dataset.idle = button.textContent; button.textContent = button.dataset.busy; }
  });
  addEventListener("pageshow", (event) => { if (event.persisted) $$("form[data-once]").forEach(rearm); });
}

function rearm(form) {
  delete form.dataset.sent;
  for (const button of $$("button[aria-disabled]", form)) {
    button.removeAttribute("aria-disabled");
    if (button.dataset.idle) button.textContent = button.dataset.idle;
  }
}

export function say(text) {
  const voice = document.getElementById("voice");
  if (voice) voice.textContent = text;
}

async function copy(button) {
  // A payload is copied from where it stands; to have it twice in the page would double that.
  const text = button.dataset.copy || button.parentElement.querySelector("pre")?.textContent || "";
  await navigator.clipboard.writeText(text);
  button.classList.add("done");
  say("Copied " + text);
  setTimeout(() => button.classList.remove("done"), 1500);
}

// data-fill is "field=value&field=value"; a radio is chosen by its value.
function fill(button) {
  for (const [name, value] of new URLSearchParams(button.dataset.fill)) {
    for (const field of document.getElementsByName(name)) {
      if (field.type === "radio") field.checked = field.value === value;
      else if (field.type !== "hidden") field.value = value;
    }
  }
  say("Filled in. Continue when you are ready.");
  document.querySelector("form[data-once] button[type=submit]")?.focus();
}

// Copying needs a secure context; on a plain address other than localhost the
// buttons stay hidden, and the text can still be selected.
export function showButtons() {
  for (const button of $$("button[data-copy]")) button.hidden = !navigator.clipboard;
  for (const button of $$("button[data-fill], button[data-png]")) button.hidden = false;
}

function enableButtons() {
  showButtons();
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.copy !== undefined) copy(button).catch(() => say("Copying is not allowed here"));
    if (button?.dataset.fill !== undefined) fill(button);
  });
}

// A place in a text: the caret goes there.
function leadToLines() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-line]");
    const field = link && document.querySelector(link.getAttribute("href"));
    if (!field?.setSelectionRange) return;
    event.preventDefault();
    const lines = field.value.split("\n");
    const line = Number(link.dataset.line) - 1;
    const at = lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0) + Number(link.dataset.column) - 1;
    field.focus();
    field.setSelectionRange(at, at);
    field.scrollTop = Math.max(0, (line - 3) * field.scrollHeight / Math.max(1, lines.length));
  });
}

// The reader's own time says whose it is, since other times here are in UTC. A time with a title was turned before.
export function localTimes() {
  const times = $$("time[data-local]");
  if (!times.length) return; // a formatter takes long to be made
  const full = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short" });
  const hour = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit", timeZoneName: "short" });
  for (const time of times) {
    const at = new Date(time.dateTime);
    if (!time.title && !Number.isNaN(at.getTime())) { time.title = time.textContent; time.textContent = (time.dataset.local === "hour" ? hour : full).format(at); }
  }
}

// Card numbers are read in groups of four; grouping waits until the field is
// left, so that the caret never jumps.
function groupNumbers() {
  const number = document.querySelector("input[name=number]");
  number?.addEventListener("change", () => {
    number.value = number.value.replace(/\s+/g, "").replace(/(\d{4})(?=\d)/g, "$1 ");
  });
}

// [data-live=URL data-state=S]: the stream's event "status" carries the state
// that the page should show now. Only a state other than the page's own renews
// it, so a stream that repeats itself cannot make a loop of reloads.
// data-renew="parts" replaces the elements marked data-part and keeps what the
// reader has opened or typed; else the page is loaded anew. data-home is the page's
// address where it is not the one in the bar, as after a refused form.
function live() {
  const root = document.querySelector("[data-live]");
  if (!root?.dataset.live || root.dataset.renew === "sent") return; // extend.js follows that one
  const stream = new EventSource(root.dataset.live);
  const renew = root.dataset.renew === "parts" ? renewParts : () => location.reload();
  stream.addEventListener("status", (event) => {
    if (event.data === root.dataset.state) return;
    root.dataset.state = event.data;
    renew();
  });
  stream.addEventListener("error", () => {
    // Closed for good means that the server refused: ask by loading instead.
    if (stream.readyState === EventSource.CLOSED) setInterval(renew, 5000);
  });
}

// [data-check=URL data-state=S data-home=URL]: a form must not outlive its payment. When the
// reader comes back to it, by the back button or from another tab, the first word
// of the stream decides whether it is still the page to show; home is where the
// right one is.
function recheck() {
  const root = document.querySelector("[data-check]");
  if (!root?.dataset.check) return;
  const check = () => {
    const stream = new EventSource(root.dataset.check);
    stream.addEventListener("status", (event) => {
      stream.close();
      if (event.data !== root.dataset.state) location.replace(root.dataset.home);
    }, { once: true });
    stream.addEventListener("error", () => stream.close());
  };
  addEventListener("pageshow", (event) => { if (event.persisted) check(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) check(); });
}

// [data-countdown=SECONDS]: what is left counts down by itself, by this device's
// clock from the moment the page was loaded, and is said aloud when a minute is
// left. When the time is up, the page that says so is loaded.
function countdown() {
  const shown = document.querySelector("[data-countdown]");
  if (!shown) return;
  const until = Date.now() + 1000 * Number(shown.dataset.countdown);
  const home = shown.closest("[data-home]")?.dataset.home || location.pathname;
  let told = false;
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (left <= 0) { location.replace(home); return; }
    shown.textContent = `in ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}, `;
    if (left <= 60 && !told) { told = true; say("This page expires in " + (left === 60 ? "one minute" : left + " seconds")); }
    setTimeout(tick, until - 1000 * (left - 1) - Date.now());
  };
  tick();
}

// The parts as they were served: what is shown was touched up since. A page that is sent its changes needs none.
const served = new Map($$('[data-renew="parts"] [data-part]').map((part) => [part.dataset.part, part.outerHTML]));

// What somebody is typing outlives the part that it stands in.
export function typed() {
  const fields = $$("[data-part] :is(input:not([type=hidden]), textarea)").filter((f) => f.id && f.value !== f.defaultValue);
  const chosen = $$("[data-part] select[id]").filter((f) => !f.options[f.selectedIndex]?.defaultSelected);
  const values = [...fields, ...chosen].map((f) => [f.id, f.value]);
  const at = document.activeElement;
  const focus = at?.id && at.closest("[data-part]") ? { id: at.id, from: at.selectionStart, to: at.selectionEnd } : null;
  return () => {
    for (const [id, value] of values) { const f = document.getElementById(id); if (f) f.value = value; }
    const f = focus && document.getElementById(focus.id);
    if (!f) return;
    f.focus({ preventScroll: true });
    if (focus.from !== undefined && focus.from !== null) f.setSelectionRange(focus.from, focus.to);
  };
}

// One renewal at a time: of two that overlap, the answer to the earlier could come last, and stay. Who asks during one
// gets the next, which all share that ask meanwhile.
let renewal = null, nextRenewal = null;
export function renewParts() {
  if (!renewal) {
    document.body.dataset.renewing = "yes";
    return renewal = takeParts().finally(() => { renewal = null; if (!nextRenewal) delete document.body.dataset.renewing; });
  }
  return nextRenewal ??= renewal.catch(() => {}).then(() => { nextRenewal = null; return renewParts(); });
}

async function takeParts() {
  const answer = await fetch(document.querySelector("[data-live]").dataset.home || location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const parts = $$("[data-part]");
  // A page that has none of them is another one, as after the end of a class.
  if (!parts.some((part) => fresh.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`))) { location.reload(); return; }
  const open = new Set($$("details[open][id]").map((d) => d.id));
  const restore = typed();
  for (const part of parts) {
    const next = fresh.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`);
    if (!next || served.get(part.dataset.part) === next.outerHTML) continue; // what stays is not pulled from under a hand
    served.set(part.dataset.part, next.outerHTML);
    // A part that knows how to take up what is new says so by preventing that it is replaced.
    if (part.dataset.patch !== undefined && !part.dispatchEvent(new CustomEvent("patch", { detail: next, bubbles: true, cancelable: true }))) continue;
    part.replaceWith(document.adoptNode(next));
  }
  for (const id of open) { const d = document.getElementById(id); if (d) d.open = true; }
  restore();
  localTimes();
  showButtons();
  if (document.title !== fresh.title) { document.title = fresh.title; say(fresh.title); }
}

// body[data-follow=URL]: what is held, what fails on purpose and what time it is may change at any moment on a
// page that nobody loads anew. The parts are asked for every few seconds while the page is seen, and not by a stream:
// a browser has only six connections to a host, and pages' own streams need them. Parts that are the same stay.
const followEvery = 3000;
function follow() {
  const url = document.body.dataset.follow;
  if (!url) return;
  let timer;
  const look = async () => {
    clearTimeout(timer);
    if (document.hidden) return;
    let pause = followEvery;
    try {
      const answer = await fetch(url, { headers: { Accept: "text/html" } });
      if (answer.ok) takeHead(await answer.text());
      else pause *= 10; // signed out, or busy
    } catch { pause *= 5; }
    timer = setTimeout(look, pause);
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  timer = setTimeout(look, followEvery);
}

function takeHead(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const next of $$("[data-head]", fresh)) {
    const part = document.querySelector(`[data-head="${CSS.escape(next.dataset.head)}"]`);
    if (!part || part.innerHTML === next.innerHTML) continue;
    const focused = part.contains(document.activeElement) && document.activeElement.getAttribute("href");
    part.innerHTML = next.innerHTML;
    if (focused) part.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
    if (next.dataset.head === "bars") say(part.textContent.trim() || "Nothing is held, and nothing fails on purpose any more");
  }
}

// Control or command and K lead to the search, from anywhere but a field.
function searchKey() {
  const field = document.getElementById("search");
  if (!field) return;
  const hint = document.getElementById("search-key");
  if (hint) { hint.textContent = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘K" : "Ctrl K"; hint.hidden = false; }
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const menu = field.closest("details");
    if (menu) menu.open = true;
    field.focus();
  });
}

guardForms();
searchKey();
enableButtons();
leadToLines();
localTimes();
groupNumbers();
live();
follow();
countdown();
recheck();
document.querySelector("[data-focus]")?.focus();
