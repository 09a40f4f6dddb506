// Shows what was chosen without a press of the button; without this script the button does it.
const wish = document.getElementById("wish");
wish.addEventListener("change", () => {
  if (wish.reportValidity()) wish.requestSubmit();
});
