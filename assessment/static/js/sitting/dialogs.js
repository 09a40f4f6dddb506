// The dialogs of an exercise page, and what they are made of: log in again in place, hand in.
import { call } from "./wire.js";

export function dialog(labelText, { heading, className = "" } = {}) {
  const element = document.createElement("dialog");
  element.className = className;
  const label = document.createElement("p");
  label.textContent = labelText;
  const title = heading === undefined ? label : document.createElement("h2");
  title.id = `dialog-${Math.random().toString(36).slice(2)}`;
  if (heading !== undefined) {
    title.textContent = heading;
    title.tabIndex = -1;
    element.append(title);
  }
  element.setAttribute("aria-labelledby", title.id);
  element.append(label);
  document.body.append(element);
  if (className !== "choice") element.addEventListener("close", () => element.remove());
  return element;
}

export function button(words, style = "") {
  const element = document.createElement("button");
  element.type = "button";
  element.className = `button ${style}`;
  element.textContent = words;
  return element;
}

export function actions(...buttons) {
  const row = document.createElement("div");
  row.className = "actions";
  row.append(...buttons);
  return row;
}

let loginDialog = null;

export function logInAgain({ url, login, words, onDone }) {
  if (loginDialog) return;
  const element = (loginDialog = dialog(words.login));
  const form = document.createElement("form");
  const label = document.createElement("label");
  label.textContent = `${words.password} (${login})`;
  const input = document.createElement("input");
  input.type = "password";
  input.autocomplete = "current-password";
  input.required = true;
  const wrong = document.createElement("p");
  wrong.className = "error-text";
  wrong.setAttribute("role", "alert");
  const submit = button(words.log_in, "main");
  submit.type = "submit";
  label.append(input);
  form.append(label, wrong, actions(submit));
  element.append(form);
  element.addEventListener("cancel", (event) => event.preventDefault());
  element.addEventListener("close", () => (loginDialog = null));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    const answer = await call(url, "POST", { email: login, password: input.value });
    submit.disabled = false;
    if (answer.status === 200) {
      element.close();
      onDone();
    } else {
      wrong.textContent = answer.message ?? words.login_wrong;
      input.select();
      input.focus();
    }
  });
  element.showModal();
  input.focus();
}

export function askToHandIn({ words, onYes }) {
  const element = dialog(words.hand_in);
  element.dataset.canWait = "";
  const yes = button(words.hand_in_yes, "main");
  const no = button(words.back, "quiet");
  yes.addEventListener("click", () => { element.close(); onYes(); });
  no.addEventListener("click", () => element.close());
  element.append(actions(yes, no));
  element.showModal();
  no.focus();
}
