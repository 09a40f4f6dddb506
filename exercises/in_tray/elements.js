// Short ways to find, to make and to say, for all parts of the in-tray.

export const all = (selector, within) => [...within.querySelectorAll(selector)];
export const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

export function make(tag, { text, ...given } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name === "className") element.className = value;
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

// A word of the interface, which may be in another language than the exercise.
export const word = (tag, className, text) => make(tag, { className, text, lang: document.documentElement.lang });
