"use strict";
/* What the tablet shows: one screen at a time, each made from the state alone. Texts are never read as HTML. */
Floor.h = (tag, about = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(about)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, does] of Object.entries(value)) element.addEventListener(event, does);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
};

Floor.screens = (() => {
  const h = Floor.h;
  const title = (text, soft) => h("h1", { id: "title", tabindex: "-1" }, text, soft ? h("span", { class: "beside" }, ` ${soft}`) : null);

  /* `code` is what the command sheet has for it: scanning that is pressing this. */
  const button = (text, code, does, { look = "", off = false, hint = "", name = null, id = null } = {}) =>
    h("button", {
      type: "button", id: id || `do-${code}`, class: look, "data-code": code, disabled: off, "aria-label": name,
      on: { click: does },
    }, text, hint ? h("span", { class: "hint" }, hint) : null);

  /* A code that no scanner reads is typed. */
  const typing = (S, label, does, does_text) => {
    const id = `typed-${S.screen}`;
    const send = (event) => {
      event.preventDefault();
      const code = (S.typed[id] || "").trim();
      S.typed[id] = "";
      if (code) does(code); else document.getElementById(id).focus();
    };
    return h("form", { class: "typing", on: { submit: send } },
      h("label", { for: id }, label),
      h("input", { id, value: S.typed[id] || "", autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: "100", on: { input: (event) => { S.typed[id] = event.target.value; } } }),
      h("button", { "data-code": "TYPED" }, does_text));
  };

  const pad = (press, { comma = false } = {}) => h("div", { class: "pad", role: "group", "aria-label": "Digits" },
    [..."123456789"].map((digit) => button(digit, digit, () => press(digit), { look: "plain" })),
    comma ? button(".", "POINT", () => press("."), { look: "plain", name: "Decimal point" }) : h("span"),
    button("0", "0", () => press("0"), { look: "plain" }),
    button("⌫", "DELETE", () => press("<"), { look: "plain", name: "Delete the last digit" }));

  const due = (S, item) => {
    if (!item.due_on) return "no date";
    if (item.due_on < S.today) return `▲ late, ${item.due_on}`;
    return item.due_on === S.today ? "● today" : item.due_on;
  };
  const STATES = { ready: "ready", running: "▶ running", paused: "‖ paused", ended: "✓ ended" };
  const count = (item) => `${item.good} of ${item.quantity}`;

  const station = (S, act) => [
    title("Which workstation is this?"),
    h("p", { class: "lead" }, "Scan the QR code of the workstation. This tablet remembers it."),
    typing(S, "Code of the workstation", act.station, "Use it"),
  ];

  const badge = (S, act) => [
    title("Scan your badge"),
    h("p", { class: "lead" }, S.station.name ? `You are at ${S.station.name}.` : "The workstation is known."),
    S.people.length ? h("ul", { class: "choices" }, S.people.map((each, index) => h("li", {},
      button(each.name, `P${index + 1}`, () => act.badge(each.guid), { look: "choice", hint: "was here before" })))) : null,
    typing(S, "Code of the badge", act.badge, "Go on"),
    h("p", { class: "row" }, button("Another workstation", "STATION", act.other, { look: "plain" })),
  ];

  const pin = (S, act) => [
    title("Your PIN", S.badge.name),
    h("div", { class: "sides" },
      h("div", { class: "stack" },
        h("p", { class: "pin", role: "img", "aria-label": `${S.pin.length} of 6 digits` }, "●".repeat(S.pin.length) + "○".repeat(6 - S.pin.length)),
        button("Sign in", "OK", act.signIn, { look: "main", off: S.pin.length < 6 || S.busy }),
        button("Back", "BACK", act.back, { look: "plain" })),
      pad(act.digit)),
  ];

  const queue = (S, act) => [
    title("What to do", `${S.queue.length}`),
    S.queue.length ? h("ol", { class: "choices queue" }, S.queue.map((item) => h("li", {},
      h("button", { type: "button", id: `op-${item.id}`, class: `choice ${item.state}`, "data-order": item.work_order, on: { click: () => act.open(item.id) } },
        h("span", { class: "what" }, h("strong", {}, item.work_order), ` ${item.name}`, h("span", { class: "hint" }, item.article)),
        h("span", { class: "when" }, due(S, item)),
        h("span", { class: "state" }, STATES[item.state] || item.state, h("span", { class: "hint" }, count(item)))))))
      : h("p", { class: "lead" }, "Nothing waits at this workstation."),
    typing(S, "Order, piece or lot", act.scan, "Open"),
  ];

  const operation = (S, act) => {
    const item = S.operation, off = S.busy;
    const press = (text, code, does, more) => button(text, code, does, { off, ...more });
    const buttons = {
      ready: [press("Start", "START", () => act.move("start"), { look: "main" })],
      running: [press("Report", "REPORT", act.report, { look: "main" }), press("Pause", "PAUSE", () => act.move("pause")), press("End", "END", () => act.move("end"))],
      paused: [press("Resume", "RESUME", () => act.move("resume"), { look: "main" }), press("End", "END", () => act.move("end"))],
    }[item.state] || [];
    return [
      title(item.work_order, item.name),
      h("div", { class: "sides" },
        h("div", { class: "stack" },
          h("dl", { class: "facts" },
            h("dt", {}, "State"), h("dd", {}, STATES[item.state] || item.state),
            h("dt", {}, "Article"), h("dd", {}, item.article),
            h("dt", {}, "Due"), h("dd", {}, due(S, item)),
            h("dt", {}, "Good"), h("dd", {}, count(item)),
            h("dt", {}, "Scrap"), h("dd", {}, item.rework ? `${item.scrap}, to rework ${item.rework}` : String(item.scrap)),
            h("dt", {}, "Left to do"), h("dd", {}, String(act.left(item)))),
          item.instruction ? h("p", { class: "lead told" }, item.instruction) : null),
        h("div", { class: "stack" }, buttons, button("Back to the list", "BACK", act.back, { look: "plain" }))),
    ];
  };

  const report = (S, act) => {
    const R = S.report, active = R.lines[R.active];
    return [
      title("Report", S.operation.work_order),
      h("div", { class: "sides" },
        h("div", { class: "stack" },
          h("ul", { class: "choices lines" }, R.lines.map((line, index) => h("li", {},
            h("button", { type: "button", id: `line-${index}`, class: "choice", "data-code": line.code, "aria-pressed": String(index === R.active), on: { click: () => act.line(index) } },
              h("span", { class: "what" }, line.label, h("span", { class: "hint" }, line.hint)),
              h("output", {}, line.value))))),
          h("div", { class: "pairs" },
            button("Scrap …", "SCRAP", act.reasons), button("Material …", "LOT", act.lots),
            button("New lot", "MAKE", act.make), button("Rework", "REWORK", act.rework),
            S.operation.rework ? button("Reworked", "REWORKED", act.reworked) : null),
          h("div", { class: "row last" },
            button("Book", "OK", act.book, { look: "main", off: S.busy || !act.isWorth() }), button("Back", "BACK", act.back, { look: "plain" }))),
        h("div", { class: "stack" },
          h("p", { class: "active" }, active.label),
          pad(act.key, { comma: active.kind === "lot" }),
          active.kind === "good" ? button(`All ${act.left(S.operation)}`, "ALL", act.all) : active.kind === "piece" ? null : button("Take this line away", "CLEAR", act.drop, { look: "plain" }))),
    ];
  };

  const reasons = (S, act) => [
    title("Why is it scrap?"),
    h("ul", { class: "choices grid" }, S.reasons.map((reason) => h("li", {},
      button(reason.name || reason.code, `R-${reason.code}`, () => act.reason(reason), { look: "choice", hint: reason.name ? reason.code : "" })))),
    h("p", { class: "row" }, button("Back", "BACK", act.back, { look: "plain" })),
  ];

  const lots = (S, act) => [
    title("Scan the material"),
    h("p", { class: "lead" }, "The lot of what you have used. A piece that you have made is scanned here, too."),
    S.unknown ? h("div", { class: "stack" },
      h("p", { class: "lead" }, h("strong", {}, S.unknown), " is not known without Wi-Fi. What is it?"),
      h("div", { class: "row" }, button("Material", "MATERIAL", () => act.used(S.unknown)), button("A piece I have made", "PIECE", () => act.made(S.unknown)))) : null,
    typing(S, "Code of the lot", act.scan, "Add"),
    h("p", { class: "row" }, button("Back", "BACK", act.back, { look: "plain" })),
  ];

  const done = (S, act) => [
    title(S.done.title),
    h("p", { class: "lead" }, S.done.text),
    S.done.labels.length ? h("ul", { class: "labels", "aria-label": "Labels" }, S.done.labels.map((label) =>
      h("li", {}, h("img", { class: "label", src: label.picture, alt: `Label of ${label.name}` }), h("p", {}, label.name)))) : null,
    h("div", { class: "row" },
      S.done.labels.length ? button("Print the label", "LABEL", act.print, { look: S.done.printed ? "" : "main" }) : null,
      S.done.isOpen ? button("Report more", "REPORT", act.report) : null,
      S.done.isOpen ? button("End", "END", () => act.move("end"), { off: S.busy }) : null,
      button("Next", "NEXT", act.next, { look: S.done.printed || !S.done.labels.length ? "main" : "" })),
  ];

  const found = (S, act) => [
    title(S.found.title),
    h("dl", { class: "facts" }, S.found.facts.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    S.found.label ? h("img", { class: "label", src: S.found.label, alt: `Label of ${S.found.title}` }) : null,
    h("div", { class: "row" },
      S.found.operation ? button("Open the order", "OPEN", () => act.open(S.found.operation), { look: "main" }) : null,
      S.found.label ? button("Print the label", "LABEL", act.print) : null,
      button("Back to the list", "BACK", act.back, { look: "plain" })),
  ];

  const outbox = (S, act) => [
    title("What this tablet keeps", `${S.waiting.length + S.refused.length}`),
    S.waiting.length ? h("h2", {}, "Waits to be booked") : null,
    h("ul", { class: "kept" }, S.waiting.map((entry) => h("li", {}, h("strong", {}, entry.what), h("span", { class: "hint" }, `${entry.name}, ${new Date(entry.made).toLocaleTimeString()}`)))),
    S.refused.length ? h("h2", {}, "Refused by the server") : null,
    h("ul", { class: "kept" }, S.refused.map((entry, index) => h("li", { class: "wrong" },
      h("strong", {}, `✕ ${entry.what}`), h("span", { class: "hint" }, entry.refused),
      button("I have seen it", `SEEN${index + 1}`, () => act.seen(entry), { look: "plain", name: `I have seen it: ${entry.what}` })))),
    S.waiting.length + S.refused.length ? null : h("p", { class: "lead" }, "Nothing: all is booked."),
    h("div", { class: "row" }, S.waiting.length ? button("Send now", "SEND", act.send, { look: "main" }) : null, button("Back", "BACK", act.back, { look: "plain" })),
  ];

  return { station, badge, pin, queue, operation, report, reasons, lots, done, found, outbox };
})();
