// The outbox: what was written and not yet acknowledged, kept on the device per person, sitting and task.
// Where the browser refuses to keep anything (private mode), a map in memory takes its place. `trouble` says in one
// word why nothing is kept: "refused", "full", or null while it works.
const STORE = "outbox";
const PATIENCE = 3_000;

export async function openOutbox() {
  try {
    const database = await new Promise((resolve, reject) => {
      const request = indexedDB.open("klei", 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: ["person", "sitting", "task"] });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new Error("blocked"));
      setTimeout(() => reject(new Error("no answer")), PATIENCE); // some private modes never answer
    });
    const outbox = new Outbox(database);
    await outbox.all("nobody");
    return outbox;
  } catch {
    return new MemoryOutbox();
  }
}

class Outbox {
  trouble = null;

  constructor(database) {
    this.database = database;
  }

  get isKept() {
    return this.trouble === null;
  }

  // What cannot be put for lack of space stays in the page; the next that can be put clears the trouble.
  async put(entry) {
    try {
      await this.run("readwrite", (store) => store.put(entry));
      this.trouble = null;
    } catch (error) {
      this.trouble = error?.name === "QuotaExceededError" ? "full" : "refused";
      throw error;
    }
  }

  remove(entry) {
    return this.run("readwrite", (store) => store.delete([entry.person, entry.sitting, entry.task]));
  }

  async all(person, sitting) {
    const entries = await this.run("readonly", (store) => store.getAll());
    return entries.filter((entry) => entry.person === person && (!sitting || entry.sitting === sitting));
  }

  run(mode, work) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(STORE, mode, { durability: "strict" });
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error ?? request.error);
    });
  }
}

class MemoryOutbox {
  trouble = "refused";
  isKept = false;
  entries = new Map();

  async put(entry) {
    this.entries.set(`${entry.person}/${entry.sitting}/${entry.task}`, structuredClone(entry));
  }

  async remove(entry) {
    this.entries.delete(`${entry.person}/${entry.sitting}/${entry.task}`);
  }

  async all(person, sitting) {
    return [...this.entries.values()].filter((entry) => entry.person === person && (!sitting || entry.sitting === sitting));
  }
}
