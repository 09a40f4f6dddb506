// A page that waits for a job: it asks how far it is, and loads itself again when the job is over.
const place = document.querySelector("[data-job]");
const progress = place.querySelector("[data-job-progress]");
const words = place.querySelector("[data-job-words]");

async function look() {
  try {
    const answer = await fetch(place.dataset.job, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.statusText);
    const job = await answer.json();
    if (job.is_over) { location.reload(); return; }
    progress.max = job.total || 1;
    progress.value = job.done;
    if (words.textContent !== job.words) words.textContent = job.words;
  } catch { /* Without connection it asks again; the link "look again" stays. */ }
  setTimeout(look, 1000);
}
setTimeout(look, 500);
