"use strict";
/* Calls to the server of this page, and the one sender of what waits in the outbox. */
Floor.root = document.body.dataset.root;
Floor.session = { csrf: "", user: null, workstation: null };

class Unreachable extends Error {}

Floor.call = async (method, path, { body, key } = {}) => {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = Floor.session.csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  try {
    const answer = await fetch(`${Floor.root}/pages/operator/${path}`, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin", cache: "no-store", redirect: "error", signal: AbortSignal.timeout(15000),
    });
    const data = answer.status === 204 ? null : await answer.json();
    Floor.heard(true);
    return { status: answer.status, ok: answer.ok, data };
  } catch (error) { // no answer, or one that broke off: nobody knows whether it was booked
    Floor.heard(false);
    throw new Unreachable(String(error));
  }
};

/* Who is signed in, and the token that this page's calls carry. */
Floor.renew = async () => {
  const found = await Floor.call("GET", "session");
  if (found.ok) Floor.session = found.data;
  return found.ok;
};

Floor.sentence = (answer) => (answer.data && answer.data.detail) || `The server answered ${answer.status}.`;

/* What waits is sent under the name of who has reported it, and from where that one works. */
Floor.isMine = (entry, { user, workstation }) =>
  Boolean(user && workstation) && entry.user === user.id && entry.station === workstation.id;

Floor.sender = (() => {
  const isLater = (status) => status === 401 || status === 408 || status === 425 || status === 429 || status >= 500;

  const sendOne = async (entry) => {
    const send = () => Floor.call("POST", entry.path, { body: entry.body, key: entry.key });
    let answer = await send();
    if (answer.status === 403 && (await Floor.renew())) { // perhaps the page's token is an old one
      if (!Floor.isMine(entry, Floor.session)) return false;
      answer = await send();
    }
    const isRunning = answer.status === 409 && /still running/.test(Floor.sentence(answer));
    if (isLater(answer.status) || isRunning) {
      if (answer.status === 401) await Floor.renew();
      return false;
    }
    if (answer.ok) await Floor.outbox.remove(entry.id);
    else await Floor.outbox.put({ ...entry, refused: Floor.sentence(answer) });
    Floor.settled(entry, answer);
    return true;
  };

  /* In order, one after the other; what cannot be sent now stops those behind it. */
  const sendAll = async () => {
    for (;;) {
      const entry = (await Floor.outbox.all()).find((each) => !each.refused && Floor.isMine(each, Floor.session));
      if (!entry || !(await sendOne(entry))) return;
    }
  };

  let running = null, again = false;
  const send = async () => {
    do {
      again = false;
      try { // of two pages at one tablet only one sends
        await (navigator.locks ? navigator.locks.request("floor-outbox", sendAll) : sendAll());
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
      }
    } while (again);
  };

  return {
    /* Resolves when nothing more can be sent now. */
    send: () => {
      if (running) again = true;
      else running = send().finally(() => { running = null; });
      return running;
    },
  };
})();
