// The calendar, drawn twice from the same facts: as a list per day that names every clash in words, and as a week.
import { all, make, say, word } from "./elements.js";

const OWN_MINUTES = 30; // where no end was given
const STEP = 15; // the minutes of one row of the week

export const minutesOf = (time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
const clock = (minutes) => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

export class Calendar {
  constructor(root, { sitting, words, timeOf, personName, subjectOf, isClosed }) {
    Object.assign(this, { root, sitting, words, timeOf, personName, subjectOf, isClosed });
    this.box = root.querySelector("[data-calendar]");
    this.form = root.querySelector("[data-add-entry]");
    this.days = JSON.parse(this.box.dataset.days);
    this.events = JSON.parse(this.box.dataset.events);
    this.value = { entries: [], moved: {}, dropped: [], ...JSON.parse(this.box.dataset.value) };
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.isClosed() && !sitting.isReadOnly()) this.add();
    });
    this.draw();
  }

  keep(value) {
    this.value = value;
    this.sitting.save("calendar", value);
    this.draw();
  }

  restore(value) {
    this.value = { entries: [], moved: {}, dropped: [], ...value };
    this.draw();
  }

  add() {
    const field = (name) => this.form.elements.namedItem(name);
    const error = this.form.querySelector("[data-error]");
    const about = field("about").selectedOptions[0];
    const title = field("title").value.trim() || (about.value ? about.textContent : "");
    error.textContent = "";
    if (!title) {
      error.textContent = this.words.no_title;
      return field("title").focus();
    }
    if (!field("day").value || !field("start").value) {
      error.textContent = this.words.no_start;
      return field(field("day").value ? "start" : "day").focus();
    }
    const entry = Object.fromEntries(["day", "start", "end", "with", "about"].map((name) => [name, field(name).value]));
    this.form.reset();
    this.keep({ ...this.value, entries: [...this.value.entries, { ...entry, title }] });
    this.tell(this.slots.find((slot) => slot.index === this.value.entries.length - 1));
  }

  // What now stands where, and with what it clashes.
  tell(slot) {
    this.sitting.announce([`${slot.title}, ${this.timesOf(slot)}.`, ...this.clashesOf(slot)].join(" "));
  }

  find() {
    const slots = this.events.filter((event) => !this.value.dropped.includes(event.id)).map((event) => {
      const moved = this.value.moved[event.id];
      if (!moved) return event;
      const start = minutesOf(moved.start);
      return { ...event, day: moved.day, start, end: start + event.end - event.start, isMoved: true };
    });
    this.value.entries.forEach((entry, index) => {
      const start = minutesOf(entry.start);
      const end = entry.end ? Math.max(start, minutesOf(entry.end)) : start + OWN_MINUTES;
      slots.push({ day: entry.day, start, end, title: entry.title, note: entry.with ? this.personName(entry.with) : "", travel: 0, index });
    });
    for (const plan of all('[data-sent][data-kind="plan"]', this.root)) {
      if (!plan.dataset.day || !plan.dataset.time) continue;
      const start = minutesOf(plan.dataset.time);
      slots.push({ day: plan.dataset.day, start, end: start + OWN_MINUTES, title: this.subjectOf(plan.closest("[data-message]").dataset.message), note: "", travel: 0 });
    }
    return slots.sort((one, other) => one.start - other.start || one.end - other.end);
  }

  draw() {
    this.slots = this.find();
    const pairs = this.slots.flatMap((slot, place) => this.slots.slice(place + 1).filter((other) => clashes(slot, other)));
    const { no_clash, one_clash, many_clashes } = this.words;
    const sentence = pairs.length > 1 ? say(many_clashes, { n: pairs.length }) : pairs.length ? one_clash : no_clash;
    this.box.querySelector("[data-clashes]").textContent = sentence;
    this.box.querySelector("[data-calendar-days]").replaceChildren(...this.days.map((day) => this.listOf(day)));
    this.root.querySelector("[data-week]").replaceChildren(this.week());
    for (const field of this.isClosed() ? all("button, select, input", this.box) : []) field.disabled = true;
  }

  timesOf(slot) {
    return `${this.timeOf(slot.start)}–${this.timeOf(slot.end)}`;
  }

  // Each clash as a sentence that names the other appointment and says what is wrong.
  clashesOf(slot) {
    return this.slots.filter((other) => clashes(slot, other)).map((other) => {
      const isOverlap = slot.start < other.end && other.start < slot.end;
      return say(isOverlap ? this.words.clashes_with : this.words.no_travel, { name: other.title, time: this.timesOf(other) });
    });
  }

  // --- The list -----------------------------------------------------------------------------------------

  listOf(day) {
    const own = this.slots.filter((slot) => slot.day === day.id);
    const dropped = this.events.filter((event) => event.day === day.id && this.value.dropped.includes(event.id));
    const list = make("ul", {}, ...own.map((slot) => this.item(slot)), ...dropped.map((event) => this.droppedItem(event)));
    if (!own.length && !dropped.length) list.append(word("li", "soft", this.words.nothing));
    return make("section", { className: "in-tray-day" }, make("h4", { text: day.label }), list);
  }

  item(slot) {
    const what = make("span", {}, slot.title);
    if (slot.note) what.append(" ", make("small", { text: slot.note }));
    if (slot.isMoved) what.append(" ", word("em", "tag sky", this.words.moved));
    for (const sentence of this.clashesOf(slot)) what.append(word("strong", "in-tray-clash", sentence));
    const item = make("li", {}, make("span", { className: "in-tray-time", text: this.timesOf(slot) }), what);
    if (slot.isMovable) item.append(this.mover(slot));
    if (slot.index !== undefined) item.append(this.remover(slot));
    return item;
  }

  remover(slot) {
    const remove = make("button", { type: "button", className: "button quiet", "aria-label": say(this.words.remove, { name: slot.title }), text: "×" });
    remove.addEventListener("click", () => {
      this.keep({ ...this.value, entries: this.value.entries.filter((_, index) => index !== slot.index) });
      this.form.querySelector("input").focus();
    });
    return remove;
  }

  mover(slot) {
    const label = say(this.words.move_label, { name: slot.title });
    const day = make("select", { "aria-label": `${label}: ${this.words.when}` }, ...this.days.map((one) => make("option", { value: one.id, text: one.label })));
    day.value = slot.day;
    const time = make("input", { type: "time", step: "300", "aria-label": `${label}: ${this.words.when}` });
    time.value = clock(slot.start);
    const button = make("button", { type: "button", className: "button", text: this.words.move });
    button.addEventListener("click", () => {
      if (!time.value) return time.focus();
      this.keep({ ...this.value, moved: { ...this.value.moved, [slot.id]: { day: day.value, start: time.value } } });
      this.tell(this.slots.find((one) => one.id === slot.id));
      this.box.querySelector(`[data-move="${CSS.escape(slot.id)}"] summary`)?.focus();
    });
    const drop = make("button", { type: "button", className: "button quiet", "aria-label": say(this.words.drop_label, { name: slot.title }), text: this.words.drop });
    drop.addEventListener("click", () => {
      const moved = Object.fromEntries(Object.entries(this.value.moved).filter(([id]) => id !== slot.id));
      this.keep({ ...this.value, moved, dropped: [...this.value.dropped, slot.id] });
      this.sitting.announce(say(this.words.is_dropped, { name: slot.title }));
      this.box.querySelector(`[data-put-back="${CSS.escape(slot.id)}"]`)?.focus();
    });
    return make("details", { className: "in-tray-move", "data-move": slot.id }, word("summary", "", label), make("div", { className: "in-tray-row" }, day, time, button, drop));
  }

  // What was cancelled stays in the list, so that it can be put back; it clashes with nothing.
  droppedItem(event) {
    const back = make("button", { type: "button", className: "button quiet", "data-put-back": event.id, "aria-label": say(this.words.put_back_label, { name: event.title }), text: this.words.put_back });
    back.addEventListener("click", () => {
      this.keep({ ...this.value, dropped: this.value.dropped.filter((id) => id !== event.id) });
      this.tell(this.slots.find((one) => one.id === event.id));
      this.box.querySelector(`[data-move="${CSS.escape(event.id)}"] summary`)?.focus();
    });
    const what = make("span", {}, make("s", { text: event.title }), " ", word("em", "tag", this.words.dropped));
    return make("li", { className: "in-tray-dropped" }, make("span", { className: "in-tray-time", text: this.timesOf(event) }), what, back);
  }

  // --- The week -----------------------------------------------------------------------------------------

  week() {
    const first = Math.floor(Math.min(8 * 60, ...this.slots.map((slot) => slot.start)) / 60) * 60;
    const last = Math.ceil(Math.max(18 * 60, ...this.slots.map((slot) => slot.end)) / 60) * 60;
    const row = (minutes) => Math.floor((minutes - first) / STEP) + 1;
    const week = make("div", { className: "in-tray-week" });
    week.style.setProperty("--rows", (last - first) / STEP);
    const hours = make("div", { className: "in-tray-hours", "aria-hidden": "true" });
    for (let hour = first; hour < last; hour += 60) {
      const label = make("span", { text: this.timeOf(hour) });
      label.style.gridRow = `${row(hour)} / span 4`;
      hours.append(label);
    }
    week.append(hours, ...this.days.map((day) => {
      const own = lanes(this.slots.filter((slot) => slot.day === day.id));
      const list = make("ul", { className: "in-tray-slots" }, ...own.map(({ slot, lane, count }) => this.block(slot, lane, count, row)));
      if (!own.length) list.append(word("li", "visually-hidden", this.words.nothing));
      return make("section", {}, make("h3", { text: day.label }), list);
    }));
    return week;
  }

  block(slot, lane, count, row) {
    const isClash = this.slots.some((other) => clashes(slot, other));
    const states = [slot.isOpen && "is-open", isClash && "is-clash", count > 1 && "is-narrow"].filter(Boolean);
    const item = make("li", { className: ["in-tray-slot", ...states].join(" "), title: `${this.timesOf(slot)} ${slot.title}` });
    item.append(word("span", "in-tray-time", this.timesOf(slot)));
    if (isClash) item.append(make("strong", {}, word("span", "visually-hidden", this.words.clash)));
    item.append(make("span", { text: slot.title }));
    item.style.gridRow = `${row(slot.start)} / ${Math.max(row(slot.start) + 1, row(slot.end - 1) + 1)}`;
    item.style.gridColumn = `${lane * (12 / count) + 1} / span ${12 / count}`;
    return item;
  }
}

// Whether nobody can be at both, travel included.
function clashes(one, other) {
  if (one === other || one.day !== other.day || one.isOpen || other.isOpen) return false;
  const travel = Math.max(one.travel, other.travel);
  return one.start < other.end + travel && other.start < one.end + travel;
}

// What happens at the same time stands side by side, in at most four lanes.
function lanes(slots) {
  const placed = [];
  for (const slot of slots) {
    const taken = placed.filter((one) => one.slot.end > slot.start).map((one) => one.lane);
    const free = [0, 1, 2, 3].find((lane) => !taken.includes(lane)) ?? 3;
    placed.push({ slot, lane: free });
  }
  return placed.map((one) => {
    const together = placed.filter((other) => other.slot.start < one.slot.end && one.slot.start < other.slot.end);
    return { ...one, count: Math.max(...together.map((other) => other.lane)) + 1 };
  });
}
