// The draft saves itself: a moment after a change, whole, with the version it rests on. One save at a time, after the
// passages on their way, because a level needs what it rests on.
import { call } from "../sitting/wire.js";

const PAUSE = 700;
const AGAIN = 5000;

export class Draft {
  constructor(form, { outbox, onState, onStale, onTaken }) {
    this.form = form;
    this.outbox = outbox;
    this.onState = onState;
    this.onStale = onStale;
    this.onTaken = onTaken;
    this.version = Number(form.elements.version.value);
    this.isChanged = false;
    this.isStale = false;
    this.running = null;
    form.addEventListener("input", (event) => this.noticed(event));
    document.addEventListener("change", (event) => { if (event.target.form === form && !form.contains(event.target)) this.noticed(event); });
    addEventListener("online", () => this.save());
    addEventListener("beforeunload", (event) => { if (this.isChanged && !this.isLeaving) event.preventDefault(); });
  }

  noticed(event) {
    if (event.target.name?.startsWith("passage-")) return;
    this.change();
  }

  change() {
    this.isChanged = true;
    this.outbox.keepDraft(this.value());
    this.onState("waiting");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE);
  }

  value() {
    const data = new FormData(this.form);
    const scores = {};
    for (const card of this.form.querySelectorAll("[data-dimension]")) {
      const level = data.get(`level-${card.dataset.dimension}`);
      scores[card.dataset.dimension] = level === null ? null : Number(level);
    }
    return { version: this.version, scores, ticks: data.getAll("tick"), note: data.get("note") ?? "", contradicts: data.getAll("contradicts") };
  }

  // What was entered in a page that closed before it was saved: into the form, as if it were entered now.
  restore(kept) {
    for (const [dimension, level] of Object.entries(kept.scores)) {
      for (const radio of this.form.querySelectorAll(`[name="level-${dimension}"]`)) radio.checked = level !== null && radio.value === String(level);
    }
    for (const box of this.form.querySelectorAll("[name=tick]")) box.checked = kept.ticks.includes(box.value);
    for (const box of document.querySelectorAll("[name=contradicts]")) box.checked = kept.contradicts.includes(box.value);
    this.form.elements.note.value = kept.note;
    this.version = kept.version;
    this.change();
  }

  // Resolves when nothing is left to save, or it cannot be saved now.
  async save() {
    clearTimeout(this.timer);
    if (this.running) await this.running;
    if (!this.isChanged || this.isStale) return !this.isChanged;
    this.running = this.send();
    const done = await this.running;
    this.running = null;
    return done;
  }

  async send() {
    if (!(await this.outbox.flush())) { this.timer = setTimeout(() => this.save(), AGAIN); return false; }
    this.isChanged = false;
    this.onState("saving");
    const answer = await call(this.form.dataset.saveUrl, "PUT", this.value());
    if (answer.status === 200) {
      this.at(answer.version);
      if (!this.isChanged) { this.outbox.keepDraft(null); this.onState("saved", answer.saved); }
      return true;
    }
    this.isChanged = true;
    if (answer.status === 409 && answer.code === "StaleDraft") {
      this.isStale = true;
      this.stored = answer;
      this.onStale(answer, this.value());
    } else if (answer.status === 409 && answer.code === "TakenAway") this.onTaken(answer.message);
    else if (answer.status === 0 || answer.status === 503) {
      this.onState("offline");
      this.timer = setTimeout(() => this.save(), AGAIN);
    } else if (answer.status === 401) {
      this.onState("login");
      this.timer = setTimeout(() => this.save(), AGAIN);
    } else this.onState("failed", answer.message ?? String(answer.status));
    return false;
  }

  at(version) {
    this.version = version;
    this.form.elements.version.value = version;
  }

  // After a conflict: what is on the page wins, or what is stored.
  keepMine() {
    this.version = this.stored.version;
    this.isStale = false;
    this.isChanged = true;
    return this.save();
  }

  leave() { this.isLeaving = true; this.outbox.keepDraft(null); }
}
