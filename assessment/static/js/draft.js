// What is being written in a short form stays in this tab until the server has it: a login that ended, or a page left
// by mistake, loses nothing.

for (const form of document.querySelectorAll("form[data-draft]")) {
  const name = form.dataset.draft;
  const fields = [...form.querySelectorAll("textarea")];
  const isStored = () => fields.every((field) => field.value.trim() === field.defaultValue.trim());
  const note = document.createElement("p");
  note.className = "notice";
  note.setAttribute("role", "status");

  try {
    const kept = JSON.parse(sessionStorage.getItem(name) ?? "null");
    for (const field of fields) if (kept?.[field.name] !== undefined) field.value = kept[field.name];
    if (isStored()) sessionStorage.removeItem(name);
    else {
      note.textContent = form.dataset.restored;
      form.before(note);
    }
  } catch {
    // A browser without storage: the form works as any other.
  }

  form.addEventListener("input", () => {
    try {
      if (isStored()) sessionStorage.removeItem(name);
      else sessionStorage.setItem(name, JSON.stringify(Object.fromEntries(fields.map((field) => [field.name, field.value]))));
    } catch {
      // As above.
    }
  });
}
