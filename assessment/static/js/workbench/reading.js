// The answer: what is selected in it, by mouse or by keyboard, sentence after sentence.
import { plain, points, rangeOf, sentences, trimmed, unitsBefore } from "./passage.js";

export class Reading {
  constructor(root, { onChosen, onTie }) {
    this.root = root;
    this.onChosen = onChosen;
    this.onTie = onTie;
    this.steps = new WeakMap();
    document.addEventListener("selectionchange", () => this.onChosen(this.chosen()));
    for (const text of root.querySelectorAll("[data-text]")) {
      text.addEventListener("keydown", (event) => this.press(event, text));
      text.addEventListener("dblclick", () => this.steps.delete(text));
    }
  }

  // The passage that is selected, in characters of its block; null when there is none.
  chosen() {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    const text = (range.startContainer.nodeType === 1 ? range.startContainer : range.startContainer.parentElement)?.closest("[data-text]")
      ?? [...this.root.querySelectorAll("[data-text]")].find((one) => range.intersectsNode(one));
    if (!text || !this.root.contains(text)) return null;
    const words = plain(text);
    const from = text.contains(range.startContainer) ? unitsBefore(text, range.startContainer, range.startOffset) : 0;
    const to = text.contains(range.endContainer) ? unitsBefore(text, range.endContainer, range.endOffset) : words.length;
    const [start, end] = trimmed(words, from, to);
    if (end <= start) return null;
    return {
      block: text.closest("[data-block-id]").dataset.blockId,
      start: points(words, start),
      end: points(words, end),
      quote: words.slice(start, end),
    };
  }

  press(event, text) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const forward = { ArrowDown: true, j: true, J: true, ArrowUp: false, k: false, K: false }[event.key];
    if (event.key === "Enter") {
      const passage = this.chosen();
      if (passage) { event.preventDefault(); this.onTie(passage); }
    } else if (forward !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      this.step(text, forward, event.shiftKey);
    }
  }

  step(text, forward, more) {
    const all = sentences(plain(text), document.documentElement.lang);
    if (!all.length) return;
    const before = this.steps.get(text);
    let { first, last } = before ?? { first: -1, last: -1 };
    if (!before) first = last = forward ? 0 : all.length - 1;
    else if (more && forward) last = Math.min(last + 1, all.length - 1);
    else if (more) last > first ? (last -= 1) : (first = Math.max(first - 1, 0));
    else first = last = Math.max(0, Math.min(all.length - 1, (forward ? last : first) + (forward ? 1 : -1)));
    this.steps.set(text, { first, last });
    const range = rangeOf(text, all[first][0], all[last][1]);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    range.startContainer.parentElement.scrollIntoView({ block: "nearest" });
    const box = range.getBoundingClientRect();
    const pane = this.root.getBoundingClientRect();
    if (box.bottom > pane.bottom - 90 || box.top < pane.top) this.root.scrollBy({ top: box.top - pane.top - pane.height / 3 });
  }

  focus() {
    (this.root.querySelector("[data-text]") ?? this.root.querySelector("[data-tie-act]"))?.focus();
  }
}
