// One participant's row: what is known of each sitting, and the cells that tell it. Only text that differs is written,
// so that focus, selection and what a screen reader is reading stay where they are.
const COLOURS = { running: "clay", paused: "amber", over: "leaf" };
const QUIET_AFTER = 120;

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export class Row {
  constructor(element) {
    this.element = element;
    this.text = element.querySelector("th").textContent.toLocaleLowerCase();
    this.cells = Object.fromEntries(
      [...element.querySelectorAll("[data-cell]")].map((cell) => [cell.dataset.cell, cell]),
    );
    this.places = [...element.querySelectorAll("[data-code]")].map((cell) => ({
      cell,
      code: cell.dataset.code,
      exercise: cell.dataset.exercise,
      state: cell.dataset.is,
      deadline: Number(cell.dataset.deadline) || null,
      paused: Number(cell.dataset.paused) || null,
      seen: Number(cell.dataset.seen) || null,
      saved: Number(cell.dataset.saved) || null,
      often: Number(cell.dataset.often) || 0,
      long: Number(cell.dataset.long) || 0,
      concerns: 0,
    }));
  }

  isOver(place, now) {
    return place.state === "sealed" || (place.state === "running" && now > place.deadline);
  }

  current(now) {
    const begun = this.places.filter((place) => place.state !== "ready");
    return begun.find((place) => !this.isOver(place, now)) ?? begun.at(-1) ?? null;
  }

  where(now) {
    if (this.element.dataset.where === "withdrawn") return "withdrawn";
    if (this.places.some((place) => place.state === "paused")) return "paused";
    if (this.places.some((place) => place.state === "running" && !this.isOver(place, now))) return "running";
    const over = this.places.filter((place) => this.isOver(place, now)).length;
    if (!over) return "not begun";
    return over === this.places.length ? "done" : "between";
  }

  show(now, words) {
    for (const place of this.places) {
      const key = this.isOver(place, now) ? "over" : place.state;
      const tag = place.cell.firstElementChild;
      write(tag, words.texts[key]);
      const look = `tag ${COLOURS[key] ?? ""}`;
      if (tag.className !== look) tag.className = look;
    }
    const place = this.current(now);
    const works = place && !this.isOver(place, now);
    this.isQuiet = Boolean(works && place.state === "running" && !(now - place.seen <= QUIET_AFTER));
    this.concerns = this.places.reduce((sum, one) => sum + one.concerns, 0);
    this.exercise = place?.exercise ?? "";
    this.element.dataset.where = this.where(now);
    const [left, ends] = this.cells.left.children;
    write(left, works ? words.span(place.deadline - (place.paused ?? now)) : "–");
    write(ends, works && place.state === "running" ? words.clock(place.deadline) : "");
    write(this.cells.saved, place ? words.ago(place.saved, now) : "–");
    write(this.cells.seen, works ? words.ago(place.seen, now) : "–");
    this.cells.seen.classList.toggle("quiet", this.isQuiet);
    write(this.cells.interrupted, place?.often ? words.often(place.often, place.long) : "–");
    write(this.cells.concerns, this.concerns ? String(this.concerns) : "–");
  }

  matches(wanted) {
    if (wanted.state === "quiet" ? !this.isQuiet : wanted.state === "concern" ? !this.concerns : wanted.state && this.element.dataset.where !== wanted.state) return false;
    if (wanted.exercise && this.exercise !== wanted.exercise) return false;
    return wanted.words.every((word) => this.text.includes(word));
  }
}
