// The events by kind over time: what is in view, and how buttons, keys, wheel and drag change that.
"use strict";
(() => {
  const { words, text } = Report;
  const { el, section, say } = Report.dom;

  /** The section; `pick(process, kind)` narrows it to what one process did, `show(key)` leads to an event. */
  function draw(row, events, seen, base) {
    const timed = events.filter((one) => one.time !== null);
    const made = section("timeline", "Timeline");
    if (!timed.length) {
      made.append(el("p", { class: "quiet-text" }, "No event of telemetry is tied to this alert."));
      return { section: made, pick: () => {}, show: () => false };
    }
    for (const one of timed) {
      one.seen = seen.byEvent.get(one.row.RowKey) ?? [];
      one.isMarked = one.seen.length > 0;
      one.lane = one.kind;
      const target = text.cut(one.row.Target ?? "", 120);
      one.tip = `${one.action} ${target}${one.seen.map(Report.seen.said).join("")}`;
    }
    const state = stateOf(row, timed, base);
    const list = el("div");
    const plot = el("div", { class: "plot" });
    const range = el("p", { class: "range", id: "range" });
    const chosen = el("div");
    state.refresh = () => {
      plot.replaceChildren(Report.timelinePlot.draw(state, inView(state), plot.clientWidth || 900));
      const { from, to } = state.zoom.view;
      range.textContent = `${text.period(from, to)} (${text.span(to - from)})`;
      chosen.replaceChildren(...narrowed(state));
      list.replaceChildren(Report.eventList.draw(state));
    };
    made.append(controls(state), chosen, range, plot, list);
    Report.zoomBy.listen(plot, state);
    new ResizeObserver(([entry]) => {
      if (Math.abs(entry.contentRect.width - state.width) > 1) state.refresh();
    }).observe(plot);
    return {
      section: made,
      pick: (entry, kind) => pick(state, made, entry, kind),
      show: (key) => show(state, made, list, key),
    };
  }

  function stateOf(row, events, base) {
    const times = events.map((one) => one.time);
    const created = text.millis(row.CreatedTime);
    const least = times.reduce((a, b) => Math.min(a, b));
    const most = times.reduce((a, b) => Math.max(a, b));
    const first = Report.zoom.firstView(events, []);
    const room = Math.max((most - least) * 0.02, 500);
    const bounds = {
      min: Math.min(least - room, first.from),
      max: Math.max(most + room, first.to, created ?? 0),
    };
    const state = {
      events,
      row,
      base,
      width: 0,
      kinds: new Set(words.kinds),
      owner: null,
      refresh: () => {},
      present: words.kinds.filter((kind) => events.some((one) => one.kind === kind)),
      isOnlySeen: false,
      shows: (kind) => state.kinds.has(kind),
      open: (one) => show(state, document.getElementById("timeline"), null, one.row.RowKey),
      moments: [
        ["alert raised", created],
        ["its process started", anchorStart(row)],
      ].filter(([, time]) => time !== null),
    };
    state.lanes = state.present.map((kind) => ({
      key: kind,
      label: words.kindNames.get(kind),
      tone: `kind-${kind}`,
      counted: (count) => words.counted(kind, count),
    }));
    state.zoom = Report.zoom.zoom({ ...bounds, ...first }, () => state.refresh());
    return state;
  }

  function anchorStart(row) {
    const anchor = text.parsed(row.ProcessTree || "[]", []);
    const entry = Array.isArray(anchor) ? anchor.find((one) => one?.alert) : null;
    return entry ? text.millis(entry.created) : null;
  }

  /** The events that are not switched off and lie in view. */
  function inView(state) {
    const { from, to } = state.zoom.view;
    return state.events.filter(
      (one) =>
        state.kinds.has(one.kind) &&
        (!state.owner || one.owner === state.owner.key) &&
        (!state.isOnlySeen || one.isMarked) &&
        one.time >= from &&
        one.time <= to,
    );
  }

  function controls(state) {
    const kinds = state.present.map((kind) => {
      const flip = (event) => {
        if (event.target.checked) state.kinds.add(kind);
        else state.kinds.delete(kind);
        state.refresh();
      };
      const count = state.events.filter((one) => one.kind === kind).length;
      return el(
        "label",
        null,
        el("input", { type: "checkbox", checked: true, change: flip }),
        el("span", { class: `swatch kind-${kind}` }),
        `${words.kindNames.get(kind)} (${count.toLocaleString("en")})`,
      );
    });
    return el(
      "div",
      { class: "row-of wrap no-print" },
      el(
        "fieldset",
        { class: "choices" },
        el("legend", { class: "unseen" }, "Kinds of events"),
        kinds,
        onlySeen(state),
      ),
      Report.zoomBy.buttons(state.zoom, "Around the alert", () =>
        state.zoom.show(...Object.values(Report.zoom.firstView(state.events, []))),
      ),
      el(
        "span",
        { class: "saving" },
        "Save the events in view: ",
        Report.download.buttons(`events-${state.row.AlertId ?? state.row.RowKey}`, () =>
          inView(state).map((one) => one.row),
        ),
      ),
    );
  }

  function onlySeen(state) {
    const count = state.events.filter((one) => one.isMarked).length;
    if (!count) return null;
    const change = (event) => {
      state.isOnlySeen = event.target.checked;
      state.refresh();
    };
    return el(
      "label",
      null,
      el("input", { type: "checkbox", change, id: "only-seen" }),
      `◆ Only what a rule saw (${count.toLocaleString("en")})`,
    );
  }

  /** Brings one event into view, opened and marked in the table; false where there is none by that key. */
  function show(state, made, list, key) {
    const one = state.events.find((event) => event.row.RowKey === key);
    if (!one) return false;
    state.owner = null;
    state.isOnlySeen = false;
    state.kinds = new Set(words.kinds);
    state.chosen = key;
    for (const box of made.querySelectorAll(".choices input")) box.checked = box.id !== "only-seen";
    const { from, to } = state.zoom.view;
    if (one.time < from || one.time > to) state.zoom.show(one.time - 5_000, one.time + 5_000);
    else state.refresh();
    const line = made.querySelector("tr.chosen");
    line?.scrollIntoView({ block: "center" });
    line?.querySelector("summary")?.focus({ preventScroll: true });
    return true;
  }

  function narrowed(state) {
    if (!state.owner) return [];
    const off = () => {
      state.owner = null;
      state.kinds = new Set(words.kinds);
      for (const box of document.querySelectorAll("#timeline .choices input")) box.checked = true;
      state.refresh();
    };
    return [
      el(
        "button",
        { type: "button", class: "chip", click: off },
        `Only ${state.owner.name} ×`,
        el("span", { class: "unseen" }, " (show every process)"),
      ),
    ];
  }

  function pick(state, made, entry, kind) {
    state.owner = {
      key: Report.rows.processKey(entry.pid, entry.created),
      name: `${entry.name} (pid ${entry.pid}), ${words.kindNames.get(kind)}`,
    };
    state.kinds = new Set([kind]);
    for (const [index, box] of made.querySelectorAll(".choices input").entries()) {
      box.checked = state.present[index] === kind;
    }
    const times = state.events
      .filter((one) => one.owner === state.owner.key && one.kind === kind)
      .map((one) => one.time);
    const from = times.reduce((a, b) => Math.min(a, b));
    const to = times.reduce((a, b) => Math.max(a, b));
    const room = Math.max((to - from) * 0.1, 500);
    state.zoom.show(from - room, to + room);
    made.querySelector("h2").scrollIntoView();
    say(`${times.length} events in the timeline`);
  }

  Report.timeline = { draw, inView };
})();
