// The device check: advises, never forbids.
import { openOutbox } from "./outbox.js";

const table = document.getElementById("checks");
const words = JSON.parse(table.dataset.words);
const report = {};

function tell(name, isGood, meaning) {
  const row = table.querySelector(`[data-check="${name}"]`);
  const tag = document.createElement("span");
  tag.className = `tag ${isGood ? "leaf" : "amber"}`;
  tag.textContent = isGood ? words.good : words.mind;
  row.cells[1].replaceChildren(tag);
  row.cells[2].textContent = meaning;
  report[name] = isGood;
}

tell("script", true, "");
const outbox = await openOutbox();
tell("storage", outbox.isKept, outbox.isKept ? words.storage_good : words.storage_bad);
tell("screen", innerWidth >= 900, innerWidth >= 900 ? words.screen_good : words.screen_bad);
const times = [];
let skew = null;
for (let turn = 0; turn < 4; turn += 1) {
  const begun = performance.now();
  try {
    const response = await fetch(table.dataset.url, { cache: "no-store" });
    await response.text();
    times.push(performance.now() - begun);
    const date = Date.parse(response.headers.get("Date") ?? "");
    if (!Number.isNaN(date)) skew = Math.abs(Date.now() - date) / 1000;
  } catch {
    times.push(Infinity);
  }
}
const typical = times.sort((a, b) => a - b)[1];
tell("speed", typical < 1500, typical === Infinity ? words.speed_none : typical < 1500 ? words.speed_good : words.speed_bad);
tell("clock", skew === null || skew < 60, skew === null || skew < 60 ? words.clock_good : words.clock_bad);
document.getElementById("report").value = JSON.stringify({ ...report, width: innerWidth, height: innerHeight });
document.getElementById("checks-done").textContent = [...table.tBodies[0].rows].map((row) => `${row.cells[0].textContent}: ${row.cells[1].textContent}`).join(", ");
