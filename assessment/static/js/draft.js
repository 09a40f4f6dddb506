// What is being written in a short form stays in this tab until the server has it: a login that ended, or a page left
// by mistake, loses nothing.

const isChoice = (field) => field.type === "radio";

const done = document.querySelector("[data-draft-done]")?.dataset.draftDone;
if (done) try { sessionStorage.removeItem(done); } catch { /* nothing was kept */ }

for (const form of document.querySelectorAll("form[data-draft]")) {
  const name = form.dataset.draft;
  const fields = [...form.querySelectorAll("textarea, input[type=radio]")];
  const isSame = (field) => (isChoice(field) ? field.checked === field.defaultChecked : field.value.trim() === field.defaultValue.trim());
  const isStored = () => fields.every(isSame);
  const written = () => Object.fromEntries(fields.filter((field) => !isChoice(field) || field.checked).map((field) => [field.name, field.value]));

  try {
    const kept = JSON.parse(sessionStorage.getItem(name) ?? "{}");
    for (const field of fields) {
      if (kept[field.name] === undefined) continue;
      if (isChoice(field)) field.checked = kept[field.name] === field.value;
      else field.value = kept[field.name];
    }
    if (isStored()) sessionStorage.removeItem(name);
    else {
      const note = document.createElement("p");
      note.className = "notice";
      note.setAttribute("role", "status");
      note.textContent = form.dataset.restored;
      form.before(note);
    }
  } catch {
    // A browser without storage: the form works as any other.
  }

  form.addEventListener("input", () => {
    try {
      if (isStored()) sessionStorage.removeItem(name);
      else sessionStorage.setItem(name, JSON.stringify(written()));
    } catch {
      // As above.
    }
  });
}
