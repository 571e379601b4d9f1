"use strict";
/* The board renews itself: only what has changed is written, so nothing flickers and the focus stays where it is. */
(() => {
  const EVERY = 4000; // milliseconds
  const board = document.getElementById("live");
  const keyed = (root) => new Map([...root.querySelectorAll("[data-key]")].map((each) => [each.dataset.key, each]));

  const renew = async () => {
    const answer = await fetch(board.dataset.from, { credentials: "same-origin", cache: "no-store", redirect: "error" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    const before = keyed(board), after = keyed(fresh);
    if ([...before.keys()].join() !== [...after.keys()].join()) {
      if (!board.contains(document.activeElement)) board.replaceChildren(...fresh.childNodes);
      return;
    }
    for (const [key, now] of after) {
      const was = before.get(key);
      if (was.className !== now.className) was.className = now.className;
      if (!now.querySelector("[data-key]") && was.innerHTML !== now.innerHTML) was.replaceChildren(...now.childNodes);
    }
  };

  const again = async () => {
    if (!document.hidden) await renew().catch(() => {}); // the next one may come through
    setTimeout(again, EVERY);
  };
  setTimeout(again, EVERY);
})();
