// A form is sent once, however often its button is pressed; going back in the browser makes it ready again.
export function bindSubmitOnce(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    // Downloads leave the page where it is: the form becomes ready again after a moment.
    setTimeout(() => delete form.dataset.sent, 4000);
  });
  addEventListener("pageshow", () => root.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
}
