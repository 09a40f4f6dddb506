// The workbench: joins the answer, the draft, the keys and the two steps, classify and rate.
import { call } from "../sitting/wire.js";
import { logInAgain } from "../sitting/dialogs.js";
import { Draft } from "./draft.js";
import { bindKeys, keysAreOn, switchKeys } from "./keys.js";
import { Outbox } from "./outbox.js";
import { Reading } from "./reading.js";
import { sideBySide } from "./versions.js";

const $ = (id) => document.getElementById(id);
const form = $("draft");
const PULSE = 60_000;
if (form?.dataset.saveUrl) start();
else if ($("begin")) {
  document.body.classList.add("has-scripts");
  bindKeys((key) => key === "b" && ($("begin").requestSubmit(), true));
}

function start() {
  document.body.classList.add("has-scripts");
  const words = JSON.parse(form.dataset.words);
  const cards = [...form.querySelectorAll(".dim")];
  const answer = document.querySelector(".answer");
  const panel = document.querySelector(".rate");
  const byDimension = (id) => cards.find((card) => card.dataset.dimension === id);
  let now = Math.max(0, cards.findIndex((card) => !card.querySelector(":checked[type=radio]")));
  let step = "classify";
  let chord = false;
  let passage = null;
  let last = null;
  let back = null;
  const say = (text) => { $("saved-words").textContent = text; };
  const fill = (sentence, values) => Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), sentence);

  function state(name, detail) {
    const isTrouble = !["waiting", "saving", "saved"].includes(name);
    $("saved").classList.toggle("waiting", name === "waiting" || name === "saving");
    $("saved").classList.toggle("offline", isTrouble);
    if (name === "saved") { say(words.saved.replace("{time}", detail)); $("reserved")?.remove(); }
    else if (name !== "saving") say(name === "failed" ? words.failed.replace("{why}", detail) : words[name]);
    $("unsaved").hidden = !isTrouble;
    $("unsaved-words").textContent = isTrouble ? $("saved-words").textContent : "";
    if (name === "login") logInAgain({ url: form.dataset.loginUrl, login: form.dataset.login, words, onDone: async () => { await outbox.flush(); draft.save(); } });
  }
  function taken(message) {
    draft.leave();
    $("unsaved").hidden = false;
    $("unsaved-words").textContent = message ?? words.taken;
    for (const one of form.elements) one.disabled = true;
  }

  const outbox = new Outbox(form.dataset.assignment, {
    onState: state,
    onDone(act, given) {
      if (act.kind === "observe" && given.status !== 201) form.querySelector(`[data-pending="${act.body.id}"]`)?.remove();
      if (given.status === 409 && given.code === "TakenAway") taken(given.message);
      else if (![200, 201].includes(given.status)) { if (given.status !== 404) state("failed", given.message ?? given.status); }
      else {
        if (given.version > draft.version && act.kind === "forget") draft.at(given.version);
        draw(given.block, act.dimension, given);
        $("reserved")?.remove(); // with the first passage it is theirs
        $("unsaved").hidden = true;
      }
      unlock();
    },
  });
  const draft = new Draft(form, {
    outbox,
    onState: state,
    onTaken: taken,
    onStale(stored, mine) {
      sideBySide($("versions"), { cards, mine, stored, words });
      $("stale").hidden = false;
      $("stale").focus();
      say(words.waiting);
    },
  });
  $("keep-mine").addEventListener("click", async () => { $("stale").hidden = true; await draft.keepMine(); });
  $("take-theirs").addEventListener("click", () => { draft.leave(); location.reload(); });

  // Which dimension the keys are about, and which step is shown.
  for (const card of cards) {
    const name = card.querySelector("[data-open]");
    const opener = document.createElement("button");
    opener.type = "button";
    opener.className = "opener";
    opener.textContent = name.textContent;
    opener.addEventListener("click", () => show(cards.indexOf(card), false));
    name.replaceChildren(opener);
  }
  function show(index, focus = true) {
    now = (index + cards.length) % cards.length;
    cards.forEach((card, n) => { card.classList.toggle("now", n === now); card.querySelector(".opener").setAttribute("aria-expanded", String(n === now)); });
    if (focus) (cards[now].querySelector(":checked[type=radio]") ?? cards[now].querySelector("input[type=radio]:not(:disabled)"))?.focus({ preventScroll: true });
    const box = cards[now].getBoundingClientRect();
    const top = panel.getBoundingClientRect().top + $("steps").offsetHeight;
    if (getComputedStyle(panel).overflowY !== "auto") cards[now].scrollIntoView({ block: "nearest" });
    else if (box.top < top || box.bottom > innerHeight) panel.scrollBy({ top: box.top - top - 8 });
  }
  function go(name) {
    step = name;
    stop();
    panel.dataset.step = name;
    for (const button of $("steps").querySelectorAll("[data-step]")) button.setAttribute("aria-pressed", String(button.dataset.step === name));
    hint();
    if (name === "rate") show(Math.max(0, cards.findIndex((card) => !card.querySelector(":checked[type=radio]"))));
    else show(now, false);
  }
  function hint(text) { $("step-help").textContent = text ?? words[`${step}_help`]; }
  function stop() {
    chord = false;
    for (const card of cards) card.classList.remove("waits");
    hint();
  }
  $("steps").hidden = false;
  $("steps").addEventListener("click", (event) => { const button = event.target.closest("[data-step]"); if (button) go(button.dataset.step); });
  cards.forEach((card, n) => card.addEventListener("focusin", () => { if (n !== now) show(n, false); }));

  // Classify first: the levels of a dimension open when something is recorded for it (M7).
  const isOpen = (card) => Boolean(card.querySelector("[data-evidence] li") || card.querySelector("[name=tick]:checked"));
  function unlock() {
    let isCleared = false;
    for (const card of cards) {
      const open = isOpen(card);
      card.querySelector("[data-locked]").hidden = open;
      for (const radio of card.querySelectorAll("input[type=radio]:not([value='0'])")) {
        radio.disabled = !open;
        if (!open && radio.checked) { radio.checked = false; isCleared = true; }
      }
      mark(card);
    }
    if (isCleared) draft.change();
  }
  function mark(card) {
    const level = card.querySelector(":checked[type=radio]")?.value;
    const tag = card.querySelector("[data-level]");
    tag.textContent = level === undefined ? words.none : level === "0" ? words.no_evidence : level;
    tag.classList.toggle("amber", level === undefined);
    tag.classList.toggle("leaf", level !== undefined);
    const ticks = card.querySelectorAll("[name=tick]");
    const ticked = card.querySelector("[data-ticked]");
    if (ticked) ticked.textContent = `${[...ticks].filter((one) => one.checked).length}/${ticks.length}`;
  }
  form.addEventListener("input", (event) => {
    const card = event.target.closest(".dim");
    if (card && event.target.name === "tick") unlock();
    else if (card) mark(card);
  });
  form.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.matches("[type=radio], [type=checkbox]")) event.preventDefault(); });

  // Passages.
  const reading = new Reading(answer, {
    onChosen(chosen) {
      passage = chosen;
      $("tie-bar").hidden = !chosen;
      if (chosen) $("note-bar").hidden = true;
      $("chosen").textContent = chosen ? (chosen.isWhole ? fill(words.whole, { heading: chosen.quote }) : `“${chosen.quote.trim()}”`) : "";
    },
    onTie: ask,
  });
  $("reading-help").hidden = false;
  $("tie-open").addEventListener("click", () => ask(passage));
  for (const button of answer.querySelectorAll("[data-tie-act]")) {
    button.hidden = false;
    const block = button.closest("[data-block-id]");
    button.addEventListener("click", () => ask(reading.whole(block)));
  }
  for (const button of form.querySelectorAll("[data-behaviour]")) {
    button.addEventListener("mousedown", (event) => event.preventDefault()); // what is selected stays selected
    button.addEventListener("click", () => tie(button, false));
  }

  function tie(button, isOther) {
    if (!passage) { hint(words.nothing_chosen); return; }
    const sign = (button.dataset.sign === "+") !== isOther ? "+" : "-";
    send(passage, button.closest(".dim").dataset.dimension, button.dataset.behaviour, sign, "");
  }

  function send(chosen, dimension, behaviour, sign, note) {
    const { block, start, end, quote } = chosen;
    const body = { id: crypto.randomUUID?.() ?? randomId(), block, start, end, quote, dimension, behaviour, sign, note };
    const label = `${behaviour}${sign === "+" ? "+" : "−"}`;
    last = { ...body, label };
    waiting(body, label);
    unlock();
    show(cards.indexOf(byDimension(dimension)), false);
    say(fill(words.tied_note, { label }));
    hint(fill(words.tied_note, { label }));
    return outbox.put({ kind: "observe", url: form.dataset.observeUrl, method: "POST", body, dimension });
  }

  // Shown at once, and drawn by the server when it is there.
  function waiting(body, label) {
    const item = document.createElement("li");
    item.dataset.pending = body.id;
    item.className = body.sign === "+" ? "plus" : "minus";
    const what = document.createElement("span");
    what.textContent = `${label} “${body.quote.trim()}” · ${words.pending}`;
    item.append(document.createElement("b"), what);
    byDimension(body.dimension).querySelector("[data-evidence]").append(item);
  }

  function writeNote() {
    if (!last) { hint(words.nothing_chosen); return; }
    $("tie-bar").hidden = true;
    $("note-bar").hidden = false;
    $("note-label").textContent = fill(words.note_on, { label: last.label });
    $("last-note").value = last.note;
    $("last-note").focus();
  }
  $("note-bar").addEventListener("submit", (event) => {
    event.preventDefault();
    last.note = $("last-note").value;
    $("note-bar").hidden = true;
    outbox.put({ kind: "note", url: `${form.dataset.observeUrl}/${last.id}`, method: "PUT", body: { note: last.note }, dimension: last.dimension });
    reading.focus();
  });
  $("last-note").addEventListener("keydown", (event) => { if (event.key === "Escape") { $("note-bar").hidden = true; reading.focus(); } });

  function forget(id, dimension) {
    form.querySelector(`[data-pending="${id}"]`)?.remove();
    if (last?.id === id) last = null;
    say(words.removed);
    return outbox.put({ kind: "forget", url: `${form.dataset.observeUrl}/${id}`, method: "DELETE", dimension });
  }
  form.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-forget]");
    if (!button) return;
    event.preventDefault();
    const card = button.closest(".dim");
    await forget(button.dataset.forget, card.dataset.dimension);
    (card.querySelector("[data-forget]") ?? card.querySelector(".opener")).focus();
  });

  // The dialog: the same by a list, for whoever reads by ear or wants to choose the sign.
  const select = $("tie-behaviour");
  const sign = () => { const chosen = select.selectedOptions[0]; $(chosen.dataset.sign === "-" ? "tie-sign-minus" : "tie-sign-plus").checked = true; };
  select.addEventListener("change", sign);
  // Enter ties at once: the behaviour that stands there is chosen with the arrow keys, and a list opens with Space.
  select.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.repeat) return;
    event.preventDefault();
    $("tie-form").requestSubmit($("tie-save"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.defaultPrevented || $("tie-bar").hidden || document.querySelector("dialog[open]")) return;
    if (event.target !== document.body && !answer.contains(event.target)) return;
    if (event.target.closest("button, a, input, summary")) return;
    event.preventDefault();
    ask(passage);
  });
  let asked = null; // the passage the dialog was opened for: what happens to the selection meanwhile does not change it
  function ask(chosen) {
    if (!chosen) return;
    asked = chosen;
    back = document.activeElement;
    $("tie-quote").textContent = chosen.quote;
    $("tie-error").textContent = "";
    $("tie-note").value = "";
    const first = [...select.options].find((one) => one.dataset.dimension === cards[now].dataset.dimension);
    if (select.selectedOptions[0]?.dataset.dimension !== cards[now].dataset.dimension) select.value = first?.value ?? "";
    sign();
    $("tie").showModal();
    select.focus();
  }
  $("tie-cancel").addEventListener("click", () => $("tie").close());
  // The event comes a moment after the closing: whoever has gone on by then keeps the focus.
  $("tie").addEventListener("close", () => { if (document.activeElement === document.body) back?.focus?.({ preventScroll: true }); });
  $("tie-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = select.selectedOptions[0];
    if (!chosen.value) { $("tie-error").textContent = words.choose; return; }
    send(asked, chosen.dataset.dimension, chosen.value, $("tie-sign-minus").checked ? "-" : "+", $("tie-note").value);
    $("tie").close();
  });

  // The server draws, escaped, what the page shows: one hand for both.
  const put = (element, html) => element?.replaceChildren(document.createRange().createContextualFragment(html));
  function draw(blockId, dimension, drawn) {
    const block = [...answer.querySelectorAll("[data-block-id]")].find((one) => one.dataset.blockId === blockId);
    const text = block?.querySelector("[data-text]");
    const isHere = text && text.contains(document.activeElement) && $("note-bar").hidden;
    put(text, drawn.text);
    put(block?.querySelector("[data-acts]"), drawn.acts);
    const list = byDimension(dimension).querySelector("[data-evidence]");
    const later = outbox.acts.filter((act) => act.kind === "observe" && act.dimension === dimension);
    put(list, drawn.evidence);
    for (const act of later) waiting(act.body, act.body.behaviour);
    if (isHere && reading.at?.block === block) reading.again();
  }

  // Leaving the page by a button of the form waits for what is not saved yet.
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (button?.value === "stay") { event.preventDefault(); draft.change(); await draft.save(); return; }
    if (draft.isReady) { draft.leave(); return; }
    event.preventDefault();
    if (!(await outbox.flush())) return;
    if ((draft.running || draft.isChanged) && !(await draft.save())) return;
    draft.isReady = true;
    form.requestSubmit(button);
  }, true);

  // Keys.
  $("show-keys").hidden = false;
  const list = () => { $("keys-on").checked = keysAreOn(); $("keys").showModal(); };
  $("show-keys").addEventListener("click", list);
  $("keys-close").addEventListener("click", () => $("keys").close());
  $("keys-on").addEventListener("change", (event) => switchKeys(event.target.checked));

  function rate(level) {
    const card = cards[now];
    const radio = card.querySelector(`input[type=radio][value="${level}"]`);
    if (radio.disabled) { hint(fill(words.locked, { name: card.dataset.name })); return; }
    radio.checked = true;
    radio.dispatchEvent(new Event("input", { bubbles: true }));
    const after = [...cards.keys()].map((n) => (now + 1 + n) % cards.length).find((n) => !cards[n].querySelector(":checked[type=radio]"));
    hint(after === undefined ? words.all_rated : undefined);
    show(after ?? now);
  }
  function pick(number) {
    const card = cards[number - 1];
    if (!card) return false;
    show(number - 1, false);
    chord = true;
    cards.forEach((one) => one.classList.toggle("waits", one === card));
    hint(fill(words.chord, { name: card.dataset.name }));
    return true;
  }
  // The second key after a dimension: a letter ties, a number ticks. Any other key only ends it.
  function second(key, shift) {
    const card = cards[now];
    stop();
    if (/^\d$/.test(key)) {
      const box = card.querySelectorAll("[name=tick]")[(Number(key) + 9) % 10];
      if (!box) return true;
      card.querySelector(".checklist").open = true;
      box.checked = !box.checked;
      box.dispatchEvent(new Event("input", { bubbles: true }));
      return true;
    }
    const button = card.querySelector(`[data-letter="${key}"]`);
    if (button) tie(button, shift);
    return Boolean(button) || key === "Escape";
  }
  const both = {
    c: () => go("classify"),
    r: () => go("rate"),
    a: () => { go("classify"); reading.focus(); },
    s: () => form.requestSubmit($("submit-rating")),
    z: () => { if (last) forget(last.id, last.dimension); },
    "?": list,
  };
  const steps = {
    classify: {
      j: (shift) => reading.step(true, shift),
      k: (shift) => reading.step(false, shift),
      l: () => reading.jump(true),
      h: () => reading.jump(false),
      w: () => reading.takeWhole(),
      n: writeNote,
      Escape: () => reading.leave(),
    },
    rate: {
      j: () => show(now + 1),
      k: () => show(now - 1),
      n: () => $("note").focus(),
    },
  };
  bindKeys((key, shift) => {
    if (chord && key !== "Shift") return second(key, shift);
    if (/^\d$/.test(key)) {
      if (step === "classify") return key !== "0" && pick(Number(key));
      if (Number(key) > 5) return false;
      rate(Number(key));
      return true;
    }
    const act = steps[step][key] ?? both[key];
    act?.(shift);
    return Boolean(act);
  });

  // Somebody is at work: told once a minute while something happens, so that a reservation lasts.
  let isAlive = true;
  for (const sign of ["keydown", "pointerdown", "wheel", "scroll"]) addEventListener(sign, () => { isAlive = true; }, { passive: true, capture: true });
  setInterval(async () => {
    if (!isAlive || document.hidden) return;
    isAlive = false;
    const given = await call(form.dataset.keepUrl, "POST", {});
    if (given.status === 409 && given.code === "TakenAway") taken(given.message);
    else if (given.reserved && $("reserved-until")) $("reserved-until").textContent = given.reserved;
  }, PULSE);

  // What a closed page had not sent: passages first, then the draft.
  for (const act of outbox.acts) if (act.kind === "observe") waiting(act.body, act.body.behaviour);
  cards.forEach(mark);
  go("classify");
  unlock();
  if (outbox.draft) draft.restore(outbox.draft);
  else outbox.flush();
}

// Where the page is not on a safe origin the browser has no randomUUID.
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
