// A button under each table of figures that copies it, cell by cell, for whoever reckons elsewhere.

export function offerCopies(root, announce) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const rows = [...document.getElementById(button.dataset.copy).rows];
      const text = rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim()).join("\t")).join("\n");
      try {
        await navigator.clipboard.writeText(text);
        announce(button.dataset.done);
      } catch {
        announce(button.dataset.failed);
      }
    });
  }
}
