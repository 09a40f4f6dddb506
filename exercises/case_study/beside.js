// Two pieces of the material side by side, chosen by whoever reads. Nothing is copied: the others step aside.

export function putBeside(root, announce) {
  const box = root.querySelector("[data-beside]");
  const [first, second] = box.querySelectorAll("select");
  const end = box.querySelector("button");
  const parts = [...root.querySelectorAll("[data-part]")];
  for (const select of [first, second]) select.append(...parts.map((part) => new Option(part.dataset.part, part.id)));
  box.hidden = false;

  function show() {
    const chosen = [first.value, second.value];
    const isBeside = Boolean(first.value && second.value);
    root.toggleAttribute("data-is-beside", isBeside);
    for (const part of root.querySelectorAll(".case_study-part")) part.hidden = isBeside && !chosen.includes(part.id);
    for (const [select, other] of [[first, second], [second, first]]) {
      for (const option of select.options) option.disabled = Boolean(option.value) && option.value === other.value;
    }
    end.hidden = !isBeside;
    const names = parts.filter((part) => chosen.includes(part.id)).map((part) => part.dataset.part);
    if (isBeside) announce(box.dataset.said.replace("{one}", names[0]).replace("{other}", names[1]));
  }

  function stop() {
    first.value = second.value = "";
    show();
  }

  box.addEventListener("change", show);
  end.addEventListener("click", () => {
    stop();
    first.focus();
    announce(box.dataset.ended);
  });
  // A link of the index leads to its part, whatever stood there.
  root.querySelector(".case_study-index").addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (link && root.querySelector(link.hash)?.hidden) stop();
  });
}
