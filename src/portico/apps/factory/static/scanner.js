"use strict";
/* A keyboard-wedge scanner types faster than people do, and ends with Enter: wherever the focus is, that is a scan. */
var Floor = {};

Floor.listen = ({ scanned, typed }) => {
  const FAST = 50; // milliseconds from key to key, on average
  const PAUSE = 250; // after which something new begins
  const SHORTEST = 4;
  let text = "", first = 0, last = 0, field = null, before = "", late = 0;

  const forget = () => { text = ""; field = null; };
  const isScan = (now) =>
    text.length >= SHORTEST && now - last < PAUSE && (last - first) / (text.length - 1) <= FAST;
  const deliver = () => {
    const keys = field ? "" : text; // what went into a field is there already
    forget();
    for (const key of keys) typed(key);
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const now = event.timeStamp;
    clearTimeout(late);
    if (event.key === "Enter" || event.key === "Tab") {
      if (!isScan(now)) return deliver();
      event.preventDefault(); // else it would press the button that has the focus
      event.stopImmediatePropagation();
      if (field) {
        field.value = before;
        field.dispatchEvent(new Event("input"));
      }
      const code = text.trim();
      forget();
      return scanned(code);
    }
    if (event.key.length !== 1) return;
    if (text && now - last >= PAUSE) deliver();
    if (!text) {
      const target = event.target;
      field = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement ? target : null;
      before = field ? field.value : "";
      first = now;
    } else if (event.key === " " && !field) event.preventDefault(); // a space within a code presses no button
    text += event.key;
    last = now;
    late = setTimeout(deliver, PAUSE);
  }, true);
};
