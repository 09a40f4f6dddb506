// The waiting room: counts down, says who is there, and shows the way in when it can begin.
import { fill } from "./fill.js";
import { Line } from "./line.js";

const root = document.querySelector("[data-waiting]");
const words = JSON.parse(root.dataset.words);
const left = root.querySelector("[data-left]");
const who = root.querySelector("[data-who]");
const enter = root.querySelector("[data-enter]");
const began = performance.now();
const first = Number(root.dataset.begins);

const line = new Line(root, (state, isLost) => {
  if (isLost || !state) return;
  const { here } = state.who["role-player"];
  const text = fill(here ? words.here : words.away, { name: root.dataset.player });
  if (who.textContent !== text) who.textContent = text;
  tick();
});

function tick() {
  const seconds = line?.state
    ? line.state.begins_in - (performance.now() - line.at) / 1000
    : first - (performance.now() - began) / 1000;
  const isOpen = seconds <= 0;
  let text = words.now;
  if (!isOpen) {
    const minutes = Math.ceil(seconds / 60);
    const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
    const time = days ? `${days} d ${hours} h` : hours ? `${hours} h ${minutes % 60} min`
      : `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
    text = fill(words.begins, { time });
  }
  if (left.textContent !== text) left.textContent = text;
  if (enter.hidden === isOpen) enter.hidden = !isOpen;
}
setInterval(tick, 1_000);
tick();
