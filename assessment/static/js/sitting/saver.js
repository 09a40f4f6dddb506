// Saves what is written: one request at a time, in the order of writing, until each is acknowledged.
//
// An entry of the outbox: { person, sitting, task, value, base, epoch, isFinal, attempt, stamp }. `base` is the revision that
// the writing began on, kept with it, so that text left on a device never slides over what was saved elsewhere since.
// `attempt` is what is or was on its way: { value, base, client, seq, epoch }; it is stored before it is sent and sent
// again unchanged until it is answered, so that a lost answer never makes two revisions. "Saved" is only what the
// server has acknowledged; `stamp` is what it signed when it last did so.
import { sendSave } from "./wire.js";

const QUIET = 1_500; // after the last change
const LONGEST = 5_000; // since the first unsaved change
const RETRY = [2_000, 4_000, 8_000, 15_000];
const UNTIL_RESUMED = ["paused", "not_open"]; // what is answered while the sitting does not take anything

const jitter = (ms) => ms * (0.8 + Math.random() * 0.4);

// The same value, whatever the order in which its fields were written.
export function isEqual(a, b) {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const names = Object.keys(a);
  return Array.isArray(a) === Array.isArray(b) && names.length === Object.keys(b).length && names.every((name) => isEqual(a[name], b[name]));
}

export class Saver {
  constructor({ person, sitting, saveUrl, heads, epoch, clock, savedAge, outbox, asks, onChange, onAnswer, onReturn }) {
    Object.assign(this, { person, sitting, saveUrl, heads, epoch, clock, outbox, asks, onChange, onAnswer, onReturn });
    this.client = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    this.sequence = 0;
    this.queue = new Map(); // task → entry, in the order of writing
    this.waiting = new Map(); // task of a final entry → the promise's ends
    this.beside = new Map(); // task → what was stored beside what counts, because work had gone on elsewhere
    this.stamps = {};
    this.failures = 0;
    this.isStopped = false;
    this.isHeld = false;
    this.isSending = false;
    this.lostSince = null;
    this.isBusy = false;
    this.confirmedAt = savedAge === null ? null : performance.now() - savedAge;
  }

  get isSaved() {
    return this.queue.size === 0;
  }

  get isOffline() {
    return this.lostSince !== null;
  }

  // Milliseconds since the last confirmed save; null when there was none.
  get confirmedAge() {
    return this.confirmedAt === null ? null : performance.now() - this.confirmedAt;
  }

  // What an earlier page left behind.
  restore(entries) {
    for (const entry of entries) this.queue.set(entry.task, { ...entry, isRestored: true });
    if (entries.length) this.schedule(0);
  }

  save(task, value) {
    if (this.isStopped) return;
    const entry = this.queue.get(task) ?? this.entryFor(task);
    if (entry.refused?.code === "stale" && isEqual(entry.value, value)) return; // the question is asked already
    entry.value = value;
    entry.refused = null;
    this.queue.set(task, entry);
    this.keep(entry);
    const age = performance.now() - (entry.since ?? 0);
    this.schedule(Math.min(jitter(QUIET), Math.max(0, LONGEST - age)));
    this.onChange();
  }

  // For final tasks: goes at once; the promise tells when the server has it.
  send(task, value) {
    if (this.isStopped) return Promise.reject(new Error("read_only"));
    const entry = { ...this.entryFor(task), value, isFinal: true };
    this.queue.set(task, entry);
    const promise = new Promise((resolve, reject) => this.waiting.set(task, { resolve, reject }));
    this.keep(entry).then(() => this.schedule(0));
    this.onChange();
    return promise;
  }

  entryFor(task) {
    const { person, sitting } = this;
    return { person, sitting, task, base: this.heads[task] ?? 0, attempt: null, stamp: this.stamps[task] ?? null, since: performance.now() };
  }

  // Everything that waits, now; true when all of it was acknowledged.
  async flush() {
    clearTimeout(this.timer);
    await this.work();
    return this.isSaved;
  }

  stop() {
    this.isStopped = true;
  }

  // While a sitting is paused nothing is sent; what waits goes when it is resumed.
  hold() {
    this.isHeld = true;
  }

  release() {
    if (!this.isHeld) return;
    this.isHeld = false;
    for (const entry of this.queue.values()) if (UNTIL_RESUMED.includes(entry.refused?.code)) entry.refused = null;
    this.schedule(0);
  }

  async keep(entry) {
    const { since, isRestored, refused, ...kept } = entry; // a page that begins anew sends again, and so asks again
    const trouble = this.outbox.trouble;
    await this.outbox.put({ ...kept, epoch: this.epoch }).catch(() => {}); // the outbox remembers its trouble, and the page tells
    if (trouble !== this.outbox.trouble) this.onChange();
  }

  schedule(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.work(), delay);
  }

  async work() {
    if (this.isSending) return this.working;
    this.isSending = true;
    this.working = this.drain().finally(() => {
      this.isSending = false;
      this.onChange();
    });
    return this.working;
  }

  async drain() {
    this.onChange();
    for (;;) {
      const entry = this.isHeld ? undefined : [...this.queue.values()].find((one) => !one.refused);
      if (!entry) return;
      if (!(await this.deliver(entry))) return;
    }
  }

  // One entry; false when sending has to wait.
  async deliver(entry) {
    if (!entry.attempt) {
      entry.attempt = {
        value: structuredClone(entry.value),
        base: entry.base ?? this.heads[entry.task] ?? 0,
        client: this.client,
        seq: ++this.sequence,
        epoch: this.epoch,
      };
      await this.keep(entry);
    }
    const attempt = entry.attempt;
    attempt.epoch = this.epoch;
    const url = this.saveUrl.replace("TASK", encodeURIComponent(entry.task));
    const answer = await sendSave(url, attempt, { clock: this.clock, asks: this.asks() });
    if ((answer.status === 200 || answer.status === 409) && answer.code === undefined) answer.status = 0; // not from us
    if (answer.status === 200 || answer.status === 409) {
      this.failures = 0;
      this.found();
      await this.acknowledged(entry, attempt, answer);
      return !this.isStopped || !this.isSaved;
    }
    if (answer.status === 413 || answer.status === 422 || answer.status === 404) {
      this.found();
      entry.attempt = null;
      entry.refused = answer;
      this.waiting.get(entry.task)?.reject(new Error(answer.code ?? "refused"));
      this.waiting.delete(entry.task);
      this.onAnswer(entry, answer);
      return true;
    }
    if (answer.status === 0 || answer.status >= 500) this.lost(answer.status >= 500);
    else this.found();
    this.onAnswer(entry, answer);
    if (answer.status !== 401) {
      const wait = RETRY[Math.min(this.failures, RETRY.length - 1)];
      this.failures += 1;
      this.schedule(jitter(wait));
    }
    return false;
  }

  // The server does not answer, or (busy) cannot store.
  lost(isBusy = false) {
    this.isBusy = isBusy;
    this.lostSince ??= performance.now();
  }

  found() {
    this.isBusy = false;
    if (this.lostSince === null) return;
    const spell = performance.now() - this.lostSince;
    this.lostSince = null;
    this.onReturn(spell);
  }

  async acknowledged(entry, attempt, answer) {
    const same = isEqual(entry.value, attempt.value);
    entry.attempt = null;
    if (UNTIL_RESUMED.includes(answer.code)) {
      entry.refused = answer; // it does not count; it goes again when the sitting is resumed
      return this.onAnswer(entry, answer);
    }
    this.confirmedAt = performance.now();
    if (answer.clock) this.clock = answer.clock;
    if (answer.stamp) entry.stamp = this.stamps[entry.task] = answer.stamp;
    if (answer.code === "stale" && !isEqual(answer.value, entry.value)) {
      if (!same) return this.keep(entry); // what was written since goes on the same base first, so that it is stored too
      entry.refused = answer; // until somebody has chosen
      await this.keep(entry);
      return this.onAnswer(entry, answer);
    }
    const isBeside = answer.code === "continued_elsewhere" && !entry.isFinal && !isEqual(answer.value, entry.value);
    if (isBeside) this.beside.set(entry.task, { ...entry, base: attempt.base });
    if (answer.head !== undefined) this.heads[entry.task] = entry.base = answer.head;
    if (same || answer.code === "already_sent" || answer.code === "stale") {
      if (this.queue.get(entry.task) === entry) this.queue.delete(entry.task);
      await this.outbox.remove(entry).catch(() => {});
    } else {
      entry.since = performance.now();
      await this.keep(entry);
    }
    const waiting = this.waiting.get(entry.task);
    if (waiting) {
      this.waiting.delete(entry.task);
      if (answer.code === "saved" || answer.code === "already_sent") waiting.resolve({ acknowledged: true });
      else waiting.reject(new Error(answer.code));
    }
    this.onAnswer(entry, answer);
  }

  // Who takes over here again is asked about it: the page that begins then finds it as if it had not been sent. What
  // another page of this browser keeps in its place is newer.
  async leaveBeside() {
    const kept = await this.outbox.all(this.person, this.sitting).catch(() => []);
    for (const entry of this.beside.values()) {
      if (!kept.some((one) => one.task === entry.task)) await this.keep(entry);
    }
  }

  // After a choice between two versions: this value counts, on top of what the server has.
  keepMine(entry, value, head) {
    entry.value = value;
    this.heads[entry.task] = entry.base = head;
    entry.refused = null;
    this.keep(entry);
    this.schedule(0);
    this.onChange();
  }

  async takeTheirs(entry, head) {
    this.heads[entry.task] = head;
    this.queue.delete(entry.task);
    await this.outbox.remove(entry).catch(() => {});
    this.onChange();
  }
}
