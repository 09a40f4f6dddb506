// The game: confirms a half-year, shows its results when the server has computed them, and asks for a forecast.

let sitting;
let root;
let words;
let isWaiting = false; // for the results of what was confirmed
let isAsked = false; // for a forecast

const find = (selector, within = root) => within.querySelector(selector);
const all = (selector, within = root) => [...within.querySelectorAll(selector)];
const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

export function start(given) {
  sitting = given;
  root = find("[data-game]", document);
  if (!root) return;
  words = JSON.parse(root.dataset.words);
  root.addEventListener("click", pressed);
  root.addEventListener("input", changed);
  root.addEventListener("klei:restored", changed);
  for (const [task, value] of sitting.restored ?? []) restore(task, value);
  sitting.onReadOnly(close);
  countCharacters();
}

// A half-year that was confirmed and is still on its way to the server.
export function restore(task) {
  const round = find("[data-game-round]");
  if (task !== round?.dataset.gameRound) return;
  wait(words.queued);
}

export function arrived(fragment) {
  const stage = find("[data-game-stage]", fragment);
  const here = find("[data-game-stage]");
  if (stage && Number(stage.dataset.confirmed) > Number(here.dataset.confirmed)) {
    here.replaceWith(document.adoptNode(stage));
    isWaiting = isAsked = false;
    if (sitting.isReadOnly()) close();
    find(".game-effects").open = false;
    countCharacters();
    sitting.announce(say(words.arrived, { n: stage.dataset.confirmed }));
    find("#game-results").focus();
    return;
  }
  const forecast = find("[data-forecast]", fragment);
  if (forecast && isAsked) showForecast(document.adoptNode(forecast));
}

function showForecast(forecast) {
  isAsked = false;
  const place = find("[data-forecast-place]");
  place.replaceChildren(forecast);
  place.hidden = false;
  place.classList.remove("is-old");
  state("");
  place.focus();
}

function pressed(event) {
  const is = (selector) => event.target.closest(selector);
  if (is("[data-forecast-button]")) ask();
  else if (is("[data-confirm]")) sure();
  else if (is("[data-no]")) unsure();
  else if (is("[data-yes]")) confirmed();
}

function changed(event) {
  if (!event.target.closest?.("[data-game-round]")) return;
  countCharacters();
  find("[data-error]").textContent = "";
  if (event.target.matches("textarea")) return;
  const place = find("[data-forecast-place]");
  if (place.hidden || place.classList.contains("is-old")) return;
  place.classList.add("is-old");
  state(words.forecast_old);
}

function countCharacters() {
  const text = find("#game-text");
  if (text) find("[data-characters]").textContent = say(words.characters, { n: [...text.value.trim()].length });
}

function state(text) {
  const line = find("[data-state]");
  if (line) line.textContent = text;
}

// What stands there, as it is stored.
function value() {
  const found = {};
  for (const field of all("[data-name]", find("[data-game-round]"))) {
    if (field.type === "radio" ? field.checked : field.value !== "") found[field.dataset.name] = field.value;
  }
  return found;
}

async function ask() {
  if (isWaiting || sitting.isReadOnly()) return;
  const round = find("[data-game-round]");
  isAsked = true;
  sitting.save(round.dataset.task, value());
  if (await sitting.ask({ isFresh: true })) return;
  isAsked = false;
  state(words.forecast_offline);
}

function wrong() {
  for (const lever of all("[data-lever]")) {
    const field = find("input[type=number]", lever);
    if (!field || (field.value !== "" && field.validity.valid)) continue;
    return [say(words.wrong, { label: lever.dataset.label, min: field.min, max: field.max, step: field.step }), field];
  }
  if (!find('[data-name="option"]:checked')) return [words.no_option, find('[data-name="option"]')];
  return null;
}

function sure() {
  if (isWaiting || sitting.isReadOnly()) return;
  const found = wrong();
  const error = find("[data-error]");
  error.textContent = "";
  if (found) {
    error.textContent = found[0];
    found[1].focus();
    return;
  }
  find("[data-buttons]").hidden = true;
  find("[data-sure]").hidden = false;
  find("[data-yes]").focus();
}

function unsure() {
  find("[data-sure]").hidden = true;
  find("[data-buttons]").hidden = false;
  find("[data-confirm]").focus();
}

async function confirmed() {
  if (isWaiting || sitting.isReadOnly()) return;
  const task = find("[data-game-round]").dataset.gameRound;
  wait(words.sending);
  const late = setTimeout(() => sitting.isOffline() && state(words.queued), 3_000);
  try {
    await sitting.send(task, value());
    await sitting.ask();
  } catch (error) {
    if (error.message === "already_sent") {
      state(words.already);
      await sitting.ask();
    } else {
      release();
      find("[data-error]").textContent = words.refused;
    }
  } finally {
    clearTimeout(late);
  }
}

function wait(text) {
  isWaiting = true;
  find("[data-sure]").hidden = true;
  find("[data-buttons]").hidden = true;
  for (const field of all("[data-game-round] input")) field.disabled = true;
  find("#game-text").readOnly = true;
  state(text);
}

function release() {
  isWaiting = false;
  for (const field of all("[data-game-round] input")) field.disabled = false;
  find("#game-text").readOnly = false;
  state("");
  unsure();
}

function close() {
  for (const button of all(".game-buttons button")) button.disabled = true;
  for (const field of all("input")) field.disabled = true;
  for (const text of all("textarea")) text.readOnly = true;
}
