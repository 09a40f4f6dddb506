// How long ago something was, in words, counted monotonically: a wrong clock of the device cannot make it wrong.
export function ageInWords(milliseconds, words) {
  if (milliseconds === null) return words.age_never;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3) return words.age_now;
  if (seconds < 60) return words.age_seconds.replace("{n}", seconds);
  const minutes = Math.floor(seconds / 60);
  return minutes === 1 ? words.age_minute : words.age_minutes.replace("{n}", minutes);
}

// An instant of the server as a time of day where the person lives, whatever time zone the device believes in.
export function timeOfDay(instant, zone) {
  const given = { hour: "2-digit", minute: "2-digit", hour12: false };
  try {
    return new Date(instant).toLocaleTimeString(document.documentElement.lang, { ...given, timeZone: zone });
  } catch {
    return new Date(instant).toLocaleTimeString(document.documentElement.lang, given);
  }
}
