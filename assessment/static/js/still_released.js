// Takes a report off the page when its participant takes it back while it is open.
const shown = document.querySelector("[data-still-released]");
const SECONDS = 20;

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(shown.dataset.stillReleased, { headers: { Accept: "application/json" } });
    if (answer.ok && (await answer.json()).is_readable) return;
    if (!answer.ok && answer.status !== 404) return;
  } catch {
    return; // no connection: looked at again later
  }
  clearInterval(timer);
  const words = document.querySelector("[data-taken-back]").content.cloneNode(true);
  shown.replaceChildren(words);
  shown.firstElementChild.focus();
}

const timer = setInterval(look, SECONDS * 1000);
document.addEventListener("visibilitychange", look);
window.addEventListener("focus", look);
