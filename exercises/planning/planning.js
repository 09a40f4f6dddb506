// The planning exercise: draws the board from the lists, lets cards be dragged, lists broken rules, takes in the update.

let sitting;
let root;
let words;

const find = (selector, within = root) => within.querySelector(selector);
const all = (selector, within = root) => [...within.querySelectorAll(selector)];
const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

export function start(given) {
  sitting = given;
  root = find("[data-planning]", document);
  if (!root) return;
  words = JSON.parse(root.dataset.words);
  all("[data-plan]").forEach(bind);
  sitting.onReadOnly(close);
}

// The update has come: the first plan stays as it is, the final one begins with it.
export function arrived(fragment) {
  const repair = find("[data-planning-repair]", fragment);
  if (!repair || find("[data-planning-repair]")) return;
  words = JSON.parse(repair.parentElement.dataset.words);
  const first = find("[data-planning-first]");
  const chosen = new Map(all("select[data-name]", first).map((select) => [select.dataset.name, select.value]));
  all("select", first).forEach((select) => (select.disabled = true));
  all("[draggable]").forEach((card) => card.removeAttribute("draggable"));
  find("[data-first-title]").textContent = words.labels.first_closed;
  find(".planning-drag", first)?.remove();
  first.open = false;
  find("[data-later]").append(document.adoptNode(repair));
  const plan = find('[data-task="final"]');
  for (const select of all("select[data-name]", plan)) select.value = chosen.get(select.dataset.name) ?? "";
  bind(plan);
  sitting.announce(words.labels.arrived);
}

function close() {
  all("[draggable]").forEach((card) => card.removeAttribute("draggable"));
}

function bind(plan) {
  const board = JSON.parse(plan.dataset.board);
  const draw = () => show(plan, board);
  plan.addEventListener("change", draw);
  plan.addEventListener("klei:restored", draw);
  plan.addEventListener("dragstart", (event) => {
    const job = event.target.closest("[draggable]")?.dataset.job;
    if (!job || sitting.isReadOnly()) return event.preventDefault();
    event.dataTransfer.setData("text/plain", job);
    event.dataTransfer.effectAllowed = "move";
  });
  for (const target of [...all("td[data-slot]", plan), find("[data-jobs]", plan)]) {
    target.addEventListener("dragover", (event) => {
      event.preventDefault();
      target.classList.add("is-target");
    });
    target.addEventListener("dragleave", () => target.classList.remove("is-target"));
    target.addEventListener("drop", (event) => {
      event.preventDefault();
      target.classList.remove("is-target");
      const job = event.dataTransfer.getData("text/plain");
      if (board.jobs.some((one) => one.id === job)) put(plan, board, job, target.dataset);
    });
  }
  draw();
}

function put(plan, board, name, { crew, slot }) {
  const job = board.jobs.find((one) => one.id === name);
  choose(plan, name, "start", slot ?? "");
  const field = choose(plan, name, "crew", slot === undefined ? "" : job.crews.includes("all") ? "all" : crew);
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function choose(plan, job, part, value) {
  const field = find(`select[data-name="${job}.${part}"]`, plan);
  field.value = value;
  return field;
}

function placesOf(plan) {
  const places = {};
  for (const card of all("li[data-job]", plan)) {
    const [crew, start] = ["crew", "start"].map((part) => find(`select[data-name$=".${part}"]`, card).value);
    if (crew && start) places[card.dataset.job] = { crew, start: Number(start) };
  }
  return places;
}

function show(plan, board) {
  const places = placesOf(plan);
  const broken = breaches(allowing(board, plan), places);
  const inBreach = new Set(broken.flatMap((breach) => breach.jobs));
  for (const cell of all("td[data-slot]", plan)) {
    cell.replaceChildren();
    cell.classList.remove("is-full");
  }
  for (const job of board.jobs) {
    const place = places[job.id];
    const card = find(`li[data-job="${job.id}"]`, plan);
    const crew = find('select[data-name$=".crew"]', card).value;
    const length = crew ? lengthOf(board, job, crew) : job.length;
    find("[data-takes]", card).textContent = length === job.length ? "" : say(words.labels.takes, { n: length });
    card.classList.toggle("is-planned", Boolean(place));
    card.classList.toggle("is-broken", inBreach.has(job.id));
    if (place) draw(plan, board, job, place, length, inBreach.has(job.id));
  }
  find("[data-planned]", plan).textContent = say(words.labels.planned, { n: Object.keys(places).length, all: board.jobs.length });
  const sentences = broken.map((breach) => sentence(board, breach));
  find("[data-broken]", plan).replaceChildren(...(sentences.length ? sentences : [words.labels.none_broken]).map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    if (!sentences.length) item.className = "is-well";
    return item;
  }));
  for (const slot of broken.filter((breach) => breach.rule === "standby").map((breach) => breach.slot)) {
    all(`td[data-slot="${slot}"]`, plan).forEach((cell) => cell.classList.add("is-full"));
  }
}

function draw(plan, board, job, place, length, isBroken) {
  const crews = place.crew === "all" ? board.crews.map((crew) => crew.id) : [place.crew];
  for (const crew of crews) {
    for (let slot = place.start; slot < place.start + length; slot += 1) {
      const cell = find(`td[data-crew="${crew}"][data-slot="${slot}"]`, plan);
      if (!cell) continue;
      const chip = document.createElement("span");
      chip.className = "planning-chip";
      chip.classList.toggle("is-first", slot === place.start);
      chip.classList.toggle("is-last", slot === place.start + length - 1);
      chip.classList.toggle("is-broken", isBroken);
      chip.textContent = job.id;
      chip.title = words.jobs[job.id].name;
      if (!sitting.isReadOnly() && !find(`select[data-name="${job.id}.crew"]`, plan).disabled) {
        chip.draggable = true;
        chip.dataset.job = job.id;
      }
      cell.append(chip);
    }
  }
}

// A customer who is asked for a later day of this week is shown as if the answer were yes.
function allowing(board, plan) {
  const repair = plan.closest("[data-planning-repair]");
  if (!repair) return board;
  const job = find('[data-task="proposal"] select', repair).value;
  const how = find('[data-task="proposal"] input:checked', repair)?.value;
  const latest = JSON.parse(repair.dataset.thisWeek)[job];
  if (how !== "this_week" || !latest) return board;
  return { ...board, jobs: board.jobs.map((one) => (one.id === job ? { ...one, latest } : one)) };
}

function slotName(board, slot) {
  return say(words.labels.slot, {
    day: words.day_names[Math.floor((slot - 1) / board.parts)],
    part: words.part_names[(slot - 1) % board.parts],
  });
}

function sentence(board, breach) {
  const job = board.jobs.find((one) => one.id === breach.jobs[0]);
  const name = (id) => `${id} ${words.jobs[id].name}`;
  const text = breach.rule === "absent" ? words.update.absent : words.broken[breach.rule];
  return say(text, {
    job: breach.jobs.length ? name(breach.jobs[0]) : "",
    jobs: breach.jobs.join(", "),
    crew: breach.crew,
    start: job ? slotName(board, job.earliest) : "",
    end: job ? slotName(board, Math.min(job.latest, board.slots)) : "",
    slot: breach.rule === "standby" ? slotName(board, breach.slot) : "",
  });
}

// The same rules as on the server (exercises/planning/board.py); a test compares both on many plans.

export function lengthOf(board, job, crew) {
  if (crew === "all" || !job.place || !job.travels) return job.length;
  return board.crews.find((one) => one.id === crew).base === job.place ? job.length : job.length + board.travel;
}

export function breaches(board, places) {
  const found = [];
  const taken = new Map();
  for (const job of board.jobs) {
    const place = places[job.id];
    if (!place) continue;
    found.push(...alone(board, job, place));
    const crews = place.crew === "all" ? board.crews.map((crew) => crew.id) : [place.crew];
    const length = lengthOf(board, job, place.crew);
    for (const crew of crews) {
      for (let slot = place.start; slot < place.start + length; slot += 1) {
        const cell = `${crew} ${slot}`;
        taken.set(cell, [...(taken.get(cell) ?? []), job.id]);
      }
    }
  }
  const clashes = new Map();
  for (const [cell, jobs] of taken) {
    if (jobs.length > 1) clashes.set(`${jobs.join(" ")} ${cell.split(" ")[0]}`, { rule: "overlap", jobs, crew: cell.split(" ")[0], slot: 0 });
  }
  found.push(...[...clashes.keys()].sort().map((key) => clashes.get(key)));
  for (let slot = board.parts; slot <= board.slots; slot += board.parts) {
    if (board.crews.every((crew) => taken.has(`${crew.id} ${slot}`))) found.push({ rule: "standby", jobs: [], crew: "", slot });
  }
  return found;
}

function alone(board, job, { crew, start }) {
  if (!job.crews.includes(crew)) return [{ rule: "crew", jobs: [job.id], crew, slot: 0 }];
  const found = [];
  const end = start + lengthOf(board, job, crew) - 1;
  const skills = crew === "all" ? job.skills : board.crews.find((one) => one.id === crew).skills;
  if (!job.skills.every((skill) => skills.includes(skill))) found.push({ rule: "skill", jobs: [job.id], crew, slot: 0 });
  if (start < job.earliest) found.push({ rule: "early", jobs: [job.id], crew, slot: start });
  if (end > Math.min(job.latest, board.slots)) found.push({ rule: "late", jobs: [job.id], crew, slot: end });
  for (const block of board.blocks) {
    const slots = block.slots.filter((slot) => slot >= start && slot <= end);
    if (block.crew === crew && job.skills.includes(block.skill) && slots.length) {
      found.push({ rule: "absent", jobs: [job.id], crew, slot: Math.min(...slots) });
    }
  }
  return found;
}
