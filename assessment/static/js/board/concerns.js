// The list of what is wrong: new concerns are added and announced, answered ones are named so, done ones leave, except
// while somebody is on them.
export class Concerns {
  constructor(section, announce, words) {
    this.section = section;
    this.list = section.querySelector("ul");
    this.announce = announce;
    this.words = words;
  }

  show(concerns, now) {
    const there = new Map([...this.list.children].map((item) => [item.dataset.concern, item]));
    const news = [];
    for (const concern of concerns) {
      const item = there.get(concern.id) ?? this.add(concern, news);
      there.delete(concern.id);
      if (concern.replied && !item.querySelector(".tag")) this.tag(item);
    }
    for (const item of there.values()) {
      if (!item.contains(document.activeElement)) item.remove();
    }
    this.section.hidden = !this.list.children.length;
    if (news.length) this.announce.textContent = news.join(". ");
    this.age(now);
  }

  add(concern, news) {
    const item = document.createElement("li");
    item.dataset.concern = concern.id;
    item.dataset.at = concern.at;
    const link = document.createElement("a");
    link.className = "target";
    link.href = concern.address;
    link.textContent = `${concern.name}, ${concern.exercise}`;
    const said = document.createElement("span");
    said.className = "said";
    said.textContent = concern.words;
    const age = document.createElement("span");
    age.className = "soft";
    age.dataset.age = "";
    item.append(link, " ", said, " ", age);
    this.list.append(item);
    news.push(this.words.news(concern));
    return item;
  }

  tag(item) {
    const tag = document.createElement("span");
    tag.className = "tag sky";
    tag.textContent = this.words.texts.replied;
    item.append(" ", tag);
  }

  age(now) {
    for (const item of this.list.children) {
      const age = item.querySelector("[data-age]");
      const text = this.words.ago(Number(item.dataset.at), now);
      if (age.textContent !== text) age.textContent = text;
    }
  }
}
