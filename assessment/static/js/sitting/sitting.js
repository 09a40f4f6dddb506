// An exercise page: joins outbox, saver, clock and fields, and offers `sitting` to the kind's own module.
import { ageInWords, timeOfDay } from "./ages.js";
import { chooseVersion } from "./choice.js";
import { Clock } from "./clock.js";
import { Concerns } from "./concerns.js";
import { askToHandIn, logInAgain } from "./dialogs.js";
import { Emergency } from "./emergency.js";
import { bindFields, bindWordCounts, restoreField } from "./fields.js";
import { openOutbox } from "./outbox.js";
import { Practice } from "./practice.js";
import { Saver } from "./saver.js";
import { Spells } from "./spells.js";
import { call } from "./wire.js";

const POLL = 12_000; // and up to 3 seconds more, so that the page knows within 15
const EARLY = 5_000; // whoever writes saves so often: a save that comes shortly before the question takes it along
const root = document.getElementById("sitting");
const given = root.dataset;
const words = JSON.parse(given.words);
const isPractice = "practice" in given;
const announcements = document.getElementById("announcements");
const readOnlyCallbacks = [];
const restored = new Map();
let isReadOnly = false;
let isOver = false; // by the server's word, or by the clock while there is no connection
let isGone = false;
let isPaused = false;
let saver = null;
let practice = null;
let clock = null;
let endsAt = NaN; // as the server told it, where it did
let kind = null;
let concerns = null;
let spells = null;
let emergency = null;
let wasOffline = false;
let askAt = performance.now() + 5_000;

function announce(text) {
  announcements.textContent = "";
  setTimeout(() => (announcements.textContent = text), 50);
}

function banner(text, { canTakeOver = false, hasEnded = false, isGone = false } = {}) {
  document.getElementById("banner-words").textContent = text;
  document.getElementById("banner").hidden = false;
  const takeOver = document.getElementById("take-over");
  if (takeOver) takeOver.hidden = !canTakeOver;
  const receipt = document.getElementById("to-receipt");
  if (receipt) receipt.hidden = !hasEnded;
  const home = document.getElementById("to-home");
  if (home) home.hidden = !isGone;
}

function turnReadOnly() {
  if (isReadOnly) return;
  isReadOnly = true;
  root.classList.add("is-read-only");
  for (const field of root.querySelectorAll("textarea, input, select")) {
    if (field.closest("[data-reading-aid]")) continue; // it changes no answer
    if (field.matches("textarea, input:not([type=radio], [type=checkbox])")) field.readOnly = true;
    else field.disabled = true;
  }
  const handIn = document.querySelector("#hand-in button");
  if (handIn) handIn.disabled = true;
  readOnlyCallbacks.forEach((callback) => callback());
}

const sitting = {
  save: (task, value) => (isPractice ? practice.save(task, value) : !isReadOnly && saver?.save(task, value)),
  send: (task, value) => (isPractice ? practice.send(task, value) : isReadOnly || !saver ? Promise.reject(new Error("read_only")) : saver.send(task, value)),
  // Keeps, once for each, that a piece of material was gone to.
  noteSeen: ({ dataset: { seenAs: task } }) => !isReadOnly && !sitting.isStored(task) && sitting.save(task, "shown"),
  isReadOnly: () => isReadOnly,
  isStored: (task) => (isPractice ? practice.has(task) : Boolean(saver?.heads[task])),
  onReadOnly: (callback) => (isReadOnly ? callback() : readOnlyCallbacks.push(callback)),
  remaining: () => clock?.remaining() ?? Infinity,
  isOffline: () => saver?.isOffline ?? false,
  ask,
  announce,
  restored,
};

// Asks at once what has come, after all that was written is stored; false when there is no answer now. A kind that asks
// for something fresh is given it even where nothing is new, for it may have put an earlier one away.
async function ask({ isFresh = false } = {}) {
  if (isPractice) return practice.ask({ isFresh });
  if (!saver || !(await saver.flush())) return false;
  const before = have;
  if (isFresh) have = [];
  const answer = await askServer();
  if (answer.status === 200) return true;
  have = before;
  return false;
}

const atTime = (instant) => timeOfDay(instant, given.timeZone);

function showSaved() {
  if (isPractice || !saver) return;
  const line = document.getElementById("saved");
  const text = document.getElementById("saved-words");
  const refused = [...saver.queue.values()].find((entry) => entry.refused && entry.refused.status >= 400 && entry.refused.status !== 409);
  const age = ageInWords(saver.confirmedAge, words);
  const kept = { full: words.full, refused: words.unkept }[saver.outbox.trouble];
  let sentence;
  let state = "";
  if (saver.isOffline) {
    state = "offline";
    if (saver.isSaved) sentence = words.offline_saved;
    else if (saver.isBusy) sentence = words.busy;
    else sentence = saver.outbox.isKept ? words.offline : words.offline_unkept;
    sentence = sentence.replace("{age}", age);
  } else if (refused) {
    state = "offline";
    sentence = words.refused.replace("{why}", refused.refused.status === 413 ? words.too_long : refused.refused.message ?? words.invalid);
  } else if (!saver.isSaved) {
    state = "waiting";
    sentence = isPaused ? words.held : `${saver.isSending ? words.saving : words.writing} ${words.last.replace("{age}", age)}`;
  } else {
    sentence = saver.confirmedAge === null ? words.saved : words.saved_age.replace("{age}", age);
  }
  if (kept && !saver.isOffline) sentence += ` ${kept}`;
  line.className = `push saved soft ${state}`;
  if (text.textContent !== sentence) text.textContent = sentence;
  emergency?.show({ isOver, isGone });
  if (saver.isOffline !== wasOffline) {
    wasOffline = saver.isOffline;
    announce(wasOffline ? sentence : words.online);
  }
}

// The end, by the server's word or, without a connection, by the clock.
function end(answer = {}) {
  isOver = true;
  uncover();
  turnReadOnly();
  const hasText = !saver.isSaved;
  const sentence = answer.handed_in_at ? words.handed_in.replace("{time}", atTime(answer.handed_in_at)) : words.over;
  banner(hasText && saver.isOffline ? words.over_offline : sentence, { hasEnded: !hasText });
}

// The sitting does not count any more: it was opened again as a new one, or the centre has left it out.
function gone() {
  isGone = true;
  uncover();
  turnReadOnly();
  banner(words.gone, { isGone: true });
}

function pause(since) {
  if (isPaused) return;
  isPaused = true;
  saver.hold();
  clock.stop();
  root.hidden = true;
  document.getElementById("cover-words").textContent = words.paused_since.replace("{time}", since ? atTime(since) : "");
  const cover = document.getElementById("cover");
  cover.hidden = false;
  cover.focus();
  announce(words.paused_since.replace("{time}", since ? atTime(since) : ""));
  for (const dialog of document.querySelectorAll("dialog[open][data-can-wait]")) dialog.close();
  const handIn = document.querySelector("#hand-in button");
  if (handIn) handIn.disabled = true;
}

function uncover() {
  if (!isPaused) return false;
  isPaused = false;
  root.hidden = false;
  document.getElementById("cover").hidden = true;
  const handIn = document.querySelector("#hand-in button");
  if (handIn && !isReadOnly) handIn.disabled = false;
  return true;
}

function endTold() {
  return Date.parse(saver.clock?.[2]);
}

function resume(answer) {
  if (!uncover()) return;
  endsAt = endTold();
  clock.goOn(answer.remaining_ms);
  kind?.resumed?.(answer.minute);
  saver.release();
  announce(words.resumed);
}

// The clock jumps with the end, and also when the device slept. Where the server told both ends, they say which, and how
// far to the second; an answer that was long on its way says it less exactly.
function moved(jump) {
  const told = endTold() - endsAt;
  endsAt = endTold();
  const milliseconds = Number.isNaN(told) ? jump : told;
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  if (isOver || !seconds) return;
  const name = `${milliseconds > 0 ? "longer" : "shorter"}${seconds % 60 ? "_exact" : ""}`;
  const sentence = words[name].replace("{n}", Math.floor(seconds / 60)).replace("{seconds}", seconds % 60);
  const note = document.getElementById("note");
  note.textContent = sentence;
  note.hidden = false;
  announce(sentence);
}

function answered(entry, answer) {
  if (answer.now) {
    heard({ status: 200, ...answer.now });
  } else if (answer.code === "paused" || answer.code === "not_open") {
    askServer(); // paused since when, or gone: the state tells
  } else if (answer.remaining_ms !== undefined && answer.status !== 0) {
    clock.set(answer.remaining_ms);
  }
  if (answer.status === 401) {
    logInAgain({ url: given.loginUrl, login: given.login, words, onDone: () => saver.flush() });
  } else if (answer.status === 400 || answer.status === 403) {
    askServer().then(() => saver.schedule(500)); // a new token comes with the state
  } else if (answer.code === "continued_elsewhere") {
    saver.stop();
    turnReadOnly();
    elsewhere(answer.elsewhere_at);
  } else if (answer.code === "late") {
    end();
  } else if (answer.code === "stale" && entry.refused) {
    choose(entry, answer);
  }
  showSaved();
}

// Both versions are stored; the page shows them side by side. Without a connection the question waits.
async function choose(entry, answer) {
  const url = `${given.versionsUrl.replace("TASK", encodeURIComponent(entry.task))}?mine=${answer.number}&theirs=${answer.head}`;
  let fragment = null;
  try {
    const response = await fetch(url, { cache: "no-store" });
    if (response.ok) fragment = new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    // Asked again below.
  }
  if (!fragment?.querySelector("[data-versions]")) {
    setTimeout(() => entry.refused === answer && choose(entry, answer), 5_000);
    return;
  }
  const chosen = await chooseVersion({ words, fragment, mine: entry.value, theirs: answer.value ?? null, isAsked: () => entry.refused === answer });
  if (!chosen) return;
  if (chosen.isTheirs) await saver.takeTheirs(entry, answer.head);
  else saver.keepMine(entry, chosen.value, answer.head);
  if (chosen.value !== null) restore(entry.task, chosen.value);
  showSaved();
}

function restore(task, value) {
  restored.set(task, value);
  if (!restoreField(root, task, value)) kind?.restore?.(task, value);
}

function elsewhere(since) {
  if (isOver) return;
  saver.stop();
  turnReadOnly();
  banner(words.elsewhere.replace("{time}", since ? atTime(since) : ""), { canTakeOver: true });
}

async function askServer() {
  const answer = await call(given.stateUrl);
  askLater();
  if (answer.status === 401) {
    logInAgain({ url: given.loginUrl, login: given.login, words, onDone: () => saver.flush() });
    return answer;
  }
  if (answer.status === 404) gone();
  if (answer.status === 0 || answer.status >= 500) saver.lost(answer.status >= 500);
  else saver.found();
  showSaved();
  return answer.status === 200 ? heard(answer) : answer;
}

function askLater() {
  askAt = performance.now() + POLL + Math.random() * 3_000;
}

// The state of the sitting: asked for, or come with the answer to a save.
async function heard(answer) {
  askLater();
  if (answer.stamp) emergency.stamp = answer.stamp;
  if (answer.clock) saver.clock = answer.clock;
  concerns.show(answer.concerns);
  spells.flush();
  if (answer.state === "paused") {
    pause(answer.paused_at);
    return answer;
  }
  resume(answer);
  clock.set(answer.remaining_ms);
  if (!saver.isSaved && !saver.isSending) saver.schedule(0);
  if (answer.over) {
    await saver.flush();
    end(answer);
  } else if (isOver) {
    await openAgain();
  } else if (!isReadOnly && answer.epoch !== saver.epoch) {
    await saver.flush(); // keeps what is here as a side revision and says where work goes on
    if (!isReadOnly) elsewhere(answer.elsewhere_at);
  }
  if (answer.parts) await fetchArrivals(answer.parts);
  return answer;
}

// The page had ended by its own clock, and the server has given more time: the page begins anew once all is saved.
async function openAgain() {
  if (await saver.flush()) location.reload();
}

let have = JSON.parse(given.parts || "[]");

async function fetchArrivals(parts) {
  const isNew = parts.some((part) => !have.includes(part));
  if (!isNew || !kind?.arrived) return;
  try {
    const response = await fetch(`${given.arrivalsUrl}?have=${encodeURIComponent(have.join(","))}`, { cache: "no-store" });
    if (!response.ok) return;
    const fragment = new DOMParser().parseFromString(await response.text(), "text/html");
    have = parts;
    kind.arrived(fragment);
  } catch {
    // The next poll asks again.
  }
}

// The page is shown, perhaps again after the browser had put it away: work may have gone on elsewhere meanwhile, so
// that nothing is sent before the server was asked.
async function shown(event) {
  if (event.persisted) saver.hold();
  await askServer();
  if (event.persisted && !isPaused) saver.release();
}

async function poll() {
  if (isGone || (isOver && saver.isSaved && !saver.isOffline)) return;
  if (performance.now() >= askAt) await askServer();
  setTimeout(poll, Math.max(0, askAt - performance.now()));
}

// Which page may write: the one that started or took over in this tab, while no other tab of this browser does.
async function mayWrite() {
  const url = new URL(location.href);
  const key = `klei-epoch-${given.sitting}`;
  if (url.searchParams.has("epoch")) {
    sessionStorage.setItem(key, url.searchParams.get("epoch"));
    url.searchParams.delete("epoch");
    history.replaceState(null, "", url);
  }
  if (sessionStorage.getItem(key) !== given.epoch) return false;
  if (!navigator.locks) return true;
  return new Promise((resolve) => {
    navigator.locks.request(`klei-sitting-${given.sitting}-${given.epoch}`, { ifAvailable: true }, (lock) => {
      resolve(Boolean(lock));
      return lock ? new Promise(() => {}) : undefined; // kept until the page goes
    });
  });
}

function bindHandIn() {
  const form = document.getElementById("hand-in");
  form.addEventListener("submit", async (event) => {
    if (form.dataset.isReady) return;
    event.preventDefault();
    event.stopPropagation();
    if (!(await saver.flush())) {
      announce(words.hand_in_unsaved);
      banner(words.hand_in_unsaved);
      document.getElementById("banner").focus();
      return;
    }
    askToHandIn({
      words,
      onYes: async () => {
        if (!(await saver.flush())) return banner(words.hand_in_unsaved);
        form.dataset.isReady = "yes";
        form.requestSubmit();
      },
    });
  });
}

function bindTakeOver() {
  const form = document.getElementById("take-over");
  form?.addEventListener("submit", async (event) => {
    if (form.dataset.isReady || !saver.beside.size) return;
    event.preventDefault();
    event.stopPropagation();
    await saver.leaveBeside();
    form.dataset.isReady = "yes";
    form.requestSubmit();
  });
}

function bindClock() {
  const hide = document.getElementById("hide-clock");
  const element = document.getElementById("clock");
  const set = (isHidden) => {
    element.classList.toggle("is-hidden", isHidden);
    hide.textContent = isHidden ? hide.dataset.show : hide.dataset.hide;
    hide.setAttribute("aria-pressed", String(isHidden));
    try { localStorage.setItem("klei-clock-hidden", isHidden ? "yes" : ""); } catch { /* only a preference */ }
  };
  hide.addEventListener("click", () => set(!element.classList.contains("is-hidden")));
  try { if (localStorage.getItem("klei-clock-hidden")) set(true); } catch { /* only a preference */ }
  addEventListener("keydown", (event) => {
    if (event.altKey && event.shiftKey && event.code === "KeyT") {
      event.preventDefault();
      clock.tell();
    }
  });
}

async function start() {
  bindWordCounts(root, words);
  if (isPractice) {
    practice = new Practice({
      url: given.practiceUrl,
      minute: given.minute,
      next: given.next,
      parts: JSON.parse(given.parts),
      button: document.getElementById("practice-next"),
      token: document.querySelector('meta[name="csrf-token"]')?.content ?? "",
      onArrived: (fragment) => kind?.arrived?.(fragment),
    });
  } else {
    const outbox = await openOutbox();
    saver = new Saver({
      person: given.person,
      sitting: given.sitting,
      saveUrl: given.saveUrl,
      heads: JSON.parse(given.heads),
      epoch: Number(given.epoch),
      clock: JSON.parse(given.clock ?? "null"), // a page of an older build has none
      savedAge: given.savedAge === undefined ? null : Number(given.savedAge),
      outbox,
      asks: () => performance.now() >= askAt - EARLY,
      onChange: showSaved,
      onAnswer: answered,
      onReturn: (lasted) => spells.note("offline", lasted),
    });
    spells = new Spells({ url: given.spellsUrl, client: saver.client });
    concerns = new Concerns({ url: given.concernsUrl, words, zone: given.timeZone, announce });
    clock = new Clock({ remaining: Number(given.remaining), isUntimed: "untimed" in given, words, announce, onMoved: moved, onWake: (lasted) => spells.note("asleep", lasted), ask: askServer, onZero: async () => {
      const answer = await askServer();
      if (answer.status !== 200 && answer.status !== 401 && clock.remaining() === 0) end();
    } });
    emergency = new Emergency({ given, words, saver, clock });
    endsAt = endTold();
    bindClock();
    bindHandIn();
    bindTakeOver();
    if (!(await mayWrite())) {
      saver.stop();
      turnReadOnly();
      banner(words.not_here, { canTakeOver: true });
    }
    const left = isReadOnly ? [] : await outbox.all(given.person, given.sitting);
    for (const entry of left) restore(entry.task, entry.value);
    saver.restore(left);
    if (left.length) announce(words.restored);
    setInterval(showSaved, 1_000);
    setTimeout(poll, 5_000);
    addEventListener("online", () => saver.flush());
    addEventListener("pagehide", () => saver.flush());
    addEventListener("pageshow", shown);
    addEventListener("beforeunload", (event) => {
      if (!saver.isSaved && !isReadOnly) {
        saver.flush();
        event.preventDefault();
      }
    });
  }
  bindFields(root, (task, value) => sitting.save(task, value));
  if (given.module) {
    kind = await import(given.module);
    kind.start(sitting);
  }
  root.dataset.isStarted = "yes";
}

start();
