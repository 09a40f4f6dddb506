// Text of a finished exercise that a page could not send any more: it is sent from here.
import { openOutbox } from "./outbox.js";
import { call, sendSave } from "./wire.js";

const place = document.querySelector("[data-leftovers]");
const outbox = await openOutbox();
const entries = await outbox.all(place.dataset.person);
let sent = 0;
let doesCount = false;
for (const entry of entries) {
  // A running sitting's own page sends its text; here only what is over. It goes with the epoch it was written in: within
  // grace it counts when that page was the one that wrote, and after it is kept as evidence.
  const state = await call(`/api/sittings/${entry.sitting}/state`);
  if (!state.over) continue;
  const url = `/api/sittings/${entry.sitting}/tasks/${encodeURIComponent(entry.task)}`;
  const epoch = entry.attempt?.epoch ?? entry.epoch ?? 0;
  const anew = (base) => ({ value: entry.value, base, client: `left-${Date.now()}-${Math.random().toString(36).slice(2)}`, seq: 1, epoch });
  const answer = await sendSave(url, entry.attempt ? { ...entry.attempt, epoch } : anew(entry.base ?? 0));
  if (answer.status !== 200 && answer.status !== 409) continue;
  if (entry.attempt && JSON.stringify(entry.value) !== JSON.stringify(entry.attempt.value)) {
    const again = await sendSave(url, anew(answer.code === "saved" ? answer.head : entry.attempt.base));
    if (again.status !== 200 && again.status !== 409) continue;
  }
  await outbox.remove(entry);
  doesCount ||= answer.code === "saved";
  sent += 1;
}
const isWriting = [...document.querySelectorAll("textarea")].some((field) => field.value !== field.defaultValue);
if (doesCount && "receipt" in place.dataset && !isWriting) location.reload(); // the receipt shows what counts
else if (sent) {
  const note = document.createElement("p");
  note.className = "notice";
  note.setAttribute("role", "status");
  note.textContent = JSON.parse(place.dataset.words).sent;
  place.after(note);
}
