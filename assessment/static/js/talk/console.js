// The role-player's console: beats with one key each, minute marks, facts that were told, and a mood for oneself.
import { fill } from "./fill.js";
import { clientId, isRehearsal, line, onHeard, words } from "./talk.js";

const root = document.querySelector("[data-console]");
const all = (selector) => [...root.querySelectorAll(selector)];
const error = root.querySelector("[data-error]");
const back = root.querySelector("[data-back]");
const plays = root.querySelector("[data-form]") !== null; // an observer reads along
const given = new Map(); // beat or fact → minute
let last = "";

onHeard((state) => {
  // The lines on this page are in the language that was expected; the participant has chosen another.
  const { lang } = document.querySelector("[data-talk]");
  if (!isRehearsal && state.language !== lang) location.reload();
  for (const entry of state.entries) {
    if (entry.kind === "undone") given.delete(entry.name);
    else if (entry.kind === "beat" || entry.kind === "fact") given.set(entry.name, entry.minute);
    else continue;
    last = entry.kind === "undone" ? "" : entry.name;
  }
  mark();
});

function mark() {
  const minute = line.minute();
  const isTalking = line.state?.stage === "talking";
  const open = all("[data-beat]").find((beat) => !given.has(beat.dataset.beat));
  for (const beat of all("[data-beat]")) {
    const { beat: name, minute: due } = beat.dataset;
    const isGiven = given.has(name);
    const isDue = isTalking && !isGiven && Number(due) <= minute;
    beat.classList.toggle("is-given", isGiven);
    beat.classList.toggle("is-due", isDue);
    beat.querySelector("button").disabled = !plays || !isTalking || isGiven;
    const note = beat.querySelector("[data-mark]");
    let text = note.dataset.plain;
    if (isGiven) text = fill(words.given, { n: Math.max(0, Math.floor(given.get(name))) });
    else if (isDue) text = `${text} · ${words.due}`;
    else if (beat === open && isTalking) text = fill(words.next, { n: Number(due) });
    if (note.textContent !== text) note.textContent = text;
  }
  for (const fact of all("[data-fact]")) fact.classList.toggle("is-given", given.has(fact.dataset.fact));
  for (const button of all(".answers button")) button.disabled = !isTalking;
  if (back) back.hidden = !last || !isTalking;
}

async function say(button) {
  if (button.disabled) return;
  button.disabled = true; // until the log has it
  const { line: name, text } = button.dataset;
  const beat = button.closest("[data-beat]")?.dataset.beat;
  const fact = button.querySelector("kbd").textContent;
  const entry = beat ? { kind: "beat", name: beat } : { kind: fact ? "fact" : "said", name: fact || name };
  const reply = isRehearsal
    ? await line.send({ text }, "role-player", entry)
    : await line.send({ line: name, client_id: clientId() });
  error.textContent = reply.status === 200 ? "" : reply.message ?? words.lost;
  mark();
}

root.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.line) say(button);
  else if (button?.dataset.mood) feel(button.dataset.mood, Number(button.dataset.by));
  else if (button && button === back) takeBack();
});

async function takeBack() {
  const reply = isRehearsal
    ? await line.send({ text: "" }, "role-player", { kind: "undone", name: last })
    : await line.send({ back: last, client_id: clientId() });
  error.textContent = reply.status === 200 ? "" : reply.message ?? words.lost;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const button = root.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!button) return;
  event.preventDefault();
  // Where a beat has two lines, the second is for when its fact has been told already.
  const lines = all(`[data-beat="${button.closest("[data-beat]").dataset.beat}"] button`);
  say(lines.find((one) => given.has(one.dataset.after)) ?? button);
});

// How the role feels: kept in this browser tab alone.
const kept = `mood:${location.pathname}`;
const mood = { ...JSON.parse(root.dataset.start), ...JSON.parse(sessionStorage.getItem(kept) ?? "{}") };

function feel(name, by) {
  mood[name] = Math.min(5, Math.max(0, mood[name] + by));
  if (!isRehearsal) sessionStorage.setItem(kept, JSON.stringify(mood));
  level();
}

function level() {
  for (const output of all("[data-level]")) output.textContent = String(mood[output.dataset.level]);
}

level();
setInterval(mark, 1_000);

const begin = document.querySelector("[data-begin]");
begin?.addEventListener("click", () => {
  line.begin();
  begin.disabled = true;
});
root.querySelector("[data-opposite]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = event.target.querySelector("textarea");
  if (text.value.trim() && line.state.stage === "talking") line.send({ text: text.value.trim() }, "participant");
  text.value = "";
});
