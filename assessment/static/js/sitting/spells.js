// The spells in which this page was cut off or asleep, reported on return. They give no time, because work goes on, but
// whoever looks at a complaint wants to know. Told once: the same numbers again change nothing.
import { call } from "./wire.js";

const SHORTEST = 5_000;

export class Spells {
  constructor({ url, client }) {
    Object.assign(this, { url, client });
    this.waiting = [];
    this.sequence = 0;
  }

  note(kind, lasted) {
    if (lasted < SHORTEST) return;
    this.waiting.push({ seq: ++this.sequence, kind, lasted_ms: Math.round(lasted), ended: performance.now() });
    this.flush();
  }

  async flush() {
    if (!this.waiting.length || this.isSending) return;
    this.isSending = true;
    const told = this.waiting.slice(0, 50);
    const spells = told.map(({ ended, ...spell }) => ({ ...spell, ended_ms_ago: Math.round(performance.now() - ended) }));
    const answer = await call(this.url, "POST", { client: this.client, spells });
    this.isSending = false;
    if (answer.status === 0 || answer.status === 401 || answer.status >= 500) return; // with the next return
    this.waiting = this.waiting.filter((spell) => !told.includes(spell));
  }
}
