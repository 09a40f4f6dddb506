// Marks of one's own on messages: a priority and a note. Saved like every answer, and for nobody else to see.
import { all, make, word } from "./elements.js";

export class Marks {
  constructor(root, { sitting, words, entryOf, changed }) {
    this.root = root;
    this.sitting = sitting;
    this.words = words;
    this.entryOf = entryOf;
    this.changed = changed;
    this.template = root.querySelector("[data-mark-template]");
    this.values = new Map(this.template ? Object.entries(JSON.parse(this.template.dataset.values)) : []);
    for (const id of this.values.keys()) this.showInList(id);
  }

  // The fields stand in a message from its first opening on.
  open(message) {
    const id = message.dataset.message;
    if (!this.template || !/^[A-Z]+\d+$/.test(id) || message.querySelector(".in-tray-mark")) return;
    message.querySelector("header").after(document.importNode(this.template.content, true));
    const box = message.querySelector(".in-tray-mark");
    this.fill(id);
    box.open = Boolean(this.values.get(id)?.text);
    for (const field of this.fields(box)) {
      if (this.sitting.isReadOnly()) field.disabled = true;
      field.addEventListener("input", () => this.keep(id, box));
    }
  }

  fields(box) {
    return all("[data-mark]", box);
  }

  keep(id, box) {
    const entries = this.fields(box).map((field) => [field.dataset.mark, field.value]);
    const value = Object.fromEntries(entries.filter(([, written]) => written !== ""));
    this.values.set(id, value);
    this.sitting.save(`mark.${id}`, value);
    this.showInList(id);
    this.changed();
  }

  restore(id, value) {
    this.values.set(id, value);
    this.fill(id);
    this.showInList(id);
    this.changed();
  }

  fill(id) {
    const box = this.root.querySelector(`[data-message="${CSS.escape(id)}"] .in-tray-mark`);
    if (!box) return;
    for (const field of this.fields(box)) field.value = this.values.get(id)?.[field.dataset.mark] ?? "";
  }

  showInList(id) {
    const entry = this.entryOf(id);
    if (!entry) return;
    const { priority, text } = this.values.get(id) ?? {};
    entry.querySelector(".in-tray-marked")?.remove();
    if (priority) entry.dataset.priority = priority;
    else delete entry.dataset.priority;
    if (text?.trim()) entry.dataset.noted = "";
    else delete entry.dataset.noted;
    if (!priority && !text?.trim()) return;
    const option = priority && this.template.content.querySelector(`option[value="${CSS.escape(priority)}"]`);
    const parts = [];
    if (option) parts.push(word("em", "visually-hidden", this.words.own_priority), make("em", { className: "tag sky", text: option.textContent }));
    if (text?.trim()) parts.push(word("em", "tag sky", this.words.note));
    entry.querySelector("a").append(make("i", { className: "in-tray-marked" }, ...parts.flatMap((part) => [" ", part])));
  }
}
