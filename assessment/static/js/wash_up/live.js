// Asks more than once a second whether anything changed in the wash-up, and says every ten that this page is there.
import { swap } from "./swap.js";

const EVERY = 700;
const HERE = 10_000;
const KEPT = 5000;
let stamp = "";
let sign = document.querySelector("#live").dataset.sign;
let owed = false;
let again = 0;

const live = () => document.querySelector("#live");

function say(words) {
  const place = live()?.querySelector("[data-trouble]");
  if (place && place.textContent !== words) place.textContent = words;
}

function present(names) {
  const place = live().querySelector("[data-present]");
  place.replaceChildren(...names.flatMap((name) => {
    const tag = document.createElement("span");
    tag.className = "tag";
    tag.textContent = name;
    return [tag, " "];
  }));
}

async function ask() {
  if (document.hidden || !live()) return;
  try {
    const answer = await fetch(live().dataset.state, {
      headers: { Accept: "application/json", ...(stamp ? { "If-None-Match": stamp } : {}) },
    });
    if (answer.status === 401) { location.reload(); return; }
    if (answer.status !== 304) {
      if (!answer.ok) throw new Error(answer.statusText);
      stamp = answer.headers.get("ETag") ?? "";
      const state = await answer.json();
      present(state.present);
      if (sign !== state.sign) { owed = true; again = 0; }
      sign = state.sign;
    }
    // What was kept because somebody writes in it is tried again, but not every second.
    if (owed && performance.now() >= again) {
      owed = await swap(location.href);
      again = performance.now() + KEPT;
    }
    say(owed ? live().dataset.news : "");
  } catch {
    say(live()?.dataset.lost ?? "");
  }
}

async function here() {
  if (document.hidden || !live()) return;
  try {
    await fetch(live().dataset.presence, {
      method: "POST", headers: { "X-CSRF-Token": document.querySelector("meta[name=csrf-token]").content },
    });
  } catch { /* the next one may arrive */ }
}

async function turn() {
  await ask();
  setTimeout(turn, EVERY);
}

// After a form that was refused the address is the form's; what is asked again is the page.
const page = new URL(live().dataset.page, location.href);
if (page.pathname !== location.pathname) history.replaceState(null, "", page);
here();
setInterval(here, HERE);
document.addEventListener("visibilitychange", () => { here(); });
turn();
