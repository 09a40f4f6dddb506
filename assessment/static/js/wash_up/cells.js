// The chosen cell opens beside the matrix without a new page; arrow keys go from cell to cell.
import { swap } from "./swap.js";

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-cell]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  try {
    if (link.href !== location.href) history.pushState(null, "", link.href); // first: what is asked again from now on is this
    await swap(link.href, false);
    document.querySelector("#panel-title")?.focus();
  } catch {
    location.assign(link.href);
  }
});
addEventListener("popstate", () => { swap(location.href, false).catch(() => location.reload()); });

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
document.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  const cell = event.target.closest?.("[data-matrix] td.cell");
  if (!step || !cell) return;
  event.preventDefault();
  const rows = [...cell.closest("tbody").rows];
  let row = rows.indexOf(cell.parentElement);
  let column = cell.cellIndex;
  // Over cells that show nothing to the next one that does.
  for (;;) {
    row += step[0];
    column += step[1];
    const next = rows[row]?.cells[column];
    if (!next) return;
    const link = next.querySelector("a[data-cell]");
    if (link) { link.focus(); return; }
  }
});
