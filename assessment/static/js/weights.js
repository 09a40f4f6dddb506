// The weights of a dimension are added while they are typed; the server adds them again.
for (const form of document.querySelectorAll("form[data-weights]")) {
  form.addEventListener("input", (event) => {
    const row = event.target.closest("tr");
    const output = row?.querySelector("[data-total] output");
    if (!output) return;
    const values = [...row.querySelectorAll("input")].map((input) => input.value.trim().replace(",", ".").replace("%", ""));
    const total = values.reduce((sum, value) => sum + (Number(value) || 0), 0);
    const isClaimed = values.some((value) => value !== "" && Number(value) !== 0);
    output.textContent = isClaimed ? `${new Intl.NumberFormat(document.documentElement.lang).format(total)} %` : "–";
    output.classList.toggle("off", isClaimed && Math.abs(total - 100) > 0.001);
  });
}
