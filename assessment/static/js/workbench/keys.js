// Single keys of the workbench. They can be switched off, and stay silent where somebody writes.
const KEPT = "klei-workbench-keys";

export function keysAreOn() {
  try { return localStorage.getItem(KEPT) !== "off"; } catch { return true; }
}

export function switchKeys(on) {
  try { localStorage.setItem(KEPT, on ? "on" : "off"); } catch { /* a private window forgets it */ }
}

const writes = (element) => element?.closest?.("textarea, select, dialog, input:not([type=radio], [type=checkbox])");

export function bindKeys(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    const act = /^[0-5]$/.test(key) ? () => actions.level(Number(key)) : { n: actions.next, p: actions.previous, a: actions.answer, "?": actions.list }[key];
    if (!act || (!keysAreOn() && key !== "?")) return;
    if (key === "?" && !keysAreOn()) return;
    event.preventDefault();
    act();
  });
}
