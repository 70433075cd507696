// A lesson on the big screen, and its speaker's window. Every move is a form, so that the page works
// without this; here a move is sent beside the page, which keeps its full screen, and keys move as well:
//
//   space, right, page down   the next step, or its question
//   left, page up             the step before
//   R  from the beginning     F  full screen     B  a dark screen
import { renewParts, say } from "./sandbank.js";

// body[data-moving] says that a move is under way, during which there is no other.
async function move(form) {
  if (document.body.dataset.moving || form.querySelector("button").disabled) return;
  document.body.dataset.moving = "yes";
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "text/html" } });
    if (answer.ok) await renewParts();
    else location.reload();
  } catch { location.reload(); } finally { delete document.body.dataset.moving; }
  newest();
}

const moveBy = (name) => { const form = document.querySelector(`form[data-move="${name}"]`); if (form) move(form); };

document.addEventListener("submit", (event) => {
  if (event.target.dataset.move === undefined) return;
  event.preventDefault();
  move(event.target);
});

// What is new is before the line of the present, or at the end of the drawing.
function newest() {
  const stage = document.querySelector(".show-stage"), now = stage?.querySelector(".r-now");
  if (!stage) return;
  if (now) stage.scrollTop += now.getBoundingClientRect().bottom - stage.getBoundingClientRect().bottom + stage.clientHeight / 4;
  else stage.scrollTop = (stage.querySelector(".seq-body")?.getBoundingClientRect().bottom ?? 0) - stage.getBoundingClientRect().bottom + stage.scrollTop + 24;
}

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => say("Full screen is not possible here"));
}

function dark() {
  const blank = document.getElementById("blank");
  if (!blank) return;
  blank.hidden = !blank.hidden;
  document.getElementById("main").inert = !blank.hidden;
  say(blank.hidden ? "The screen is lit" : "The screen is dark");
}

const keys = {
  " ": () => moveBy("next"), ArrowRight: () => moveBy("next"), PageDown: () => moveBy("next"),
  ArrowLeft: () => moveBy("back"), PageUp: () => moveBy("back"),
  r: () => moveBy("again"), f: fullScreen, b: dark, ".": dark,
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const lit = document.getElementById("blank")?.hidden ?? true;
  const at = event.target;
  if (at.matches?.("input, textarea, select")) return;
  if (lit && event.key === " " && at.matches?.("button, a, summary")) return; // it presses what has the focus
  const act = lit ? keys[event.key.length === 1 ? event.key.toLowerCase() : event.key] : dark;
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-full]")) fullScreen();
  else if (event.target.closest?.("#blank")) dark();
});
const showFull = () => { for (const b of document.querySelectorAll("[data-full]")) b.hidden = !document.fullscreenEnabled; };
new MutationObserver(showFull).observe(document.getElementById("main"), { childList: true });
showFull();

// The place is found again when the drawing has grown, and when the window or a question takes its room.
document.addEventListener("patch", () => requestAnimationFrame(newest));
const stage = document.querySelector(".show-stage");
if (stage) new ResizeObserver(newest).observe(stage);
newest();
