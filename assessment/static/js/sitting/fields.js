// Binds the fields of an exercise: data-task saves its text, fieldset[data-task-json] the values of what is in it,
// and output[data-words-of] counts words.
export function bindFields(root, save) {
  root.addEventListener("input", (event) => changed(event.target, save));
  root.addEventListener("change", (event) => !isTyped(event.target) && changed(event.target, save));
}

// What is typed tells of each stroke; leaving such a field is no change.
const isTyped = (field) => field.matches?.("textarea, input:not([type=radio], [type=checkbox])");

function changed(target, save) {
  const group = target.closest?.("[data-task-json]");
  if (group) return save(group.dataset.task, valuesOf(group));
  const field = target.closest?.("[data-task]");
  if (field && "value" in field) save(field.dataset.task, field.value);
}

export function valuesOf(group) {
  const values = {};
  for (const field of group.querySelectorAll("input[name], select[name], textarea[name]")) {
    const name = field.dataset.name ?? field.name;
    if (field.type === "radio") {
      if (field.checked) values[name] = number(field.value);
    } else if (field.type === "checkbox") {
      if (field.checked) values[name] = true;
    } else if (field.value !== "") {
      values[name] = number(field.value);
    }
  }
  return values;
}

const number = (text) => (/^-?\d{1,9}$/.test(text) ? Number(text) : text);

// Put a value back into its field; false when the page has no such field.
export function restoreField(root, task, value) {
  const field = root.querySelector(`[data-task="${CSS.escape(task)}"]`);
  if (!field) return false;
  if (field.matches("[data-task-json]")) {
    for (const input of field.querySelectorAll("input[name], select[name], textarea[name]")) {
      const name = input.dataset.name ?? input.name;
      const given = value?.[name];
      if (input.type === "radio") input.checked = given !== undefined && String(given) === input.value;
      else if (input.type === "checkbox") input.checked = Boolean(given);
      else input.value = given ?? "";
    }
  } else if ("value" in field && typeof value === "string") {
    field.value = value;
  } else {
    return false;
  }
  field.dispatchEvent(new CustomEvent("klei:restored", { bubbles: true }));
  return true;
}

export function bindWordCounts(root, words) {
  const count = () => {
    for (const output of root.querySelectorAll("output[data-words-of]")) {
      const field = root.querySelector(`[data-task="${CSS.escape(output.dataset.wordsOf)}"]`);
      if (!field) continue;
      const n = field.value.split(/\s+/).filter(Boolean).length;
      const limit = Number(output.dataset.limit || 0);
      const template = !limit ? words.words : n > limit ? words.over_limit : words.words_of;
      const text = template.replace("{n}", n).replace("{limit}", limit);
      if (output.textContent !== text) output.textContent = text;
      output.classList.toggle("over", Boolean(limit) && n > limit);
    }
  };
  root.addEventListener("input", count);
  root.addEventListener("klei:restored", count);
  count();
}
