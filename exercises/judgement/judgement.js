// Keeps the index of the judgement exercise up to date: how many steps of each situation are rated.

export function start() {
  for (const situation of document.querySelectorAll("fieldset[data-task]")) {
    const count = document.querySelector(`[data-rated-of="${situation.dataset.task}"]`);
    if (!count) continue;
    const total = situation.querySelectorAll("[role=radiogroup]").length;
    const show = () => {
      const rated = situation.querySelectorAll("input:checked").length;
      count.textContent = count.dataset.words.replace("{count}", rated).replace("{total}", total);
      count.classList.toggle("judgement-done", rated === total);
    };
    situation.addEventListener("change", show);
    situation.addEventListener("klei:restored", show);
    show();
  }
}
