// Puts a newer version of this page in the place of what is shown, region by region; what somebody is writing stays.

function differs(field) {
  if (field.type === "radio" || field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  const options = [...field.options];
  return field.value !== (options.find((one) => one.defaultSelected) ?? options[0])?.value;
}

const FIELDS = "form[data-keep] :is(textarea, select, input:not([type=hidden]))";
// What came back from a refused form is its first value there, and still nobody's until it is sent.
const is_dirty = (region) => region.querySelector("form[data-unsent]") !== null ||
  [...region.querySelectorAll(FIELDS)].some(differs);

// Tokens differ in every answer and mean nothing to the reader, and neither does what somebody folded open.
function plain(region) {
  const copy = region.cloneNode(true);
  for (const token of copy.querySelectorAll("[name=csrf_token]")) token.remove();
  for (const fold of copy.querySelectorAll("details")) fold.removeAttribute("open");
  return copy;
}

function put(old, fresh) {
  const at = document.activeElement;
  const path = old.contains(at) ? key(at) : null;
  const open = [...old.querySelectorAll("details")].map((one) => one.open);
  const grown = [...fresh.querySelectorAll("details")];
  if (grown.length === open.length) grown.forEach((one, place) => { one.open = open[place]; });
  old.replaceWith(fresh);
  if (path) (fresh.matches(path) ? fresh : fresh.querySelector(path))?.focus({ preventScroll: true });
}

function key(field) {
  if (field.id) return `#${CSS.escape(field.id)}`;
  if (field.hasAttribute("href")) return `a[href="${CSS.escape(field.getAttribute("href"))}"]`;
  return null;
}

// One after the other: what was asked for earlier never takes the place of what was asked for later.
let before = Promise.resolve();

/** Show the page at this address; true when a region was kept because somebody writes in it and it has changed. */
export function swap(address, keeps = true) {
  const mine = before.then(() => show(address, keeps));
  before = mine.catch(() => {});
  return mine;
}

async function show(address, keeps) {
  const answer = await fetch(address, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(10_000) });
  if (answer.status === 401 || answer.redirected) { location.assign(address); return false; }
  if (!answer.ok) throw new Error(answer.statusText);
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  const shown = [...document.querySelectorAll("[data-live]")];
  const wanted = [...next.querySelectorAll("[data-live]")];
  if (shown.map((one) => one.id).join() !== wanted.map((one) => one.id).join()) {
    // Another discussion, or none: what is written here is about what is gone, so it is kept until it is sent.
    if (keeps && shown.some(is_dirty)) return true;
    document.querySelector("main").replaceWith(document.adoptNode(next.querySelector("main")));
    return false;
  }
  let kept = false;
  shown.forEach((old, place) => {
    const fresh = wanted[place];
    if (plain(old).isEqualNode(plain(fresh))) return;
    if (keeps && is_dirty(old)) { kept = true; return; }
    put(old, document.adoptNode(fresh));
  });
  return kept;
}
