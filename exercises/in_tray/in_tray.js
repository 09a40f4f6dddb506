// The in-tray: opens messages, keeps drafts, sends actions, moves entries between the lists.
// What is sent becomes a final answer of its own; the list and the article show it at once, also without connection.
import { Calendar, minutesOf } from "./calendar.js";
import { all as allWithin, make, say } from "./elements.js";
import { Marks } from "./marks.js";
import { Order } from "./order.js";
import { whenShown } from "./shown.js";

const ALL_FIELDS = ["kind", "to", "cc", "pass_on", "tag", "priority", "due_day", "due_time", "about", "subject", "text"];
const LISTS = ["to", "cc", "pass_on", "about"];
const FIELDS_OF = {
  plan: ["kind", "due_day", "due_time", "priority", "about", "text"],
  no_action: ["kind"],
};

let sitting;
let root;
let words;
let people;
let isClosed = false;
let since;
let minuteThen;
let calendar;
let marks;
let order;
const drafts = new Map();
const composers = new Map();

const find = (selector, within = root) => within.querySelector(selector);
const all = (selector, within = root) => allWithin(selector, within);
const personName = (id) => people.find((person) => person.id === id)?.name ?? id;
const idsIn = (list = "") => list.split(" ").filter(Boolean);
const article = (id) => document.getElementById(`in-tray-${id}`);
const entryOf = (id) => find(`[data-entry="${id}"]`);

export function start(given) {
  sitting = given;
  root = find("[data-in-tray]", document);
  if (!root) return;
  words = JSON.parse(root.dataset.words);
  people = JSON.parse(root.dataset.people);
  minuteThen = Number(root.dataset.minute);
  since = performance.now();
  isClosed = "closed" in root.dataset;
  for (const message of all("[data-message][data-next]")) drafts.set(message.dataset.message, draftIn(message));
  calendar = new Calendar(root, { sitting, words, timeOf, personName, subjectOf, isClosed: () => isClosed });
  marks = new Marks(root, { sitting, words, entryOf, changed: () => order?.apply() });
  order = new Order(root, { words, announce: sitting.announce });
  for (const [task, value] of sitting.restored ?? []) restore(task, value);
  whenShown(all("[data-seen-as]"), sitting.noteSeen);
  keepFollowUps(all("[data-message]").map((message) => message.dataset.message));
  bindLists();
  bindTabs();
  bindChoices();
  bindKeys();
  find("[data-new-message]").addEventListener("click", startNew);
  sitting.onReadOnly(close);
  setInterval(showClock, 5_000);
  if (isClosed) openMessage("closing", { isQuiet: true });
  count();
}

// Text that had not been saved yet, or the version that was chosen after a conflict.
export function restore(task, value) {
  const sent = task.match(/^(.+?)\.sent(?:\.\d+)?$/);
  if (sent) {
    if (!find(`[data-sent="${task}"]`)) showSent(sent[1], task, value, words.queued);
  } else if (task.startsWith("decision.")) {
    const box = find(`[data-decision="${task}"]`);
    if (box) fillDecision(box, value);
  } else if (task === "stock") {
    for (const [batch, choice] of Object.entries(value)) {
      const select = find(`[data-batch="${CSS.escape(batch)}"]`);
      if (select) select.value = choice;
    }
  } else if (task === "calendar") {
    calendar.restore(value);
  } else if (task.startsWith("mark.")) {
    marks.restore(task.slice("mark.".length), value);
  } else if (/^[A-Z]+\d+$|^new\.\d+$/.test(task)) {
    if (task.startsWith("new.") && !article(task)) addNew(task);
    drafts.set(task, value);
    composers.get(task)?.fill(value);
    markEntry(task);
  }
}

// After a pause the exercise's own clock goes on where it stood.
export function resumed(minute) {
  if (minute === undefined) return;
  minuteThen = minute;
  since = performance.now();
  showClock();
}

// New mail: into the lists, told politely, without taking the focus from what somebody is writing.
export function arrived(fragment) {
  const box = find("[data-arrival]", fragment);
  if (!box) return;
  minuteThen = Number(box.dataset.minute);
  since = performance.now();
  showClock();
  let news = 0;
  const ids = [];
  for (const message of all("[data-message]", find("[data-articles]", box))) {
    const id = message.dataset.message;
    if (article(id)) continue;
    drafts.set(id, draftIn(message));
    find("[data-articles]").append(document.adoptNode(message));
    bindDecisions(article(id));
    const entry = find(`[data-entry="${id}"]`, box);
    const from = find("b", entry).textContent;
    find('[data-list="waiting"]').append(document.adoptNode(entry));
    all("[data-message-options]").forEach((select) => select.append(make("option", { value: id, text: `${from}: ${subjectOf(id)}` })));
    composers.forEach((composer) => composer.addAbout(id));
    ids.push(id);
    news += 1;
  }
  keepFollowUps(ids);
  const events = find("[data-events]", box);
  if (events) {
    calendar.events = JSON.parse(events.dataset.events);
    calendar.draw();
  }
  count();
  if (news) {
    const waiting = find('[data-list="waiting"]').children.length;
    sitting.announce(say(news === 1 ? words.arrived_one : words.arrived_many, { new: news, n: waiting }));
  }
  if ("isOver" in box.dataset && !("untimed" in root.dataset)) {
    close();
    sitting.announce(words.over);
    if (!document.activeElement?.closest(".in-tray-notes, #in-tray-closing")) openMessage("closing");
  }
}

// A follow-up that has been seen stays, whatever is changed later: an empty draft says, once, that it was here.
function keepFollowUps(ids) {
  for (const id of ids) if (id?.startsWith("FU") && !sitting.isReadOnly() && !sitting.isStored(id)) sitting.save(id, drafts.get(id)?.text ? pick(drafts.get(id)) : {});
}

function draftIn(message) {
  return JSON.parse(message.dataset.draft ?? "{}");
}

function pick(draft) {
  return Object.fromEntries(ALL_FIELDS.filter((name) => draft[name]?.length).map((name) => [name, draft[name]]));
}

function close() {
  isClosed = true;
  root.dataset.closed = "";
  all(".in-tray-compose, [data-add-entry]").forEach((form) => {
    all("button, select, input, textarea", form).forEach((field) => (field.disabled = true));
  });
  all("[data-decision]").forEach((box) => (box.disabled = true));
  all("[data-batch], [data-new-message]").forEach((field) => (field.disabled = true));
  calendar.draw();
}

function minuteNow() {
  const minute = minuteThen + (performance.now() - since) / 60_000 / Number(root.dataset.factor);
  return "untimed" in root.dataset ? minute : Math.min(minute, Number(root.dataset.until));
}

function showClock() {
  const now = Number(root.dataset.clockStart) + Math.floor(minuteNow());
  const text = say(words.clock, { time: timeOf(now) });
  const place = find("p[data-clock]");
  if (place.textContent !== text) place.textContent = text;
}

function timeOf(minutes) {
  const text = `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  return root.lang === "nl" ? text.replace(":", ".") : text;
}

// --- Lists and messages ---------------------------------------------------------------------------------

function bindLists() {
  root.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#in-tray-"]');
    if (!link) return;
    event.preventDefault();
    if (link.matches("[data-back]")) return find(".in-tray-list").focus();
    if (link.matches("[data-document]")) return openDocument(link.dataset.document);
    openMessage(link.hash.replace("#in-tray-", ""));
  });
  find(".in-tray-list").addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const links = all(".in-tray-list [data-entry]:not([hidden]) .in-tray-entry");
    const place = links.indexOf(document.activeElement);
    if (place < 0) return;
    event.preventDefault();
    links[Math.min(links.length - 1, Math.max(0, place + (event.key === "ArrowDown" ? 1 : -1)))].focus();
  });
}

function openMessage(id, { isQuiet = false } = {}) {
  const wanted = article(id);
  if (!wanted?.matches("[data-message]")) return;
  for (const other of all("[data-message]")) other.hidden = other !== wanted;
  for (const link of all(".in-tray-entry, [data-closing-link], [data-week-link]")) {
    if (link.hash === `#in-tray-${id}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  const entry = entryOf(id);
  if (entry && "new" in entry.dataset) {
    delete entry.dataset.new;
    markEntry(id);
  }
  marks.open(wanted);
  const place = find("[data-compose]", wanted);
  if (place && !composers.has(id) && !isFull(wanted)) composers.set(id, new Composer(wanted, place));
  if (isClosed) close();
  if (isQuiet) return;
  find("[data-reading]").scrollTop = 0;
  find("h2", wanted).focus();
}

function isFull(message) {
  return "isNew" in message.dataset && Boolean(find("[data-sent]", message));
}

function subjectOf(id) {
  return find("h2", article(id))?.textContent.trim() ?? "";
}

function markEntry(id) {
  const entry = entryOf(id);
  if (!entry) return;
  const tag = find("[data-tag]", entry);
  const sent = all("[data-sent] > p:first-child > b", article(id));
  const draft = drafts.get(id) ?? {};
  const isBegun = Boolean(draft.text?.trim() || draft.subject?.trim());
  const isNewMessage = id.startsWith("new.");
  if ("new" in entry.dataset) return;
  tag.className = `tag ${sent.length ? "leaf" : isBegun || isNewMessage ? "amber" : ""}`;
  tag.textContent = sent.length ? (isNewMessage ? words.sent_tag : sent.at(-1).textContent) : isBegun || isNewMessage ? words.draft : "";
  if (isNewMessage) find("[data-subject]", entry).textContent = draft.subject?.trim() || find("[data-sent] [data-sent-subject]", article(id))?.textContent || find("[data-subject]", entry).textContent || words.no_subject;
}

function count() {
  for (const name of ["waiting", "handled"]) find(`[data-count="${name}"]`).textContent = find(`[data-list="${name}"]`).children.length;
  order?.apply();
}

function startNew() {
  if (isClosed) return;
  const numbers = all("[data-is-new]").map((one) => Number(one.dataset.message.slice(4)));
  const number = Math.max(0, ...numbers) + 1;
  if (number > Number(root.dataset.mostNew)) return sitting.announce(words.is_full);
  addNew(`new.${number}`);
  openMessage(`new.${number}`);
}

function addNew(id) {
  const copy = document.importNode(find("[data-new-template]").content, true);
  const message = find("[data-message]", copy);
  const entry = find("[data-entry]", copy);
  message.id = `in-tray-${id}`;
  message.dataset.message = id;
  message.dataset.next = `${id}.sent`;
  message.setAttribute("aria-labelledby", `in-tray-${id}-subject`);
  find("h2", message).id = `in-tray-${id}-subject`;
  entry.dataset.entry = id;
  find("a", entry).href = `#in-tray-${id}`;
  drafts.set(id, {});
  find("[data-articles]").append(message);
  find('[data-list="new"]').append(entry);
}

// --- Writing and sending ----------------------------------------------------------------------------------

class Composer {
  constructor(message, place) {
    this.message = message;
    this.id = message.dataset.message;
    this.isNew = "isNew" in message.dataset;
    place.replaceChildren(document.importNode(find("[data-compose-template]").content, true));
    this.form = find("form", place);
    this.error = find("[data-error]", this.form);
    this.chosen = { to: [], cc: [], pass_on: [] };
    if (idsIn(message.dataset.replyAll).length + idsIn(message.dataset.replyAllCc).length < 2) {
      find('input[value="reply_all"]', this.form)?.closest("label").remove();
    }
    for (const other of all("[data-message]")) if (/^[A-Z]+\d+$/.test(other.dataset.message)) this.addAbout(other.dataset.message);
    this.fill(drafts.get(this.id) ?? {});
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.form.addEventListener("input", (event) => !event.target.matches("[data-add]") && this.changed());
    for (const radio of all('input[name="kind"]', this.form)) radio.addEventListener("change", () => this.choose(radio.value));
    for (const box of all("[data-recipients]", this.form)) this.bindRecipients(box);
  }

  part(name) {
    return all(`[data-part="${name}"]`, this.form);
  }

  kind() {
    return this.isNew ? "new" : find('input[name="kind"]:checked', this.form)?.value ?? "";
  }

  fill(draft) {
    const kind = draft.kind || (this.isNew ? "new" : "");
    for (const radio of all('input[name="kind"]', this.form)) radio.checked = radio.value === kind;
    for (const name of ["tag", "priority", "due_day", "due_time", "subject", "text"]) find(`[name="${name}"]`, this.form).value = draft[name] ?? "";
    for (const name of Object.keys(this.chosen)) this.chosen[name] = [...(draft[name] ?? [])];
    for (const box of all("[data-about] input", this.form)) box.checked = (draft.about ?? []).includes(box.value);
    this.draw();
  }

  // Recipients that belong to the action are filled in; names that somebody added stay.
  choose(kind) {
    const { reply, replyAll, replyAllCc } = this.message.dataset;
    const preset = { reply: [idsIn(reply), []], reply_all: [idsIn(replyAll), idsIn(replyAllCc)] };
    const was = JSON.stringify([this.chosen.to, this.chosen.cc]);
    const isUntouched = [[[], []], ...Object.values(preset)].some((one) => JSON.stringify(one) === was);
    if (isUntouched) [this.chosen.to, this.chosen.cc] = preset[kind] ?? [[], []];
    this.draw();
    this.changed();
  }

  draw() {
    const kind = this.kind();
    const fields = FIELDS_OF[kind] ?? ALL_FIELDS;
    const show = (name, isShown) => this.part(name).forEach((part) => (part.hidden = !isShown));
    show("kinds", !this.isNew);
    show("subject", this.isNew);
    for (const name of ["to", "cc", "tag", "priority", "about", "text"]) show(name, Boolean(kind) && fields.includes(name));
    show("due", Boolean(kind) && fields.includes("due_day"));
    const hasCourier = [...this.chosen.to, ...this.chosen.cc].some((id) => people.find((person) => person.id === id)?.passes_on);
    show("pass_on", Boolean(kind) && fields.includes("pass_on") && hasCourier);
    const button = find("[data-send]", this.form);
    button.textContent = kind === "no_action" ? words.mark : kind === "plan" ? words.plan : words.send;
    find(".in-tray-sendrow", this.form).hidden = !kind;
    for (const box of all("[data-recipients]", this.form)) {
      const name = box.dataset.recipients;
      find("ul", box).replaceChildren(...this.chosen[name].map((id) => this.chip(name, id)));
    }
    this.countWords();
  }

  chip(name, id) {
    const remove = make("button", { type: "button", "aria-label": say(words.remove, { name: personName(id) }), text: "×" });
    remove.addEventListener("click", () => {
      this.chosen[name] = this.chosen[name].filter((other) => other !== id);
      this.draw();
      this.changed();
      find(`[data-recipients="${name}"] [data-add]`, this.form).focus();
    });
    remove.disabled = isClosed;
    return make("li", {}, make("span", { text: personName(id) }), remove);
  }

  bindRecipients(box) {
    const input = find("[data-add]", box);
    const add = (isFinal) => {
      const typed = input.value.trim().toLocaleLowerCase();
      if (!typed) return;
      const exact = people.find((person) => person.name.toLocaleLowerCase() === typed);
      const near = people.filter((person) => person.name.toLocaleLowerCase().startsWith(typed));
      const found = exact ?? (isFinal && near.length === 1 ? near[0] : null);
      if (!found) {
        if (isFinal) this.wrong(words.unknown_name, input);
        return;
      }
      input.value = "";
      this.error.textContent = "";
      const name = box.dataset.recipients;
      if (!this.chosen[name].includes(found.id)) this.chosen[name].push(found.id);
      this.draw();
      this.changed();
      sitting.announce(`${box.querySelector("label").firstChild.textContent.trim()}: ${found.name}`);
    };
    input.addEventListener("input", () => add(false));
    input.addEventListener("change", () => add(true));
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      add(true);
    });
  }

  addAbout(id) {
    if (id === this.id || find(`[data-about] input[value="${id}"]`, this.form)) return;
    const box = make("input", { type: "checkbox", value: id, name: "about" });
    find("[data-about]", this.form).append(make("label", { className: "check" }, box, make("span", { text: subjectOf(id) })));
  }

  value(fields = ALL_FIELDS) {
    const value = {
      ...this.chosen,
      kind: this.kind(),
      about: all("[data-about] input:checked", this.form).map((box) => box.value),
    };
    for (const name of ["tag", "priority", "due_day", "due_time", "text"]) value[name] = find(`[name="${name}"]`, this.form).value;
    if (this.isNew) value.subject = find('[name="subject"]', this.form).value;
    return Object.fromEntries(fields.filter((name) => value[name] !== undefined && value[name] !== "" && !(LISTS.includes(name) && !value[name].length)).map((name) => [name, value[name]]));
  }

  changed() {
    const value = this.value();
    drafts.set(this.id, value);
    sitting.save(this.id, value);
    this.countWords();
    markEntry(this.id);
  }

  countWords() {
    const text = find('[name="text"]', this.form).value;
    find("[data-count-words]", this.form).textContent = say(words.words, { n: text.match(/\S+/g)?.length ?? 0 });
  }

  wrong(text, field) {
    this.error.textContent = "";
    this.error.textContent = text;
    field?.focus();
  }

  send() {
    if (isClosed || sitting.isReadOnly()) return;
    const kind = this.kind();
    const value = this.value(FIELDS_OF[kind] ?? ALL_FIELDS);
    const toField = find('[data-recipients="to"] [data-add]', this.form);
    if (!people.some((person) => person.passes_on && [...(value.to ?? []), ...(value.cc ?? [])].includes(person.id))) delete value.pass_on;
    if (!kind) return this.wrong(words.no_kind, find('input[name="kind"]', this.form));
    if (kind === "plan" && !value.due_day) return this.wrong(words.no_day, find('[name="due_day"]', this.form));
    if (!FIELDS_OF[kind] && !value.to?.length) return this.wrong(words.no_recipient, toField);
    if (!FIELDS_OF[kind] && !value.tag) return this.wrong(words.no_tag, find('[name="tag"]', this.form));
    this.error.textContent = "";
    const task = this.message.dataset.next;
    const item = showSent(this.id, task, value, sitting.isOffline() ? words.queued : words.sending);
    drafts.set(this.id, {});
    sitting.save(this.id, {});
    if (this.isNew) this.remove();
    else this.fill({});
    markEntry(this.id);
    find("h2", this.message).focus();
    sitting.announce(sitting.isOffline() ? words.queued : words.sent);
    const state = find("[data-state]", item);
    const waiting = setTimeout(() => { if (sitting.isOffline()) state.textContent = words.queued; }, 3_000);
    sitting.send(task, value).then(
      () => { state.textContent = ""; },
      (error) => this.refused(item, value, error.message),
    ).finally(() => clearTimeout(waiting));
  }

  // Nothing is lost: what could not be sent becomes a draft again.
  refused(item, value, code) {
    item.remove();
    const text = code === "already_sent" ? words.sent_elsewhere : words.not_sent;
    drafts.set(this.id, value);
    sitting.save(this.id, value);
    if (!this.form.isConnected) {
      const place = find("[data-compose]", this.message);
      composers.set(this.id, new Composer(this.message, place));
    } else {
      this.fill(value);
    }
    place(this.id);
    markEntry(this.id);
    composers.get(this.id).wrong(text);
    sitting.announce(text);
  }

  remove() {
    find("[data-compose]", this.message).replaceChildren();
    composers.delete(this.id);
  }
}

// Puts a sent action into its message and the message among the handled ones.
function showSent(id, task, value, stateText) {
  const message = article(id);
  if (!message) {
    if (!id.startsWith("new.")) return make("li");
    addNew(id);
    return showSent(id, task, value, stateText);
  }
  const kindLabel = find(`input[name="kind"][value="${value.kind}"]`, find("[data-compose-template]").content)?.parentElement.textContent.trim() ?? words.new_message;
  const facts = make("dl", { className: "in-tray-facts" });
  const fact = (label, text) => text && facts.append(make("div", {}, make("dt", { text: label }), make("dd", { text })));
  const optionText = (name) => (value[name] ? find(`[name="${name}"] option[value="${value[name]}"]`, find("[data-compose-template]").content)?.textContent : "");
  const names = (list) => (list ?? []).map(personName).join(", ");
  fact(words.to, names(value.to));
  fact(words.cc, names(value.cc));
  fact(words.pass_on, names(value.pass_on));
  fact(words.tag, optionText("tag"));
  fact(words.priority, optionText("priority"));
  fact(words.when, [optionText("due_day"), value.due_time && timeOf(minutesOf(value.due_time))].filter(Boolean).join(" "));
  fact(words.about, (value.about ?? []).map(subjectOf).join(", "));
  const time = timeOf(Number(root.dataset.clockStart) + Math.floor(minuteNow()));
  const head = make("p", { className: "soft" }, make("b", { text: kindLabel }));
  if (value.kind !== "no_action") head.append(` · ${say(words.sent_at, { clock: time })}`);
  const item = make("li", { className: "in-tray-sent", "data-sent": task, "data-day": value.due_day, "data-time": value.due_time, "data-kind": value.kind }, head);
  if (value.subject) item.append(make("p", {}, make("b", { "data-sent-subject": "", text: value.subject })));
  if (facts.children.length) item.append(facts);
  if (value.text) item.append(make("p", { className: "in-tray-text", dir: "auto", text: value.text }));
  item.append(make("p", { className: "soft", "data-state": "", text: stateText ?? "" }));
  find("[data-sent-list]", message).append(item);
  place(id);
  if (value.kind === "plan") calendar.draw();
  return item;
}

// The list in which a message belongs, and the number of its next action.
function place(id) {
  const message = article(id);
  const sent = all("[data-sent]", message);
  find(".in-tray-actions", message).hidden = !sent.length;
  if (!("isNew" in message.dataset)) {
    const highest = Math.max(0, ...sent.map((one) => Number(one.dataset.sent.split(".").at(-1))));
    message.dataset.next = `${id}.sent.${highest + 1}`;
    const list = find(`[data-list="${sent.length ? "handled" : "waiting"}"]`);
    const entry = entryOf(id);
    if (entry.parentElement !== list) list.append(entry);
  }
  const entry = entryOf(id);
  if (entry) delete entry.dataset.new;
  markEntry(id);
  count();
}

// --- Decisions and stock ----------------------------------------------------------------------------------

function bindChoices() {
  bindDecisions(root);
  for (const select of all("[data-batch]")) {
    select.addEventListener("change", () => {
      sitting.save("stock", Object.fromEntries(all("[data-batch]").map((one) => [one.dataset.batch, one.value])));
    });
  }
}

function bindDecisions(within) {
  for (const box of all("[data-decision]", within)) {
    box.addEventListener("change", () => {
      const value = { option: find("input:checked", box)?.value ?? "" };
      const person = find("[data-person]", box);
      if (person) {
        const asked = find("[data-person-for]", box);
        asked.hidden = value.option !== asked.dataset.personFor;
        if (!asked.hidden) value.person = person.value;
      }
      sitting.save(box.dataset.decision, value);
    });
  }
}

function fillDecision(box, value) {
  for (const radio of all('input[type="radio"]', box)) radio.checked = radio.value === value.option;
  const person = find("[data-person]", box);
  if (!person) return;
  person.value = value.person ?? "";
  const asked = find("[data-person-for]", box);
  asked.hidden = value.option !== asked.dataset.personFor;
}

// --- Material ---------------------------------------------------------------------------------------------

function bindTabs() {
  const tabs = all('[role="tab"]');
  tabs.forEach((tab, place) => {
    tab.addEventListener("click", () => openTab(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = tabs[(place + step + tabs.length) % tabs.length];
      openTab(next);
      next.focus();
    });
  });
}

function openTab(tab) {
  for (const other of all('[role="tab"]')) {
    const isOpen = other === tab;
    other.setAttribute("aria-selected", String(isOpen));
    other.tabIndex = isOpen ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls")).hidden = !isOpen;
  }
}

function openDocument(id) {
  openTab(document.getElementById("in-tray-tab-documents"));
  const wanted = document.getElementById(`in-tray-document-${id}`);
  wanted?.querySelector("h3").focus();
}

// --- Keys -------------------------------------------------------------------------------------------------

function bindKeys() {
  const isOn = find("[data-keys-on]");
  try {
    isOn.checked = localStorage.getItem("klei-in-tray-keys") !== "off";
  } catch { /* only a preference */ }
  isOn.addEventListener("change", () => {
    try { localStorage.setItem("klei-in-tray-keys", isOn.checked ? "on" : "off"); } catch { /* only a preference */ }
  });
  document.addEventListener("keydown", (event) => {
    if (!isOn.checked) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = event.target.closest?.(".in-tray-compose");
      if (!form) return;
      event.preventDefault();
      form.requestSubmit();
    } else if (event.altKey && event.shiftKey && (event.code === "KeyJ" || event.code === "KeyK")) {
      event.preventDefault();
      step(event.code === "KeyJ" ? 1 : -1);
    } else if (event.altKey && event.shiftKey && event.code === "KeyN") {
      event.preventDefault();
      startNew();
    }
  });
}

function step(by) {
  const ids = all(".in-tray-list [data-entry]:not([hidden])").map((entry) => entry.dataset.entry);
  const open = ids.indexOf(all("[data-message]").find((message) => !message.hidden)?.dataset.message);
  const next = ids[open < 0 ? 0 : Math.min(ids.length - 1, Math.max(0, open + by))];
  if (next) openMessage(next);
}
