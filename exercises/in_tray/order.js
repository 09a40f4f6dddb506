// Sorts and filters the list of messages. Nothing of it is saved: it is how one person looks at their own list.
import { all, make, say } from "./elements.js";

const RANKS = ["high", "normal", "low"];

export class Order {
  constructor(root, { words, announce }) {
    this.root = root;
    this.words = words;
    this.announce = announce;
    this.box = root.querySelector("[data-order]");
    this.shown = root.querySelector("[data-shown]");
    this.box.addEventListener("change", () => {
      this.apply();
      this.announce(this.sentence());
    });
    this.shown.querySelector("button").addEventListener("click", () => {
      this.chosen("show").value = this.chosen("from").value = "";
      this.apply();
      this.announce(this.sentence());
      this.box.querySelector("summary").focus();
    });
    this.apply();
  }

  chosen(name) {
    return this.box.querySelector(`[name="${name}"]`);
  }

  // Runs after every change of the list, too: a new message takes its place, a handled one another.
  apply() {
    const sort = this.chosen("sort").value;
    const places = new Map(all("[data-message]", this.root).map((message, place) => [message.dataset.message, place]));
    const arrival = (entry) => places.get(entry.dataset.entry);
    const sender = (entry) => entry.querySelector("b").textContent;
    const rank = (entry) => RANKS.indexOf(entry.dataset.priority ?? "") + 1 || RANKS.length + 1;
    const before = {
      arrival: (one, other) => arrival(one) - arrival(other),
      newest: (one, other) => arrival(other) - arrival(one),
      sender: (one, other) => sender(one).localeCompare(sender(other), this.root.lang) || arrival(one) - arrival(other),
      priority: (one, other) => rank(one) - rank(other) || arrival(one) - arrival(other),
    }[sort];
    for (const list of all('[data-list="waiting"], [data-list="handled"]', this.root)) {
      const entries = [...list.children];
      const sorted = [...entries].sort(before);
      if (sorted.some((entry, place) => entry !== entries[place])) list.append(...sorted);
      for (const entry of entries) entry.hidden = !this.has(entry, list.dataset.list, sender(entry));
    }
    this.offerSenders(sender);
    this.tell();
  }

  has(entry, list, sender) {
    const show = this.chosen("show").value;
    const from = this.chosen("from").value;
    if (from && sender !== from) return false;
    if (!show || show === list) return true;
    if (show === "noted") return "noted" in entry.dataset;
    return show === (entry.dataset.priority || "none");
  }

  offerSenders(sender) {
    const from = this.chosen("from");
    const known = new Set([...from.options].map((option) => option.value));
    const names = new Set(this.entries().map(sender));
    if ([...names].every((name) => known.has(name))) return;
    const chosen = from.value;
    const sorted = [...names].sort((one, other) => one.localeCompare(other, this.root.lang));
    from.replaceChildren(from.options[0], ...sorted.map((name) => make("option", { value: name, text: name })));
    from.value = chosen;
  }

  entries() {
    return all('[data-list="waiting"] > li, [data-list="handled"] > li', this.root);
  }

  sentence() {
    const entries = this.entries();
    return say(this.words.shown, { n: entries.filter((entry) => !entry.hidden).length, all: entries.length });
  }

  tell() {
    const isFiltered = Boolean(this.chosen("show").value || this.chosen("from").value);
    this.shown.hidden = !isFiltered;
    if (isFiltered) this.shown.querySelector("span").textContent = this.sentence();
  }
}
