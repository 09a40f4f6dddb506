// Single keys of the workbench (WCAG 2.1.4): they can be switched off, and stay silent where somebody writes or chooses.
const KEPT = "klei-workbench-keys";

export function keysAreOn() {
  try { return localStorage.getItem(KEPT) !== "off"; } catch { return true; }
}

export function switchKeys(on) {
  try { localStorage.setItem(KEPT, on ? "on" : "off"); } catch { /* a private window forgets it */ }
}

const writes = (element) => element?.closest?.("textarea, select, dialog, input:not([type=radio], [type=checkbox])");

// `press` is asked with the key, in lower case, and whether Shift is held; it answers whether the key meant something.
export function bindKeys(press) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return;
    if (!keysAreOn() || document.querySelector("dialog[open]")) return;
    // A number is a number with Shift too, and wherever the keyboard has its letters.
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
    const key = digit !== undefined && !event.shiftKey ? digit : event.key;
    if (press(key.length === 1 ? key.toLowerCase() : key, event.shiftKey)) event.preventDefault();
  });
}
