// Keeps the index of the judgement exercise up to date: how many steps of each situation are rated, or picked. What is
// picked as the most effective cannot be the least as well, so its other circle is out of reach, also for arrow keys.

export function start(sitting) {
  for (const situation of document.querySelectorAll("fieldset[data-task]")) {
    const count = document.querySelector(`[data-rated-of="${situation.dataset.task}"]`);
    if (!count) continue;
    const total = Number(count.dataset.total);
    const picks = [...situation.querySelectorAll(".judgement-pick input")];
    const show = () => {
      if (!sitting.isReadOnly()) for (const one of picks) one.disabled = picks.some((other) => other !== one && other.checked && other.value === one.value);
      const rated = situation.querySelectorAll("input:checked").length;
      count.textContent = count.dataset.words.replace("{count}", rated).replace("{total}", total);
      count.classList.toggle("judgement-done", rated === total);
    };
    situation.addEventListener("change", show);
    situation.addEventListener("klei:restored", show);
    show();
  }
}
