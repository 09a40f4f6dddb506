// The answer: what is taken of it, by mouse or by keyboard, sentence after sentence through all its parts.
import { plain, points, rangeOf, sentences, trimmed, unitsBefore } from "./passage.js";

export class Reading {
  constructor(root, { onChosen, onTie }) {
    this.root = root;
    this.onChosen = onChosen;
    this.onTie = onTie;
    this.blocks = [...root.querySelectorAll("[data-block-id]")];
    this.at = null; // { block, first, last }: sentences of a part; first is -1 where the part is taken as a whole
    document.addEventListener("selectionchange", () => { if (!this.isMoving) this.noticed(); });
    for (const text of root.querySelectorAll("[data-text]")) text.addEventListener("keydown", (event) => this.press(event));
  }

  // A selection made with the mouse; where it goes on by keyboard is the sentence it ends in.
  noticed() {
    if (document.activeElement?.matches("input, textarea, select")) return; // writing a note leaves the passage as it is
    const chosen = this.chosen();
    if (chosen) {
      const block = this.blocks.find((one) => one.dataset.blockId === chosen.block);
      const end = chosen.units[1];
      const all = this.sentencesOf(block);
      const last = all.findIndex(([, to]) => to >= end);
      this.at = { block, first: all.findIndex(([, to]) => to > chosen.units[0]), last: last < 0 ? all.length - 1 : last };
      this.markWhole(null);
    }
    if (chosen || this.at?.first !== -1) this.onChosen(chosen);
  }

  text(block) { return block.querySelector("[data-text]"); }

  sentencesOf(block) {
    const text = this.text(block);
    return text ? sentences(plain(text), document.documentElement.lang) : [];
  }

  // The passage that is selected, in characters of its block; null when there is none.
  chosen() {
    if (this.at?.first === -1) return this.whole(this.at.block);
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
      units: [start, end],
    };
  }

  whole(block) {
    return { block: block.dataset.blockId, start: 0, end: 0, quote: block.querySelector("h2").textContent, isWhole: true };
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const forward = { ArrowDown: true, ArrowUp: false }[event.key];
    if (event.key === "Enter") {
      const passage = this.chosen();
      if (passage) { event.preventDefault(); this.onTie(passage); }
    } else if (forward !== undefined) {
      event.preventDefault();
      this.step(forward, event.shiftKey);
    }
  }

  // To the next or previous sentence, or with Shift one more or less of the same part.
  step(forward, more) {
    const { block, first, last } = this.at ?? {};
    if (more && block && first >= 0) {
      const many = this.sentencesOf(block).length;
      if (forward) this.take(block, first, Math.min(last + 1, many - 1));
      else if (last > first) this.take(block, first, last - 1);
      else this.take(block, Math.max(first - 1, 0), last);
      return;
    }
    const way = forward ? 1 : -1;
    if (block && first >= 0) {
      const next = (forward ? last : first) + way;
      if (next >= 0 && next < this.sentencesOf(block).length) { this.take(block, next, next); return; }
    }
    this.enter(block ? this.blocks.indexOf(block) + way : this.begins(), forward);
  }

  // To the next or previous paragraph, and from the last of a part to the next part.
  jump(forward) {
    const { block, first } = this.at ?? {};
    if (!block) { this.enter(this.begins(), true); return; }
    if (first >= 0) {
      const all = this.sentencesOf(block);
      const words = plain(this.text(block));
      const opens = all.map(([from], n) => n).filter((n) => n === 0 || /\n/.test(words.slice(all[n - 1][1], all[n][0])));
      const next = forward ? opens.find((n) => n > first) : opens.findLast((n) => n < first);
      if (next !== undefined) { this.take(block, next, next); return; }
    }
    this.enter(this.blocks.indexOf(block) + (forward ? 1 : -1), true);
  }

  begins() {
    const focused = document.activeElement?.closest?.("[data-block-id]");
    return focused ? this.blocks.indexOf(focused) : 0;
  }

  enter(index, forward) {
    const block = this.blocks[index];
    if (!block) return;
    const many = this.sentencesOf(block).length;
    if (!many) this.takeWhole(block);
    else this.take(block, forward ? 0 : many - 1, forward ? 0 : many - 1);
  }

  take(block, first, last) {
    this.at = { block, first, last };
    this.markWhole(null);
    const text = this.text(block);
    const all = this.sentencesOf(block);
    const range = rangeOf(text, all[first][0], all[last][1]);
    this.isMoving = true;
    text.focus({ preventScroll: true });
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    const box = range.getBoundingClientRect();
    const pane = this.root.getBoundingClientRect();
    if (getComputedStyle(this.root).overflowY !== "auto") range.startContainer.parentElement.scrollIntoView({ block: "nearest" });
    else if (box.bottom > pane.bottom - 110 || box.top < pane.top) this.root.scrollBy({ top: box.top - pane.top - pane.height / 3 });
    this.onChosen(this.chosen());
    setTimeout(() => { this.isMoving = false; });
  }

  takeWhole(block = this.at?.block) {
    if (!block) return;
    this.at = { block, first: -1, last: -1 };
    getSelection().removeAllRanges();
    this.markWhole(block);
    block.scrollIntoView({ block: "nearest" });
    this.onChosen(this.whole(block));
  }

  markWhole(block) {
    for (const one of this.blocks) one.classList.toggle("taken", one === block);
  }

  // After the server has drawn a part anew, the cursor stands where it stood.
  again() {
    if (this.at && this.at.first >= 0) this.take(this.at.block, this.at.first, this.at.last);
  }

  leave() {
    getSelection().removeAllRanges();
    this.markWhole(null);
    if (this.at?.first === -1) this.at = null;
    this.onChosen(null);
  }

  go(block) {
    this.enter(this.blocks.indexOf(block), true);
  }

  focus() {
    if (this.at && this.at.first >= 0) this.take(this.at.block, this.at.first, this.at.last);
    else (this.root.querySelector("[data-text]") ?? this.root.querySelector("[data-tie-act]"))?.focus();
  }
}
