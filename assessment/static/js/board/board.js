// The live board: asks every ten to fifteen seconds what changed, and lets ages and remaining time run on in between.
import { Words } from "./words.js";
import { Row } from "./row.js";
import { Concerns } from "./concerns.js";

const EVERY = 12_500;
const TICK = 5_000;

const table = document.getElementById("board");
const filters = document.querySelector("[data-filters]");
const words = new Words(JSON.parse(table.dataset.words), table.dataset.zone);
const rows = [...table.tBodies[0].rows].map((element) => new Row(element));
const places = new Map(rows.flatMap((row) => row.places.map((place) => [place.code, place])));
const concerns = new Concerns(
  document.querySelector("[data-concerns]"), document.querySelector("[data-announce]"), words,
);
let after = table.dataset.after;
let stamp = "";
let known = Number(table.dataset.now);
let knownAt = performance.now();
let timer = 0;

// The server's clock, carried on by one that only runs forward: the computer's own may be wrong.
const now = () => known + (performance.now() - knownAt) / 1000;

function show() {
  const moment = now();
  const counts = {};
  let quiet = 0;
  for (const row of rows) {
    row.show(moment, words);
    counts[row.element.dataset.where] = (counts[row.element.dataset.where] ?? 0) + 1;
    quiet += row.isQuiet ? 1 : 0;
  }
  counts.quiet = quiet;
  for (const count of document.querySelectorAll("[data-count]")) {
    const text = String(counts[count.dataset.count] ?? 0);
    if (count.textContent !== text) count.textContent = text;
    count.parentElement.classList.toggle("none", text === "0");
  }
  concerns.age(moment);
  filter();
}

function filter() {
  const wanted = {
    state: filters.elements.state.value,
    exercise: filters.elements.exercise.value,
    words: filters.elements.q.value.toLocaleLowerCase().split(/\s+/).filter(Boolean),
  };
  let shown = 0;
  for (const row of rows) {
    // Whoever is on a row keeps it, although it no longer matches.
    const hidden = !row.matches(wanted) && !row.element.contains(document.activeElement);
    if (row.element.hidden !== hidden) row.element.hidden = hidden;
    shown += hidden ? 0 : 1;
  }
  document.querySelector("[data-shown]").textContent = String(shown);
  document.querySelector("[data-nobody]").hidden = shown > 0;
}

function take(state) {
  known = state.now;
  knownAt = performance.now();
  after = state.cursor;
  let unknown = false;
  for (const [code, is, deadline, paused, seen, saved, often, long] of state.sittings) {
    const place = places.get(code);
    if (!place) { unknown = true; continue; }
    Object.assign(place, { state: is, deadline, paused, seen, often, long, saved: Math.max(saved ?? 0, place.saved ?? 0) || null });
  }
  for (const place of places.values()) place.concerns = 0;
  for (const concern of state.concerns) {
    const place = places.get(concern.code);
    if (place) place.concerns += 1;
  }
  if (unknown) document.querySelector("[data-changed]").hidden = false;
  concerns.show(state.concerns, now());
}

async function ask() {
  clearTimeout(timer);
  timer = setTimeout(ask, EVERY * (0.8 + 0.4 * Math.random()));
  if (document.hidden) return;
  const pulse = document.querySelector("[data-pulse]");
  try {
    const answer = await fetch(`${table.dataset.state}?after=${after}`, {
      headers: { Accept: "application/json", ...(stamp ? { "If-None-Match": stamp } : {}) },
    });
    if (answer.status === 401) { location.reload(); return; }
    if (answer.status !== 304) {
      if (!answer.ok) throw new Error(answer.statusText);
      stamp = answer.headers.get("ETag") ?? "";
      take(await answer.json());
    }
    if (pulse.classList.contains("lost")) pulse.classList.remove("lost");
    pulse.textContent = words.live(now());
  } catch {
    // What is shown keeps its age; the next question may be answered.
    pulse.classList.add("lost");
    pulse.textContent = words.texts.lost;
  }
  show();
}

for (const name of ["input", "change"]) filters.addEventListener(name, filter);
filters.addEventListener("submit", (event) => { event.preventDefault(); filter(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
setInterval(show, TICK);
ask();
