"use strict";
/* The tablet: its state, what one can do, and what of it outlives a reload. */
(() => {
  const KEPT = "floor.kept"; // the station and what was seen last; no token, no PIN
  const EVERY = 10000, SOON = 2500; // milliseconds; sooner while something waits
  const S = {
    screen: "station", station: null, people: [], badge: null, pin: "", user: null, queue: [], reasons: [], today: "",
    operation: null, report: null, found: null, done: null, unknown: "", typed: {}, waiting: [], refused: [], busy: false,
    isOnline: true, isLeaving: false, ...JSON.parse(localStorage.getItem(KEPT) || "{}"),
  };
  const keep = () => {
    const { station, people, user, queue, reasons, today, isLeaving } = S;
    localStorage.setItem(KEPT, JSON.stringify({ station, people, user, queue, reasons, today, isLeaving }));
  };
  const byId = (id) => document.getElementById(id);
  let drawn = "", told = 0, next = 0;

  const draw = () => {
    const main = byId("main"), active = document.activeElement, had = main.contains(active) ? active.id : "";
    main.replaceChildren(...Floor.screens[S.screen](S, act).filter(Boolean));
    main.dataset.screen = S.screen;
    const isNew = drawn !== S.screen, first = () => main.querySelector("button.main:enabled") || byId("title");
    if (isNew || had) (!isNew && byId(had) || first()).focus({ preventScroll: true });
    if (isNew) window.scrollTo(0, 0);
    drawn = S.screen;
    drawBar();
  };
  const drawBar = () => {
    byId("where").textContent = [S.station && S.station.name, S.user && S.user.name].filter(Boolean).join(" · ") || "Ra Factory";
    const wifi = byId("wifi");
    wifi.textContent = S.isOnline ? "● Online" : "▲ No Wi-Fi";
    wifi.className = S.isOnline ? "" : "wrong";
    const kept = byId("kept");
    kept.hidden = !(S.waiting.length + S.refused.length);
    kept.textContent = [S.waiting.length && `${S.waiting.length} waiting`, S.refused.length && `${S.refused.length} refused`].filter(Boolean).join(", ");
    kept.className = S.refused.length ? "wrong" : "";
    byId("leave").hidden = !S.user;
  };
  /* What happened, read out as well. It goes away by itself; what is wrong stays longer. */
  const say = (text, isWrong = false) => {
    clearTimeout(told);
    byId("said").textContent = isWrong ? "" : text;
    byId("alert").textContent = isWrong ? text : "";
    told = setTimeout(() => { byId("said").textContent = byId("alert").textContent = ""; }, isWrong ? 12000 : 6000);
  };
  const show = (screen, more = {}) => { Object.assign(S, more, { screen }); keep(); byId("said").textContent = ""; draw(); };

  Floor.heard = (isThere) => {
    if (S.isOnline === isThere) return;
    S.isOnline = isThere;
    drawBar();
  };
  const count = async () => {
    const all = await Floor.outbox.all();
    S.waiting = all.filter((entry) => !entry.refused);
    S.refused = all.filter((entry) => entry.refused);
    drawBar();
    if (S.screen === "outbox") draw();
  };

  /* The server has said yes or no to something of the outbox. */
  const answers = new Map();
  Floor.settled = (entry, answer) => {
    if (!answer.ok) say(`Refused: ${entry.what}. ${Floor.sentence(answer)}`, true);
    if (answers.has(entry.id)) answers.get(entry.id)(answer);
  };
  /* Everything that changes something goes through the outbox: with Wi-Fi and without it takes the same way. */
  const submit = async (what, path, body) => {
    S.busy = true;
    const { user, station } = S;
    let answer = null, id;
    try {
      id = await Floor.outbox.add({ what, path, body, user: user.id, station: station.id, name: `${user.name}, ${station.name}` });
    } catch {
      S.busy = false;
      say("This tablet cannot keep anything: its storage is full or switched off.", true);
      return { ok: false, data: null };
    }
    answers.set(id, (found) => { answer = found; });
    await count();
    await Promise.race([Floor.sender.send(), new Promise((resolve) => setTimeout(resolve, 3000))]);
    answers.delete(id);
    await count();
    S.busy = false;
    if (!answer) next = setTimeout(again, SOON);
    return answer; // null: it waits
  };

  const ownWaits = () => S.waiting.some((entry) => Floor.isMine(entry, { user: S.user, workstation: S.station }));
  const setQueue = (items) => {
    S.queue = items;
    if (S.operation) S.operation = items.find((item) => item.id === S.operation.id) || S.operation;
    keep();
  };
  const refresh = async () => {
    if (!S.user || ownWaits()) return; // what waits has changed more than the server knows
    const found = await Floor.call("GET", "queue");
    if (found.status === 401) return lost();
    if (!found.ok || ownWaits()) return;
    S.today = found.data.today;
    S.reasons = found.data.reasons;
    const before = JSON.stringify(S.queue);
    setQueue(found.data.items);
    if (S.screen === "queue" && before !== JSON.stringify(S.queue)) draw();
  };
  const lost = () => { // the shift is over, or somebody has signed in elsewhere
    say("Sign in again.", true);
    show("badge", { user: null, operation: null, report: null });
  };
  const tick = async () => {
    try {
      if (!Floor.session.csrf) await arrive();
      else if (S.waiting.length || S.isLeaving) { await Floor.sender.send(); await count(); await leave(); if (!S.isOnline) await Floor.renew(); }
      await refresh();
    } catch { /* no Wi-Fi: the next one may have it */ }
  };
  const again = async () => {
    clearTimeout(next);
    await tick();
    clearTimeout(next);
    next = setTimeout(again, S.waiting.length || S.isLeaving || !S.isOnline ? SOON : EVERY);
  };
  const arrive = async () => {
    if (!(await Floor.renew())) return;
    const { user, workstation } = Floor.session;
    if (S.isLeaving) { await Floor.sender.send(); return leave(); }
    if (user && workstation) {
      S.station = workstation;
      S.user = user;
      await Floor.sender.send();
      await count();
      if (["station", "badge", "pin"].includes(S.screen)) show("queue");
    } else if (S.user) lost();
    else if (S.screen === "queue") show(S.station ? "badge" : "station");
    drawBar();
  };
  const leave = async () => {
    if (!S.isLeaving) return;
    await count();
    if (S.waiting.some((entry) => Floor.isMine(entry, Floor.session))) return; // what waits is booked under its own name
    const answer = await Floor.call("POST", "sign-out");
    if (answer.ok || answer.status === 401) { S.isLeaving = false; keep(); await Floor.renew(); }
  };

  const changed = (state, more = {}) => {
    S.operation = { ...S.operation, state, ...more };
    S.queue = S.queue.map((item) => (item.id === S.operation.id ? S.operation : item)).filter((item) => item.state !== "ended");
    keep();
  };
  const MOVES = { start: ["running", "Started"], pause: ["paused", "Paused"], resume: ["running", "Resumed"], end: ["ended", "Ended"] };
  const guid = (code) => (code.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i) || [""])[0].toLowerCase();

  const act = {
    left: (item) => Math.max(0, item.available),
    station: (code) => {
      if (!guid(code)) return say("This is not the code of a workstation.", true);
      show("badge", { station: { guid: guid(code), name: "" } });
    },
    other: () => show("station", { station: null }),
    badge: (code) => {
      if (!guid(code)) return say("This is not the code of a badge.", true);
      const known = S.people.find((each) => each.guid === guid(code));
      show("pin", { badge: { guid: guid(code), name: known ? known.name : "" }, pin: "" });
    },
    digit: (key) => {
      S.pin = key === "<" ? S.pin.slice(0, -1) : (S.pin + key).slice(0, 6);
      draw();
      if (S.pin.length === 6 && byId("do-OK")) byId("do-OK").focus();
    },
    signIn: async () => {
      if (S.pin.length !== 6 || S.busy) return;
      S.busy = true;
      draw();
      try {
        if (S.waiting.length) await Floor.sender.send(); // under the name of who has reported it
        if (!Floor.session.csrf) await Floor.renew();
        const body = { user_guid: S.badge.guid, workstation_guid: S.station.guid, pin: S.pin };
        let answer = await Floor.call("POST", "sign-in", { body });
        if (answer.status === 403 && (await Floor.renew())) answer = await Floor.call("POST", "sign-in", { body });
        S.pin = "";
        if (!answer.ok) { S.busy = false; say(Floor.sentence(answer), true); return draw(); }
        await Floor.renew();
        const { user, workstation } = Floor.session;
        S.people = [{ guid: S.badge.guid, name: user.name }, ...S.people.filter((each) => each.guid !== S.badge.guid)].slice(0, 5);
        Object.assign(S, { busy: false, isLeaving: false, user, station: workstation, queue: [], operation: null });
        await Floor.sender.send();
        await count();
        show("queue");
        await refresh();
      } catch {
        S.busy = false;
        say("Signing in needs Wi-Fi.", true);
        draw();
      }
    },
    leave: async () => {
      const waits = S.waiting.length;
      show("badge", { user: null, operation: null, report: null, isLeaving: true });
      say(waits ? "Signed out. What waits is sent as soon as the server can be reached." : "Signed out.");
      try { await Floor.sender.send(); await leave(); } catch { /* when there is Wi-Fi again */ }
    },
    back: () => {
      const to = { pin: "badge", operation: "queue", report: "operation", reasons: "report", lots: "report", found: "queue", done: "queue" }[S.screen];
      if (S.screen === "outbox") return show(S.user ? "queue" : S.station ? "badge" : "station");
      if (to) show(to, { unknown: "" });
      if (to === "queue") tick();
    },
    open: (id) => {
      const operation = S.queue.find((item) => item.id === id);
      if (operation) show("operation", { operation });
    },
    move: async (name) => {
      if (S.busy) return;
      const { id, work_order: order } = S.operation, [state, word] = MOVES[name];
      const answer = await submit(`${word} ${order}`, `operations/${id}/${name}`);
      if (answer && !answer.ok) { await tick(); return draw(); }
      changed(state);
      show(name === "end" ? "queue" : "operation");
      say(answer ? `${word}.` : `${word}. It is sent as soon as the server can be reached.`);
      if (answer) tick();
    },
    report: () => {
      const left = act.left(S.operation);
      show("report", { report: { active: 0, isFresh: true, lines: [{ kind: "good", code: "GOOD", label: "Good", hint: `${left} left to do`, value: String(Math.min(1, left)) }] } });
      if (!left && S.operation.rework) act.reworked();
    },
    line: (index) => { S.report.active = index; S.report.isFresh = true; draw(); },
    key: (key) => {
      const R = S.report, line = R.lines[R.active];
      if (line.kind === "piece") return;
      let value = R.isFresh && key !== "<" ? "" : line.value;
      value = key === "<" ? value.slice(0, -1) : value + key;
      if (!/^\d{0,7}(\.\d{0,3})?$/.test(value) || (key === "." && line.kind !== "lot")) return;
      line.value = value.replace(/^0+(?=\d)/, "").replace(/^\./, "0.") || "0";
      R.isFresh = false;
      draw();
    },
    all: () => { S.report.lines[0].value = String(act.left(S.operation)); S.report.isFresh = true; draw(); },
    add: (line) => {
      const R = S.report, there = R.lines.findIndex((each) => each.code === line.code);
      if (there < 0) R.lines.push(line);
      R.active = there < 0 ? R.lines.length - 1 : there;
      R.isFresh = true;
      show("report", { unknown: "" });
    },
    drop: () => { S.report.lines.splice(S.report.active, 1); act.line(0); },
    reasons: () => show("reasons"),
    reason: (reason) => act.add({ kind: "scrap", code: `R-${reason.code}`, id: reason.code, label: reason.name || reason.code, hint: "scrap", value: "1" }),
    lots: () => show("lots"),
    used: (code) => act.add({ kind: "lot", code: `LOT-${code}`, id: code, label: code, hint: "material used", value: "1" }),
    rework: () => act.add({ kind: "rework", code: "REWORK", label: "Rework", hint: "put aside", value: "1" }),
    reworked: () => act.add({ kind: "reworked", code: "REWORKED", label: "Reworked", hint: "of what was put aside", value: String(S.operation.rework) }),
    make: () => act.add({ kind: "make", code: "MAKE", label: "New lot", hint: "of what is good", value: S.report.lines[0].value }),
    made: (code) => act.add({ kind: "piece", code: `PIECE-${code}`, id: code, label: code, hint: "piece made", value: "1" }),
    isWorth: () => S.report.lines.some((line) => Number(line.value) > 0),
    book: async () => {
      if (S.busy || !act.isWorth()) return;
      const lines = S.report.lines.filter((line) => Number(line.value) > 0);
      const of = (kind) => lines.filter((line) => line.kind === kind);
      const sum = (kind) => of(kind).reduce((total, line) => total + Number(line.value), 0);
      const good = sum("good"), scrap = sum("scrap"), rework = sum("rework"), reworked = sum("reworked"), order = S.operation.work_order;
      const pieces = of("piece").map((line) => ({ piece: line.id })), used = of("lot");
      // Material goes into something: without a piece or a lot that is named, into a new lot of what is good.
      const lot = sum("make") || (used.length && !pieces.length ? good : 0);
      const body = {
        good, rework, reworked, scrap: of("scrap").map((line) => ({ qty: Number(line.value), reason: line.id })),
        consumed: used.map((line) => ({ lot: line.id, qty: Number(line.value), scrap: good ? 0 : Number(line.value) })),
        produced: lot ? [...pieces, { qty: lot }] : pieces,
      };
      const parts = [`${good} good`, scrap && `${scrap} scrap`, rework && `${rework} to rework`].filter(Boolean);
      const what = `${parts.join(", ")} of ${order}`;
      const answer = await submit(what, `operations/${S.operation.id}/report`, body);
      if (answer && !answer.ok) return draw(); // what was typed stays
      const before = S.operation, more = good + scrap + rework - reworked;
      changed("running", { good: before.good + good, scrap: before.scrap + scrap, rework: before.rework + rework - reworked, available: Math.max(0, before.available - more) });
      const labels = answer ? answer.data.labels.map((each) => ({ ...each, picture: Floor.root + each.picture })) : [];
      show("done", { report: null, done: {
        title: answer ? "✓ Booked" : "✓ Kept on this tablet", isOpen: true, labels, printed: false,
        text: answer ? what : `${what}. It is booked as soon as the server can be reached.`,
      } });
    },
    print: () => { window.print(); if (S.done) { S.done.printed = true; draw(); } },
    next: () => { show("queue", { operation: null, done: null }); tick(); },
    seen: async (entry) => { await Floor.outbox.remove(entry.id); await count(); },
    send: tick,
    scan: (code) => scanned(code),
  };

  /* A scan is a command of the sheet, or a code of something; what that means depends on the screen. */
  const scanned = async (code) => {
    const command = code.match(/^CMD-(.+)$/i);
    if (command) {
      const wanted = command[1].toUpperCase();
      const button = [...document.querySelectorAll("[data-code]")].find((each) => each.dataset.code.toUpperCase() === wanted && !each.hidden && !each.disabled);
      return button ? button.click() : say("That cannot be done here.", true);
    }
    if (S.screen === "station") return act.station(code);
    if (S.screen === "badge" || (S.screen === "pin" && guid(code))) return act.badge(code);
    if (S.screen === "pin") {
      if (!/^\d{6}$/.test(code)) return say("This is no PIN.", true);
      S.pin = code;
      return act.signIn();
    }
    const isReport = ["report", "reasons", "lots"].includes(S.screen);
    const reason = isReport && S.reasons.find((each) => each.code.toLowerCase() === code.toLowerCase());
    if (reason) return act.reason(reason);
    const own = S.queue.find((item) => item.work_order.toLowerCase() === code.toLowerCase());
    if (own && !isReport) return act.open(own.id);
    return asked(code, isReport);
  };
  const asked = async (code, isReport) => {
    let answer;
    try {
      answer = await Floor.call("POST", "scans", { body: { code } });
    } catch {
      if (isReport) return show("lots", { unknown: code });
      return say(`${code} is not on this tablet's list, and there is no Wi-Fi to ask.`, true);
    }
    if (answer.status === 401) return lost();
    if (!answer.ok) return say(Floor.sentence(answer), true);
    const { kind, title, facts, operation_id: id, label } = answer.data;
    if (isReport) {
      if (kind === "lot") return act.used(title);
      if (kind === "piece") return act.made(title);
      return say(`${code} is neither material nor a piece.`, true);
    }
    await refresh();
    if (kind === "work_order" && S.queue.some((item) => item.id === id)) return act.open(id);
    show("found", { found: { title, facts, label: label && Floor.root + label, operation: S.queue.some((item) => item.id === id) ? id : null } });
  };
  const typed = (key) => {
    if (!/^[0-9.]$/.test(key)) return;
    if (S.screen === "pin" && key !== ".") act.digit(key);
    if (S.screen === "report") act.key(key);
  };

  Floor.listen({ scanned, typed });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Backspace" && !(event.target instanceof HTMLInputElement)) {
      if (S.screen === "pin") act.digit("<");
      if (S.screen === "report") act.key("<");
    }
    if (event.key === "Escape") act.back();
  });
  byId("kept").addEventListener("click", () => show("outbox"));
  byId("leave").addEventListener("click", act.leave);
  window.addEventListener("online", tick);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
  if ("serviceWorker" in navigator) navigator.serviceWorker.register(`${Floor.root}/pages/operator-worker.js`, { scope: `${Floor.root}/pages/operator` });

  if (navigator.storage && navigator.storage.persist) navigator.storage.persist(); // the browser may not tidy it away

  const begin = async () => {
    show(S.user ? "queue" : S.station ? "badge" : "station");
    await count();
    await again();
  };
  begin();
})();
