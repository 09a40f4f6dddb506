// The case study at work. Its small calculator reads sums by itself, because scripts made from text are forbidden.

import { putBeside } from "./beside.js";
import { offerCopies } from "./copying.js";

export function start(sitting) {
  const root = document.querySelector(".case_study");
  putBeside(root, sitting.announce);
  offerCopies(root, sitting.announce);
  root.querySelectorAll("[data-seen-as]").forEach((link) => link.addEventListener("click", () => sitting.noteSeen(link)));
  bindCalculator();
}

function bindCalculator() {
  const box = document.querySelector("[data-calculator]");
  if (!box) return;
  box.hidden = false;
  const sum = box.querySelector("input");
  const result = box.querySelector("output");
  const language = sum.closest(".case_study").lang;
  const show = () => {
    const value = calculate(sum.value);
    result.textContent = value === null
      ? (sum.value.trim() ? result.dataset.wrong : "")
      : `= ${value.toLocaleString(language, { maximumFractionDigits: 4 })}`;
  };
  box.querySelector("button").addEventListener("click", show);
  sum.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    show();
  });
}

// The value of a sum with + - * / and brackets, or null when it is none. Both , and . are decimal marks.
export function calculate(words) {
  const parts = words.replace(/,/g, ".").replace(/[x×]/gi, "*").replace(/[:÷]/g, "/").replace(/[−–]/g, "-")
    .match(/\d+(?:\.\d+)?|[-+*/()%]|\S/g) ?? [];
  let place = 0;
  const take = (...wanted) => (wanted.includes(parts[place]) ? parts[place++] : null);

  function terms() {
    let value = factors();
    for (let sign = take("+", "-"); sign; sign = take("+", "-")) {
      value = sign === "+" ? value + factors() : value - factors();
    }
    return value;
  }
  function factors() {
    let value = single();
    for (let sign = take("*", "/"); sign; sign = take("*", "/")) {
      value = sign === "*" ? value * single() : value / single();
    }
    return value;
  }
  function single() {
    if (take("-")) return -single();
    let value = NaN;
    if (take("(")) {
      value = terms();
      if (!take(")")) return NaN;
    } else if (/^\d/.test(parts[place] ?? "")) {
      value = Number(parts[place++]);
    }
    return take("%") ? value / 100 : value;
  }

  const value = terms();
  return place === parts.length && Number.isFinite(value) ? value : null;
}
