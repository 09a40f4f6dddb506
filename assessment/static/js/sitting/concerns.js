// "Something is wrong": tells the administrators without leaving the exercise, and shows what they reply. Told without
// a connection, it is sent as soon as there is one.
import { timeOfDay } from "./ages.js";
import { actions, button, dialog } from "./dialogs.js";
import { call } from "./wire.js";

export class Concerns {
  constructor({ url, words, zone, announce }) {
    Object.assign(this, { url, words, zone, announce });
    this.kinds = new Map(words.concern_kinds);
    this.waiting = [];
    this.said = [];
    this.read = 0;
    this.control = document.getElementById("something-is-wrong");
    this.control.addEventListener("click", () => this.open());
  }

  // What the server has, with each answer to the page's regular question.
  show(said) {
    if (!said) return;
    const replies = said.flatMap((one) => one.replies);
    const had = this.said.flatMap((one) => one.replies).length;
    this.said = said;
    if (replies.length > had && had >= this.read && this.isKnown) {
      const reply = replies.sort((a, b) => a.at.localeCompare(b.at)).at(-1);
      this.announce(`${this.words.concern_reply} ${reply.text}`);
      const note = document.getElementById("note");
      note.textContent = `${this.words.concern_reply} ${reply.text}`;
      note.hidden = false;
    }
    this.isKnown = true;
    this.draw();
    this.flush();
  }

  draw() {
    const list = this.list;
    if (!list) return;
    const element = (tag, text, className = "") => {
      const made = document.createElement(tag);
      made.textContent = text;
      made.className = className;
      return made;
    };
    list.replaceChildren(...[...this.said, ...this.waiting.map((one) => ({ ...one, replies: [], isWaiting: true }))].map((one) => {
      const item = document.createElement("li");
      const state = one.isWaiting ? this.words.concern_waiting : one.done ? this.words.concern_done : this.words.concern_arrived.replace("{time}", timeOfDay(one.raised_at, this.zone));
      item.append(element("p", [this.kinds.get(one.kind), one.text].filter(Boolean).join(": ")), element("p", state, "soft"));
      for (const reply of one.replies) item.append(element("blockquote", reply.text));
      return item;
    }));
    list.hidden = !list.children.length;
  }

  open() {
    const { words } = this;
    const element = dialog(words.concern_intro, { heading: words.concern, className: "concern" });
    this.list = document.createElement("ul");
    this.list.className = "said";
    const form = document.createElement("form");
    const kinds = document.createElement("fieldset");
    const legend = document.createElement("legend");
    legend.textContent = words.concern_what;
    kinds.append(legend);
    for (const [kind, label] of this.kinds) {
      const line = document.createElement("label");
      line.className = "check";
      const radio = document.createElement("input");
      Object.assign(radio, { type: "radio", name: "kind", value: kind, required: true });
      const text = document.createElement("span");
      text.textContent = label;
      line.append(radio, " ", text);
      kinds.append(line);
    }
    const label = document.createElement("label");
    label.textContent = words.concern_text;
    const text = document.createElement("textarea");
    Object.assign(text, { rows: 4, maxLength: 1000 });
    label.append(text);
    const wrong = document.createElement("p");
    wrong.className = "error-text";
    wrong.setAttribute("role", "alert");
    const tell = button(words.concern_tell, "main");
    tell.type = "submit";
    const back = button(words.back, "quiet");
    back.addEventListener("click", () => element.close());
    form.append(kinds, label, wrong, actions(tell, back));
    element.append(this.list, form);
    element.addEventListener("close", () => { this.list = null; this.control.focus(); });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const kind = form.querySelector("input[name=kind]:checked").value;
      const client = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
      this.waiting.push({ client, kind, text: text.value.trim() });
      tell.disabled = true;
      const refused = await this.flush();
      tell.disabled = false;
      if (refused) {
        wrong.textContent = refused;
        return;
      }
      element.close();
      this.announce(this.waiting.length ? words.concern_kept : words.concern_told);
      // Beside the button, where the eye is; the answer comes at the top of the page.
      document.getElementById("told").textContent = this.waiting.length ? words.concern_kept : words.concern_told;
    });
    this.draw();
    element.showModal();
    kinds.querySelector("input").focus();
  }

  // What could not be told yet; gives the sentence with which the server refused something, if it did.
  async flush() {
    if (this.isSending) return null;
    this.isSending = true;
    try {
      while (this.waiting.length) {
        const answer = await call(this.url, "POST", this.waiting[0]);
        if (answer.status === 200 || answer.status === 201) {
          this.waiting.shift();
          if (!this.said.some((one) => one.id === answer.id)) this.said = [...this.said, answer];
        } else if (answer.status === 429 || answer.status === 422) {
          this.waiting.shift();
          return answer.message ?? this.words.invalid;
        } else return null;
      }
      return null;
    } finally {
      this.isSending = false;
      this.draw();
    }
  }
}
