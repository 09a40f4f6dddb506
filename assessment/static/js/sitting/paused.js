// A paused exercise that somebody opens: nothing of it is here. The page looks again until it is resumed.
import { call } from "./wire.js";

const place = document.getElementById("paused");

async function look() {
  const answer = await call(place.dataset.stateUrl);
  if (answer.status === 404 || (answer.status === 200 && answer.state !== "paused")) return location.reload();
  setTimeout(look, 10_000 + Math.random() * 4_000);
}

setTimeout(look, 5_000);
