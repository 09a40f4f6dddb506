// Two versions of one draft, side by side: what is on this page, and what another window stored.
export function sideBySide(body, { cards, mine, stored, words }) {
  const level = (value) => (value === null || value === undefined ? words.none : value === 0 ? words.no_evidence : String(value));
  const rows = [];
  for (const card of cards) {
    const id = card.dataset.dimension;
    const ticked = (ticks) => [...card.querySelectorAll("[name=tick]")].filter((box) => ticks.includes(box.value)).map((box) => box.closest("label").querySelector(":scope > span").textContent.trim());
    rows.push([`${card.dataset.name}: ${words.level}`, level(mine.scores[id]), level(stored.scores[id])]);
    rows.push([`${card.dataset.name}: ${words.ticks}`, ticked(mine.ticks).join("\n"), ticked(stored.ticks).join("\n")]);
  }
  rows.push([words.note, mine.note, stored.note]);
  body.replaceChildren(...rows.filter(([, one, other]) => one !== other).map(([name, one, other]) => {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = name;
    row.append(head, ...[one, other].map((text) => { const cell = document.createElement("td"); cell.className = "kept"; cell.dir = "auto"; cell.textContent = text || "–"; return cell; }));
    return row;
  }));
}
