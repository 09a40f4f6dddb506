// One save on its way to the server, and what came back. A time-out is not a refusal: the same numbers are sent again.
const PATIENCE = 12_000;

let token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";

export function renewToken(fresh) {
  if (fresh) token = fresh;
}

// `clock`: as this page was told it; where it is still so, the server stores in one go. `asks`: the answer shall tell the
// state of the sitting too, as `now`.
export async function sendSave(url, attempt, { clock = null, asks = false } = {}) {
  return call(url, "PUT", {
    value: attempt.value,
    base: attempt.base,
    client: attempt.client,
    seq: attempt.seq,
    epoch: attempt.epoch,
    ...(clock ? { clock } : {}),
    ...(asks ? { asks } : {}),
  });
}

export async function call(url, method = "GET", body = undefined) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const response = await fetch(url, {
      method,
      signal: stop.signal,
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
      headers: { Accept: "application/json", "X-CSRF-Token": token, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    // A reply that was cut off, or a page of somebody else's network with a friendly 200, is no answer of the server.
    const answer = await response.json().catch(() => null);
    if (answer === null || typeof answer !== "object") return { status: response.status < 500 ? 0 : response.status };
    renewToken(answer.csrf);
    return { status: response.status, ...answer };
  } catch {
    return { status: 0 };
  } finally {
    clearTimeout(timer);
  }
}
