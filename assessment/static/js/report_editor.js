// The half page is saved as it is written, and read beside. Where another window changed the draft this one stops saving,
// keeps what was typed, and says so; the button "save the draft" then shows both.
const form = document.querySelector("form[data-autosave]");
const saved = form.querySelector("[data-saved]");
const beside = form.querySelector("[data-beside]");
const WAIT = 1500, AGAIN = 5000;
let timer = 0, underway = null, isChanged = false, isStale = "isStale" in form.dataset;

const OURS = /^(summary|strength|step|(rests|approach|effect|helped)-.*)$/;
const isOurs = (field) => OURS.test(field.name);

function put(place, html) {
  place.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
}

function say(words) {
  if (saved.textContent !== words) saved.textContent = words;
}

function wanted() {
  const all = new FormData(form), ours = new FormData();
  for (const [name, value] of all) {
    if (["csrf_token", "version"].includes(name) || OURS.test(name)) ours.append(name, value);
  }
  return ours;
}

async function save() {
  clearTimeout(timer);
  if (isStale || underway || !isChanged) return;
  isChanged = false;
  say(form.dataset.saving);
  underway = fetch(form.dataset.autosave, { method: "POST", body: wanted(), headers: { Accept: "application/json" }, keepalive: true });
  try {
    const answer = await underway;
    if (answer.redirected || !(answer.headers.get("Content-Type") ?? "").includes("json")) throw new Error("no answer");
    const said = await answer.json();
    if (answer.ok) {
      form.elements.version.value = said.version;
      put(beside, said.beside);
      for (const [place, html] of Object.entries(said.marks)) {
        const found = form.querySelector(`[data-marks="${place}"]`);
        if (found) put(found, html);
      }
      say(said.words);
    } else {
      isChanged = true;
      isStale = answer.status === 409;
      say(isStale ? form.dataset.stale : said.words ?? said.message);
    }
  } catch {
    isChanged = true;
    say(form.dataset.offline);
    timer = setTimeout(save, AGAIN);
  } finally {
    underway = null;
  }
  if (isChanged && !isStale && !timer) timer = setTimeout(save, WAIT);
}

function changed(event) {
  if (!isOurs(event.target)) return;
  isChanged = true;
  clearTimeout(timer);
  timer = setTimeout(save, WAIT);
}

form.addEventListener("input", changed);
form.addEventListener("change", changed);
form.addEventListener("submit", (event) => {
  clearTimeout(timer);
  if (!underway) return;
  // The version of what is on its way comes first: otherwise this window would be taken for another one.
  event.preventDefault();
  underway.catch(() => {}).finally(() => setTimeout(() => form.requestSubmit(event.submitter), 50));
});
addEventListener("pagehide", () => { if (isChanged) save(); });
