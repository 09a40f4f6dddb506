// A written conversation: begins it, sends a message that stays sent, and shows the answer when the server has it.

let sitting;
let root;
let words;
let isWaiting = false; // for the answer to what was sent

const find = (selector, within = root) => within.querySelector(selector);
const all = (selector, within = root) => [...within.querySelectorAll(selector)];

export function start(given) {
  sitting = given;
  root = find("[data-role-play]", document);
  if (!root) return;
  words = JSON.parse(root.dataset.words);
  root.addEventListener("click", pressed);
  root.addEventListener("input", () => show("[data-error]", ""));
  for (const [task, value] of sitting.restored ?? []) restore(task, value);
  sitting.onReadOnly(close);
}

// A message, or the beginning, that was sent and is still on its way to the server.
export function restore(task, value) {
  const composer = find("[data-composer]");
  const isBeginning = task === "start" && find("[data-start]");
  if (!isBeginning && task !== composer?.dataset.composer) return;
  if (!isBeginning) for (const field of fields(composer)) field.value = value?.[field.name] ?? "";
  wait(words.queued);
}

export function arrived(fragment) {
  const stage = find("[data-stage]", fragment);
  const here = find("[data-stage]");
  const note = find("[data-note]", fragment);
  const place = find("[data-note-place]");
  if (note && !find("[data-note]")) place.replaceChildren(document.adoptNode(note));
  if (!stage || Number(stage.dataset.count) <= Number(here.dataset.count)) return;
  here.replaceWith(document.adoptNode(stage));
  isWaiting = false;
  if (!find("[data-composer]")) find("[data-early]")?.remove();
  find(".role_play-instructions").open = false;
  if (sitting.isReadOnly()) close();
  sitting.announce(words.arrived);
  const answer = all("[data-answer]").at(-1);
  answer.scrollIntoView({ block: "nearest" });
  answer.focus({ preventScroll: true });
}

function pressed(event) {
  if (event.target.closest("[data-start]")) send("start", {});
  else if (event.target.closest("[data-send]")) checked();
}

const fields = (composer) => all("textarea, select", composer);

function checked() {
  const composer = find("[data-composer]");
  const missing = { text: words.empty, move: words.no_move, about: words.no_about };
  const open = fields(composer).find((field) => !field.value.trim());
  if (open) {
    show("[data-error]", missing[open.name]);
    open.focus();
    return;
  }
  send(composer.dataset.composer, Object.fromEntries(fields(composer).map((field) => [field.name, field.value])));
}

async function send(task, value) {
  if (isWaiting || sitting.isReadOnly()) return;
  wait(words.sending);
  const late = setTimeout(() => sitting.isOffline() && show("[data-state]", words.queued), 3_000);
  try {
    const draft = find("[data-composer]")?.dataset.task;
    await sitting.send(task, value);
    if (draft) sitting.save(draft, {}); // what was sent is no draft any more
    await sitting.ask();
  } catch (error) {
    if (error.message === "already_sent") {
      show("[data-state]", words.already);
      await sitting.ask();
    } else {
      release();
      show("[data-error]", words.refused);
    }
  } finally {
    clearTimeout(late);
  }
}

function show(selector, text) {
  const line = find(selector);
  if (line) line.textContent = text;
}

function wait(text) {
  isWaiting = true;
  show("[data-error]", "");
  show("[data-state]", text);
  hold(true);
}

function release() {
  isWaiting = false;
  show("[data-state]", "");
  hold(false);
}

function hold(isHeld) {
  for (const field of all("[data-composer] select")) field.disabled = isHeld;
  for (const button of all("[data-start], [data-send]")) button.disabled = isHeld;
  const text = find("#role_play-text");
  if (text) text.readOnly = isHeld;
}

function close() {
  hold(true);
  for (const text of all("textarea")) text.readOnly = true;
}
