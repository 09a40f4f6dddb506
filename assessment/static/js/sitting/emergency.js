// The emergency file: if the server stays away, what is unsent can be taken along as a file, readable to people, with
// what the server signed when it last acknowledged something. An administrator can put it in.
const WAIT = 60_000; // without a server, before the page offers it

export class Emergency {
  constructor({ given, words, saver, clock }) {
    Object.assign(this, { given, words, saver, clock });
    this.stamp = JSON.parse(given.stamp);
    this.place = document.getElementById("emergency");
    this.place.querySelector("button").addEventListener("click", () => this.download());
  }

  // Offered when something is unsent and the server is away for a while, or time is over, or a text was refused.
  show({ isOver, isGone }) {
    const { saver } = this;
    const isAway = saver.isOffline && performance.now() - saver.lostSince > WAIT;
    const isStuck = [...saver.queue.values()].some((entry) => entry.refused && ![409].includes(entry.refused.status));
    const isWanted = !saver.isSaved && (isAway || isStuck || isGone || (isOver && saver.isOffline));
    if (this.place.hidden === isWanted) this.place.hidden = !isWanted;
  }

  content() {
    const { given, saver } = this;
    return {
      klei: "emergency file",
      version: 1,
      read_me: this.words.file_read_me,
      sitting: given.sitting,
      person: given.person,
      exercise: document.querySelector("h1").textContent.trim(),
      device_says: new Date().toISOString(),
      last_confirmed_seconds_ago: saver.confirmedAge === null ? null : Math.round(saver.confirmedAge / 1000),
      seconds_left: Math.round(this.clock.remaining() / 1000),
      stamp: this.stamp,
      texts: [...saver.queue.values()].map((entry) => ({
        task: entry.task,
        value: entry.value,
        base: entry.base ?? 0,
        stamp: entry.stamp ?? null,
        attempt: entry.attempt ? { client: entry.attempt.client, seq: entry.attempt.seq } : null,
      })),
    };
  }

  download() {
    const content = this.content();
    const file = { ...content, checksum: checksum(JSON.stringify(content)) };
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(file, null, 1)], { type: "application/json" }));
    link.download = `klei-${this.given.sitting.slice(0, 8)}-${content.texts.length}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    this.place.querySelector("p").textContent = this.words.file_made;
  }
}

// CRC-32 over UTF-8: tells a file that was changed or cut off by accident. It is no signature.
export function checksum(text) {
  let rest = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  }
  return ((rest ^ 0xffffffff) >>> 0).toString(16).padStart(8, "0");
}
