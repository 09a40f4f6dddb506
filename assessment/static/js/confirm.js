// A form with data-confirm asks before it is sent.
export function bindConfirm(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset?.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    const dialog = document.createElement("dialog");
    const words = document.createElement("p");
    words.textContent = form.dataset.confirm;
    words.id = "confirm-words";
    const actions = document.createElement("div");
    actions.className = "actions";
    const yes = (event.submitter ?? form.querySelector("button")).cloneNode(true);
    yes.type = "button";
    yes.classList.add("main");
    yes.removeAttribute("id");
    const no = document.createElement("button");
    no.className = "button quiet";
    no.type = "button";
    no.textContent = document.documentElement.lang === "nl" ? "Terug" : "Go back";
    actions.append(yes, no);
    dialog.append(words, actions);
    dialog.setAttribute("aria-labelledby", "confirm-words");
    document.body.append(dialog);
    const submitter = event.submitter;
    no.addEventListener("click", () => dialog.close());
    yes.addEventListener("click", () => {
      form.dataset.confirmed = "yes";
      dialog.close();
      form.requestSubmit(submitter ?? undefined);
    });
    dialog.addEventListener("close", () => { dialog.remove(); submitter?.focus(); });
    dialog.showModal();
    no.focus();
  }, true);
}
