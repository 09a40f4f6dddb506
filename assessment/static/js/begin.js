// A page whose figures are out of date begins to compute them, and loads itself again when they are ready: whoever
// opened it wants to see them. Without script the button does the same.
const form = document.querySelector("[data-begin]");
const words = document.querySelector("[data-begin-words]");
const progress = document.querySelector("[data-begin-progress]");

async function look() {
  try {
    const answer = await fetch(form.dataset.state, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.statusText);
    const job = await answer.json();
    if (job.is_over) { location.reload(); return; }
    progress.max = job.total || 1;
    progress.value = job.done;
    if (words.textContent !== job.words) words.textContent = job.words;
  } catch { /* Without connection it asks again. */ }
  setTimeout(look, 400);
}

try {
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  if (answer.ok) {
    form.hidden = true;
    progress.hidden = false;
    setTimeout(look, 300);
  }
} catch { /* The button stays. */ }
