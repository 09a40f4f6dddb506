// A conversation in writing: draws what was said and sends what is written. The console listens to it as well.
import { fill } from "./fill.js";
import { Line, Rehearsal } from "./line.js";

const root = document.querySelector("[data-talk]");
export const words = JSON.parse(root.dataset.words);
export const clientId = () => (crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random().toString(36).slice(2)}`);
export const isRehearsal = "rehearsal" in root.dataset;

const find = (name) => root.querySelector(`[data-${name}]`);
const names = { participant: root.dataset.participant, "role-player": root.dataset.counterpart };
const own = root.dataset.part;
const listeners = [];
const drawn = new Set();
let stage = "";
let unsent = null; // a message whose answer was lost keeps its id, so that it is stored once

export const line = new (isRehearsal ? Rehearsal : Line)(root, heard);
export const onHeard = (listener) => listeners.push(listener);

function heard(state, isLost) {
  if (isLost) show("error", words.lost);
  if (!state) return;
  if (!isLost && find("error")?.textContent === words.lost) show("error", "");
  for (const entry of state.entries) draw(entry);
  who(state.who);
  if (state.stage !== stage) {
    const before = stage;
    stage = state.stage;
    open(stage === "talking");
    if (before && stage === "talking") find("announce").textContent = words.opens;
    else if (before && stage === "afterwards") find("announce").textContent = words.afterwards;
  }
  tick();
  for (const listener of listeners) listener(state);
}

function draw(entry) {
  if (drawn.has(entry.number)) return;
  drawn.add(entry.number);
  if (!entry.text) return;
  const item = document.createElement("li");
  item.className = entry.part === (own || "role-player") ? "is-own" : "is-theirs";
  const head = document.createElement("p");
  head.className = "talk-head";
  const name = document.createElement("b");
  name.textContent = entry.part === own && own === "participant" ? words.you : names[entry.part];
  const minute = document.createElement("span");
  minute.textContent = fill(words.minute, { n: Math.max(0, Math.floor(entry.minute)) });
  head.append(name, " ", minute);
  const text = document.createElement("p");
  text.className = "talk-words";
  text.dir = "auto";
  text.textContent = entry.text;
  item.append(head, text);
  const said = find("said");
  said.append(item);
  said.parentElement.scrollTop = said.parentElement.scrollHeight;
}

function who(there) {
  const others = Object.entries(there).filter(([part]) => part !== own);
  show("who", others.map(([part, one]) => fill(one.here ? words.here : words.away, { name: names[part] })).join(" "));
  const typing = others.find(([, one]) => one.typing);
  show("typing", typing ? fill(words.typing, { name: names[typing[0]] }) : "");
}

export function span(minutes) {
  const seconds = Math.max(0, Math.ceil(minutes * 60));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function tick() {
  const { state } = line;
  if (!state) return;
  const minute = line.minute();
  const left = { preparing: -minute, talking: state.length - minute }[state.stage] ?? 0;
  const time = own === "participant" ? span(left * state.factor) : "";
  show("stage-words", fill(words[state.stage], { time, left: Math.ceil(left), n: Math.floor(minute), most: state.length }));
}

function show(name, text) {
  const element = find(name);
  if (element && element.textContent !== text) element.textContent = text;
}

function open(isOpen) {
  const form = find("form");
  if (!form) return;
  form.querySelector("textarea").disabled = !isOpen;
  form.querySelector("[data-send]").disabled = !isOpen;
}

const form = find("form");
if (form) {
  const text = form.querySelector("textarea");
  const most = Number(root.dataset.most);
  const count = () => show("count", most ? fill(words.words, { n: text.value.split(/\s+/).filter(Boolean).length, most }) : "");
  count();
  text.addEventListener("input", () => {
    line.types();
    count();
    if (unsent && unsent.text !== text.value.trim()) unsent = null;
    show("error", "");
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!text.value.trim()) return;
    unsent ??= { text: text.value.trim(), client_id: clientId() };
    const sent = unsent;
    const reply = await line.send(sent);
    if (reply.status === 200) {
      if (text.value.trim() === sent.text) text.value = "";
      unsent = null;
      count();
      show("error", "");
    } else show("error", reply.status ? reply.message ?? words.lost : words.lost);
    text.focus();
  });
}
setInterval(tick, 1_000);
