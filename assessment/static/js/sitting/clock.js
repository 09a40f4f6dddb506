// The clock of a sitting: the server's remaining milliseconds, counted down monotonically. The device's own clock and
// time zone play no part. Before it acts on zero, and after it woke from sleep, it asks the server.
const SPOKEN = [10, 5, 1];
const NAP = 5_000; // a gap between two ticks that only sleep explains
const MOVED = 10_000; // more than delays on the way can explain: the end itself has moved

export class Clock {
  constructor({ remaining, isUntimed, words, announce, onZero, onMoved, onWake, ask }) {
    Object.assign(this, { isUntimed, words, announce, onZero, onMoved, onWake, ask });
    this.spoken = new Set();
    this.isStopped = false;
    this.element = document.getElementById("clock");
    this.value = remaining;
    this.since = this.ticked = performance.now();
    this.deviceSays = Date.now();
    for (const minute of SPOKEN) if (remaining <= minute * 60_000) this.spoken.add(minute);
    setInterval(() => this.tick(), 500);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.ask());
    this.tick();
  }

  set(remaining) {
    const moved = remaining - this.remaining();
    this.value = remaining;
    this.since = performance.now();
    if (this.isStopped || this.isUntimed || Math.abs(moved) < MOVED) return;
    for (const minute of SPOKEN) if (remaining > minute * 60_000) this.spoken.delete(minute);
    this.onMoved(moved);
  }

  remaining() {
    return Math.max(0, this.value - (this.isStopped ? 0 : performance.now() - this.since));
  }

  // A paused sitting: time stands still until the server says how much is left.
  stop() {
    this.value = this.remaining();
    this.isStopped = true;
    this.tick();
  }

  goOn(remaining) {
    this.isStopped = false;
    this.value = remaining;
    this.since = performance.now();
    this.tick();
  }

  tick() {
    this.noticeSleep();
    if (!this.element) return;
    const left = this.remaining();
    const seconds = Math.ceil(left / 1000);
    const text = this.isStopped ? this.words.paused : this.isUntimed ? this.words.untimed : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (this.element.textContent !== text) this.element.textContent = text;
    if (this.isStopped) return;
    if (!this.isUntimed) {
      for (const minute of SPOKEN) {
        if (left <= minute * 60_000 && !this.spoken.has(minute) && left > 0) {
          this.spoken.add(minute);
          this.announce(minute === 1 ? this.words.left_one : this.words.left.replace("{n}", minute));
        }
      }
    }
    if (left === 0 && !this.isAsking) {
      this.isAsking = true;
      Promise.resolve(this.onZero()).finally(() => setTimeout(() => (this.isAsking = false), 3_000));
    }
  }

  // A laptop that slept: its monotonic clock may have stood still, and then only the device's own clock tells, which
  // somebody may also have set. Neither is believed: both are a reason to ask.
  noticeSleep() {
    const now = performance.now();
    const device = Date.now();
    const gap = now - this.ticked;
    const jump = Math.abs(device - this.deviceSays - gap);
    this.ticked = now;
    this.deviceSays = device;
    if (gap > NAP) this.onWake(gap);
    if (gap > NAP || jump > NAP) this.ask();
  }

  tell() {
    if (this.isStopped) return this.announce(this.words.paused);
    if (this.isUntimed) return this.announce(this.words.untimed);
    const seconds = Math.ceil(this.remaining() / 1000);
    this.announce(this.words.left_exact.replace("{minutes}", Math.floor(seconds / 60)).replace("{seconds}", seconds % 60));
  }
}
