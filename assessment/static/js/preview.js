// Shows what was chosen without a press of the button; without this script the button does it.
const wish = document.getElementById("wish");
wish.addEventListener("change", () => {
  if (wish.reportValidity()) wish.requestSubmit();
});

// Choosing and then pressing Enter asks for the same page twice: the second request would break off the first.
let asked = "";
wish.addEventListener("submit", (event) => {
  const wanted = new URLSearchParams(new FormData(wish)).toString();
  if (wanted === asked) event.preventDefault();
  asked = wanted;
});
addEventListener("pageshow", () => { asked = ""; }); // shown again from the browser's cache
