// A practice exercise: what is written stays in this page. All of it goes along when the page asks what has come of it,
// and the server answers without keeping anything.
const PATIENCE = 12_000;

export class Practice {
  constructor({ url, minute, next, parts, button, token, onArrived }) {
    this.url = url;
    this.minute = Number(minute);
    this.next = next === "" ? null : Number(next);
    this.parts = parts;
    this.button = button;
    this.token = token;
    this.onArrived = onArrived;
    this.written = new Map();
    button.addEventListener("click", () => this.letTimePass());
  }

  save(task, value) {
    this.written.delete(task); // the newest comes last
    this.written.set(task, { task, value, minute: this.minute });
  }

  async send(task, value) {
    if (this.written.has(task)) throw new Error("already_sent");
    this.save(task, value);
    await this.ask(); // what was sent may bring an answer
    return { acknowledged: true };
  }

  has(task) {
    return this.written.has(task);
  }

  async letTimePass() {
    if (this.next === null) return;
    const before = this.minute;
    this.minute = this.next;
    this.button.disabled = true;
    if (!(await this.ask())) this.minute = before;
    this.button.disabled = false;
  }

  // Asks what has come of what stands on this page; false when there is no answer now.
  async ask({ isFresh = false } = {}) {
    try {
      const response = await fetch(this.url, {
        method: "POST",
        signal: AbortSignal.timeout(PATIENCE),
        cache: "no-store",
        credentials: "same-origin",
        redirect: "error",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": this.token },
        body: JSON.stringify({ written: [...this.written.values()], minute: this.minute, have: isFresh ? [] : this.parts }),
      });
      if (!response.ok) return false;
      const fragment = new DOMParser().parseFromString(await response.text(), "text/html");
      const moment = fragment.querySelector("[data-practice-moment]");
      if (!moment) return false;
      const parts = JSON.parse(moment.dataset.parts);
      const isNew = isFresh || parts.some((part) => !this.parts.includes(part));
      this.parts = parts;
      this.next = moment.dataset.next === "" ? null : Number(moment.dataset.next);
      this.button.hidden = this.next === null;
      if (isNew) this.onArrived(fragment);
      return true;
    } catch {
      return false;
    }
  }
}
