// The connection of a conversation's page: asks what is new, sends what is written, and counts the minutes in between.
import { call } from "../sitting/wire.js";

const EVERY = { waiting: 4_000, preparing: 3_000, talking: 2_000, paused: 4_000, afterwards: 6_000, over: 30_000 };
const ALIVE = 8_000;

export class Line {
  constructor(element, heard) {
    this.urls = element.dataset;
    this.heard = heard;
    this.after = 0;
    this.stamp = "";
    this.typing = false;
    this.state = null;
    this.at = 0;
    this.ask();
    this.live();
  }

  async ask() {
    clearTimeout(this.timer);
    let isLost = false;
    try {
      const reply = await fetch(`${this.urls.state}?after=${this.after}`, {
        headers: { Accept: "application/json", ...(this.stamp ? { "If-None-Match": this.stamp } : {}) },
        cache: "no-store", credentials: "same-origin", redirect: "error",
      });
      if (reply.status === 200) {
        const state = await reply.json();
        this.state = state;
        this.at = performance.now();
        this.after = state.last;
        // The tag is about what came after the entry that was known when it was made.
        this.stamp = state.entries.length ? "" : reply.headers.get("ETag") ?? "";
        this.heard(state, false);
      } else if (reply.status !== 304) isLost = true;
    } catch {
      isLost = true;
    }
    if (isLost) this.heard(this.state, true);
    this.timer = setTimeout(() => this.ask(), EVERY[this.state?.stage] ?? 4_000);
  }

  async live() {
    const { typing } = this;
    this.typing = false;
    await call(this.urls.here, "POST", { typing });
    this.alive = setTimeout(() => this.live(), ALIVE);
  }

  // Somebody types: told at most every four seconds.
  types() {
    if (performance.now() - (this.typed ?? -9e9) < 4_000) return;
    this.typed = performance.now();
    call(this.urls.here, "POST", { typing: true });
  }

  async send(message) {
    const reply = await call(this.urls.say, "POST", message);
    if (reply.status === 200) this.ask();
    return reply;
  }

  // The minute of the conversation. The participant's is carried on from the server's last answer by a clock that only
  // runs forward; the others are told no pace, and hear of each whole minute when they ask.
  minute() {
    if (!this.state) return 0;
    const runs = this.state.factor && ["preparing", "talking", "afterwards"].includes(this.state.stage);
    return this.state.minute + (runs ? (performance.now() - this.at) / 60_000 / this.state.factor : 0);
  }
}

// The same for a rehearsal: nothing leaves the page.
export class Rehearsal {
  constructor(element, heard) {
    this.heard = heard;
    this.state = { stage: "waiting", minute: 0, length: 20, who: {}, entries: [], begins_in: 0 };
    this.number = 0;
    queueMicrotask(() => this.heard(this.state, false));
  }

  begin() {
    this.at = performance.now();
    this.state = { ...this.state, stage: "talking" };
    this.heard(this.state, false);
  }

  types() {}

  async send(message, part = "role-player", entry = {}) {
    const made = { number: ++this.number, part, kind: "said", name: "", text: message.text ?? "", minute: this.minute(), ...entry };
    this.heard({ ...this.state, entries: [made] }, false);
    return { status: 200 };
  }

  minute() {
    return this.state.stage === "talking" ? (performance.now() - this.at) / 60_000 : 0;
  }
}
