// The workbench: joins the answer, the draft, the keys and the dialog that ties a passage to a behaviour.
import { call } from "../sitting/wire.js";
import { Draft } from "./draft.js";
import { bindKeys, keysAreOn, switchKeys } from "./keys.js";
import { Reading } from "./reading.js";

const $ = (id) => document.getElementById(id);
const form = $("draft");
if (form?.dataset.saveUrl) start();

function start() {
  document.body.classList.add("has-scripts");
  const words = JSON.parse(form.dataset.words);
  const cards = [...form.querySelectorAll(".dim")];
  let now = Math.max(0, cards.findIndex((card) => !card.querySelector(":checked[type=radio]")));
  const say = (text) => { $("saved-words").textContent = text; };

  const draft = new Draft(form, {
    words,
    onState(state, detail) {
      $("saved").classList.toggle("waiting", state === "waiting" || state === "saving");
      $("saved").classList.toggle("offline", !["waiting", "saving", "saved"].includes(state));
      if (state === "saved") say(words.saved.replace("{time}", detail));
      else if (state !== "saving") say(state === "failed" ? words.failed.replace("{why}", detail) : words[state]);
      $("unsaved").hidden = !["offline", "login", "failed"].includes(state);
      $("unsaved-words").textContent = $("unsaved").hidden ? "" : $("saved-words").textContent;
    },
    onStale() { $("stale").hidden = false; $("stale").focus(); say(words.waiting); },
  });
  $("keep-mine").addEventListener("click", async () => { $("stale").hidden = true; await draft.keepMine(); });
  $("take-theirs").addEventListener("click", () => { draft.leave(); location.reload(); });

  // Which dimension the keys are about.
  function show(index, focus = true) {
    now = (index + cards.length) % cards.length;
    cards.forEach((card, n) => card.classList.toggle("now", n === now));
    if (!focus) return;
    (cards[now].querySelector(":checked[type=radio]") ?? cards[now].querySelector("input[type=radio]")).focus({ preventScroll: true });
    cards[now].scrollIntoView({ block: "nearest" });
  }
  cards.forEach((card, n) => card.addEventListener("focusin", () => show(n, false)));
  show(now, false);

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
  form.addEventListener("input", (event) => { const card = event.target.closest(".dim"); if (card) mark(card); });
  form.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.matches("[type=radio], [type=checkbox]")) event.preventDefault(); });
  cards.forEach(mark);

  // Passages.
  const answer = document.querySelector(".answer");
  let passage = null;
  let back = null;
  const reading = new Reading(answer, {
    onChosen(chosen) {
      $("tie-bar").hidden = !chosen;
      if (chosen) { passage = chosen; $("chosen").textContent = `“${chosen.quote.trim()}”`; }
    },
    onTie: tie,
  });
  $("reading-help").hidden = false;
  $("tie-open").addEventListener("click", () => tie(passage));
  for (const button of answer.querySelectorAll("[data-tie-act]")) {
    button.hidden = false;
    const block = button.closest("[data-block-id]");
    button.addEventListener("click", () => tie({ block: block.dataset.blockId, start: 0, end: 0, quote: block.querySelector("h2").textContent }));
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.defaultPrevented || $("tie-bar").hidden || document.querySelector("dialog[open]")) return;
    if (event.target !== document.body && !answer.contains(event.target)) return;
    if (event.target.closest("button, a, input, summary")) return;
    event.preventDefault();
    tie(passage);
  });

  const select = $("tie-behaviour");
  const sign = () => { const chosen = select.selectedOptions[0]; $(chosen.dataset.sign === "-" ? "tie-sign-minus" : "tie-sign-plus").checked = true; };
  select.addEventListener("change", sign);
  // Enter ties at once: the behaviour that stands there is chosen with the arrow keys, and a list opens with Space.
  select.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.repeat) return;
    event.preventDefault();
    $("tie-form").requestSubmit($("tie-save"));
  });
  function tie(chosen) {
    if (!chosen) return;
    passage = chosen;
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
  $("tie-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const chosen = select.selectedOptions[0];
    if (!chosen.value) { $("tie-error").textContent = words.choose; return; }
    const sent = { ...passage, dimension: chosen.dataset.dimension, behaviour: chosen.value, sign: $("tie-sign-minus").checked ? "-" : "+", note: $("tie-note").value };
    $("tie-save").disabled = true;
    const drawn = await call(form.dataset.observeUrl, "POST", sent);
    $("tie-save").disabled = false;
    if (drawn.status !== 201) { $("tie-error").textContent = drawn.message ?? words[drawn.status === 0 ? "offline" : "failed"].replace("{why}", drawn.status); return; }
    const sentence = words.tied.replace("{label}", chosen.value);
    getSelection().removeAllRanges();
    draw(sent.block, sent.dimension, drawn);
    $("tie").close();
    show(cards.findIndex((card) => card.dataset.dimension === sent.dimension), false);
    say(sentence);
  });
  form.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-forget]");
    if (!button) return;
    event.preventDefault();
    const card = button.closest(".dim");
    const drawn = await call(`${form.dataset.observeUrl}/${button.dataset.forget}`, "DELETE");
    if (drawn.status !== 200) { say(words.failed.replace("{why}", drawn.message ?? drawn.status)); return; }
    draw(drawn.block, card.dataset.dimension, drawn);
    (card.querySelector("[data-forget]") ?? card.querySelector("input[type=radio]")).focus();
    say(words.removed);
  });
  // The server draws, escaped, what the page shows: one hand for both.
  const put = (element, html) => element?.replaceChildren(document.createRange().createContextualFragment(html));
  function draw(blockId, dimension, drawn) {
    const block = [...answer.querySelectorAll("[data-block-id]")].find((one) => one.dataset.blockId === blockId);
    put(block?.querySelector("[data-text]"), drawn.text);
    put(block?.querySelector("[data-acts]"), drawn.acts);
    put(cards.find((card) => card.dataset.dimension === dimension).querySelector("[data-evidence]"), drawn.evidence);
  }

  // Leaving the page by a button of the form waits for what is not saved yet.
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (button?.value === "stay") { event.preventDefault(); draft.change(); await draft.save(); return; }
    if (draft.isReady) { draft.leave(); return; }
    event.preventDefault();
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
  bindKeys({
    list,
    next: () => show(document.activeElement?.closest?.(".dim") ? now + 1 : now),
    previous: () => show(now - 1),
    answer: () => reading.focus(),
    level(level) {
      const radio = cards[now].querySelector(`input[type=radio][value="${level}"]`);
      radio.checked = true;
      radio.dispatchEvent(new Event("input", { bubbles: true }));
      show(now);
    },
  });
}
