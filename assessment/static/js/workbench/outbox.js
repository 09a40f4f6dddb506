// What the assessor did and the server has not acknowledged: passages in their order, and the draft. Kept on the device
// under the assignment, so that a closed page, a lost connection or an ended login loses nothing.
import { call } from "../sitting/wire.js";

const AGAIN = 5000;

export class Outbox {
  constructor(name, { onDone, onState }) {
    this.key = `klei-rating-${name}`;
    this.onDone = onDone;
    this.onState = onState;
    const kept = this.read();
    this.acts = kept.acts ?? [];
    this.draft = kept.draft ?? null;
    addEventListener("online", () => this.flush());
  }

  read() {
    try { return JSON.parse(localStorage.getItem(this.key)) ?? {}; } catch { return {}; }
  }

  keep() {
    try {
      if (this.acts.length || this.draft) localStorage.setItem(this.key, JSON.stringify({ acts: this.acts, draft: this.draft }));
      else localStorage.removeItem(this.key);
    } catch { /* a private window keeps it in the page only */ }
  }

  put(act) {
    this.acts.push(act);
    this.keep();
    return this.flush();
  }

  keepDraft(draft) {
    this.draft = draft;
    this.keep();
  }

  // Sends what waits, one after the other. True when nothing waits any more.
  flush() {
    this.running ??= this.send().finally(() => { this.running = null; });
    return this.running;
  }

  async send() {
    clearTimeout(this.timer);
    while (this.acts.length) {
      const act = this.acts[0];
      const answer = await call(act.url, act.method, act.body);
      if (answer.status === 401) { this.onState("login"); this.later(); return false; }
      if (answer.status === 0 || answer.status === 503) { this.onState("offline"); this.later(); return false; }
      this.acts.shift();
      this.keep();
      this.onDone(act, answer);
    }
    return true;
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), AGAIN);
  }
}
