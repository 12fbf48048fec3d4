// The events by kind over time: what is in view, and how buttons, keys, wheel and drag change that.
"use strict";
(() => {
  const { words, text } = Report;
  const { el, section, say } = Report.dom;

  /** The section, and `pick(process, kind)` to narrow it to what one process did. */
  function draw(row, events) {
    const timed = events.filter((one) => one.time !== null);
    const made = section("timeline", "Timeline");
    if (!timed.length) {
      made.append(el("p", { class: "quiet-text" }, "No event of telemetry is tied to this alert."));
      return { section: made, pick: () => {} };
    }
    const state = stateOf(row, timed);
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
    listen(plot, state);
    new ResizeObserver(([entry]) => {
      if (Math.abs(entry.contentRect.width - state.width) > 1) state.refresh();
    }).observe(plot);
    return { section: made, pick: (entry, kind) => pick(state, made, entry, kind) };
  }

  function stateOf(row, events) {
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
      width: 0,
      kinds: new Set(words.kinds),
      owner: null,
      refresh: () => {},
      present: words.kinds.filter((kind) => events.some((one) => one.kind === kind)),
      moments: [
        ["alert raised", created],
        ["its process started", anchorStart(row)],
      ].filter(([, time]) => time !== null),
    };
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
    const button = (label, name, act) =>
      el("button", { type: "button", "aria-label": name, title: name, click: act }, label);
    return el(
      "div",
      { class: "row-of wrap no-print" },
      el("fieldset", { class: "choices" }, el("legend", { class: "unseen" }, "Kinds of events"), kinds),
      el(
        "div",
        { class: "buttons", role: "group", "aria-label": "Zoom" },
        button("−", "Zoom out", () => state.zoom.by(2)),
        button("+", "Zoom in", () => state.zoom.by(0.5)),
        button("◀", "Earlier", () => state.zoom.move(-0.5)),
        button("▶", "Later", () => state.zoom.move(0.5)),
        button("Around the alert", "Around the alert", () =>
          state.zoom.show(...Object.values(Report.zoom.firstView(state.events, []))),
        ),
        button("All", "All of the time", state.zoom.whole),
      ),
    );
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

  const share = (plot, state, event) =>
    (event.clientX - plot.getBoundingClientRect().left - state.scale.left) / state.scale.width;

  function listen(plot, state) {
    plot.tabIndex = 0;
    plot.setAttribute("role", "group");
    plot.setAttribute("aria-label", "Timeline; plus and minus zoom, the arrow keys move, 0 shows all");
    const keys = {
      "+": () => state.zoom.by(0.5),
      "=": () => state.zoom.by(0.5),
      "-": () => state.zoom.by(2),
      ArrowLeft: () => state.zoom.move(-0.25),
      ArrowRight: () => state.zoom.move(0.25),
      0: state.zoom.whole,
    };
    plot.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
      event.preventDefault();
      keys[event.key]();
    });
    plot.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.shiftKey) return; // the page scrolls as always
        event.preventDefault();
        state.zoom.by(
          (event.deltaY || event.deltaX) > 0 ? 1.4 : 0.7,
          Math.min(Math.max(share(plot, state, event), 0), 1),
        );
      },
      { passive: false },
    );
    Report.drag(
      plot,
      (event) => share(plot, state, event),
      (a, b) => {
        const { from, to } = state.zoom.view;
        state.zoom.show(from + a * (to - from), from + b * (to - from));
      },
    );
  }

  Report.timeline = { draw, inView };
})();
