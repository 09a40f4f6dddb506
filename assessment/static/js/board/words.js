// Lengths of time in words, as the page writes them; the gaps come from its own translations.
export function fill(text, values) {
  return text.replace(/%\((\w+)\)s/g, (_whole, name) => String(values[name] ?? ""));
}

export class Words {
  constructor(texts, zone) {
    this.texts = texts;
    this.format = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone });
  }

  span(seconds) {
    const whole = Math.max(0, Math.trunc(seconds));
    if (whole < 60) return fill(this.texts.s, { n: whole });
    if (whole < 3600) return fill(this.texts.min, { n: Math.trunc(whole / 60) });
    if (whole < 86400) return fill(this.texts.h, { h: Math.trunc(whole / 3600), m: Math.trunc(whole / 60) % 60 });
    return fill(this.texts.d, { d: Math.trunc(whole / 86400), h: Math.trunc(whole / 3600) % 24 });
  }

  ago(moment, now) {
    return moment ? fill(this.texts.ago, { span: this.span(now - moment) }) : "–";
  }

  often(times, seconds) {
    return fill(this.texts.often, { n: times, span: this.span(seconds) });
  }

  news(concern) {
    return fill(this.texts.new, concern);
  }

  live(now) {
    return fill(this.texts.live, { time: this.clock(now) });
  }

  clock(moment) {
    return this.format.format(new Date(moment * 1000));
  }
}
