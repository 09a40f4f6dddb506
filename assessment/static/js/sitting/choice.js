// The choice after a conflict: two stored versions side by side, the difference marked; one of them counts, or both
// joined. Whatever is chosen, both stay stored.
import { actions, button, dialog } from "./dialogs.js";
import { isEqual } from "./saver.js";

const LONGEST_COMPARED = 4_000_000; // words of one side times words of the other

let turn = Promise.resolve();

// One after another, so that two conflicts never cover each other.
export function chooseVersion(given) {
  turn = turn.then(() => ask(given)).catch(() => {});
  return turn;
}

function ask({ words, fragment, mine, theirs, isAsked }) {
  if (!isAsked()) return null;
  const sides = fragment.querySelector("[data-versions]");
  markDifference(sides);
  const element = dialog(words.conflict, { heading: sides.dataset.heading, className: "choice" });
  element.append(document.adoptNode(sides));
  const joined = join(mine, theirs);
  const keep = button(words.keep_mine, "main");
  const take = button(words.take_theirs);
  const both = button(words.keep_both);
  const note = document.createElement("p");
  note.className = "soft";
  note.textContent = words.both_stored;
  element.append(note, actions(keep, take, ...(isEqual(joined, mine) || isEqual(joined, theirs) ? [] : [both])));
  return new Promise((resolve) => {
    let chosen = null;
    const choose = (what) => { chosen = what; element.close(); };
    keep.addEventListener("click", () => choose({ value: mine }));
    take.addEventListener("click", () => choose({ isTheirs: true, value: theirs }));
    both.addEventListener("click", () => choose({ value: joined }));
    element.addEventListener("cancel", (event) => event.preventDefault());
    // Browsers close a dialog on a second Escape whatever the page says; the question stays.
    element.addEventListener("close", () => {
      if (!chosen) return element.isConnected && element.showModal();
      element.remove();
      resolve(chosen);
    });
    element.showModal();
    element.querySelector("h2").focus();
  });
}

// Both versions as one: texts one after the other, lists together, and field by field for what has fields. Where two
// choices exclude each other, the one of this page stands.
export function join(mine, theirs) {
  if (theirs === null || theirs === undefined || theirs === "") return mine;
  if (mine === null || mine === undefined || mine === "") return theirs;
  if (typeof mine === "string" && typeof theirs === "string") {
    if (theirs.includes(mine)) return theirs;
    return mine.includes(theirs) ? mine : `${theirs}\n\n${mine}`;
  }
  if (Array.isArray(mine) && Array.isArray(theirs)) {
    const have = new Set(theirs.map((one) => JSON.stringify(one)));
    return [...theirs, ...mine.filter((one) => !have.has(JSON.stringify(one)))];
  }
  if (typeof mine === "object" && typeof theirs === "object" && !Array.isArray(mine) && !Array.isArray(theirs)) {
    const result = { ...theirs };
    for (const [name, value] of Object.entries(mine)) {
      const isOpen = ["text", "subject"].includes(name) || (typeof value === "object" && value !== null);
      result[name] = name in theirs && isOpen ? join(value, theirs[name]) : value;
    }
    return result;
  }
  return mine;
}

function markDifference(sides) {
  const [mine, theirs] = sides.querySelectorAll("[data-side]");
  const texts = [mine, theirs].map((side) => side.querySelector(".written"));
  if (texts[0] && texts[1]) {
    const parts = texts.map((one) => one.textContent.split(/(\s+)/));
    const common = commonWords(parts[0], parts[1]);
    texts.forEach((element, side) => element.replaceChildren(...marked(parts[side], common[side])));
  } else {
    for (const text of texts) if (text) text.replaceChildren(...marked([text.textContent], new Set()));
  }
  for (const selector of ["dd", ".account-note"]) {
    const rows = [mine, theirs].map((side) => [...side.querySelectorAll(selector)]);
    const spelled = rows.map((row) => row.map((one) => `${one.previousElementSibling?.textContent ?? ""} ${one.textContent}`));
    rows.forEach((row, side) => row.forEach((one, place) => {
      if (!spelled[1 - side].includes(spelled[side][place])) one.replaceChildren(...marked([one.textContent], new Set()));
    }));
  }
}

function marked(parts, common) {
  const nodes = [];
  let changed = "";
  const close = () => {
    if (!changed) return;
    const mark = document.createElement("mark");
    mark.textContent = changed;
    nodes.push(mark);
    changed = "";
  };
  parts.forEach((part, place) => {
    if (common.has(place)) {
      close();
      nodes.push(part);
    } else changed += part;
  });
  close();
  return nodes;
}

// The places in each list that belong to a longest common row of parts; beginnings and ends are taken off first.
export function commonWords(left, right) {
  const common = [new Set(), new Set()];
  const keep = (a, b) => { common[0].add(a); common[1].add(b); };
  let from = 0;
  while (from < left.length && from < right.length && left[from] === right[from]) keep(from, from++);
  let leftEnd = left.length;
  let rightEnd = right.length;
  while (leftEnd > from && rightEnd > from && left[leftEnd - 1] === right[rightEnd - 1]) keep(--leftEnd, --rightEnd);
  const wide = rightEnd - from + 1;
  if ((leftEnd - from) * wide > LONGEST_COMPARED) return common;
  const table = new Uint16Array((leftEnd - from + 1) * wide);
  for (let a = leftEnd - from - 1; a >= 0; a -= 1) {
    for (let b = rightEnd - from - 1; b >= 0; b -= 1) {
      table[a * wide + b] = left[from + a] === right[from + b] ? table[(a + 1) * wide + b + 1] + 1 : Math.max(table[(a + 1) * wide + b], table[a * wide + b + 1]);
    }
  }
  for (let a = 0, b = 0; a < leftEnd - from && b < rightEnd - from; ) {
    if (left[from + a] === right[from + b]) keep(from + a++, from + b++);
    else if (table[(a + 1) * wide + b] >= table[a * wide + b + 1]) a += 1;
    else b += 1;
  }
  return common;
}
