// The events by kind over time: a lane a kind, near events drawn as one, zoomed by buttons, keys, wheel or a drag.
"use strict";
(() => {
  const { words, text } = Report;
  const { el, svg, section, say } = Report.dom;
  const lane = 34;
  const left = 118;
  const axis = 26;
  const head = 34; // room for the names of two moments, one above the other

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
      plot.replaceChildren(picture(state, plot.clientWidth || 900));
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
    const bounds = { min: Math.min(least - room, first.from), max: Math.max(most + room, first.to, created ?? 0) };
    const state = {
      events, row, width: 0, kinds: new Set(words.kinds), owner: null, refresh: () => {},
      present: words.kinds.filter((kind) => events.some((one) => one.kind === kind)),
      moments: [["alert raised", created], ["its process started", anchorStart(row)]].filter(([, time]) => time !== null),
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
    return state.events.filter((one) => state.kinds.has(one.kind) && (!state.owner || one.owner === state.owner.key) && one.time >= from && one.time <= to);
  }

  function controls(state) {
    const kinds = state.present.map((kind) => {
      const flip = (event) => {
        if (event.target.checked) state.kinds.add(kind);
        else state.kinds.delete(kind);
        state.refresh();
      };
      const count = state.events.filter((one) => one.kind === kind).length;
      return el("label", null, el("input", { type: "checkbox", checked: true, change: flip }),
        el("span", { class: `swatch kind-${kind}` }), `${words.kindNames.get(kind)} (${count.toLocaleString("en")})`);
    });
    const button = (label, name, act) => el("button", { type: "button", "aria-label": name, title: name, click: act }, label);
    return el("div", { class: "row-of wrap no-print" },
      el("fieldset", { class: "choices" }, el("legend", { class: "unseen" }, "Kinds of events"), kinds),
      el("div", { class: "buttons", role: "group", "aria-label": "Zoom" },
        button("−", "Zoom out", () => state.zoom.by(2)), button("+", "Zoom in", () => state.zoom.by(0.5)),
        button("◀", "Earlier", () => state.zoom.move(-0.5)), button("▶", "Later", () => state.zoom.move(0.5)),
        button("Around the alert", "Around the alert", () => state.zoom.show(...Object.values(Report.zoom.firstView(state.events, [])))),
        button("All", "All of the time", state.zoom.whole)));
  }

  function narrowed(state) {
    if (!state.owner) return [];
    const off = () => {
      state.owner = null;
      state.kinds = new Set(words.kinds);
      for (const box of document.querySelectorAll("#timeline .choices input")) box.checked = true;
      state.refresh();
    };
    return [el("button", { type: "button", class: "chip", click: off }, `Only ${state.owner.name} ×`, el("span", { class: "unseen" }, " (show every process)"))];
  }

  function pick(state, made, entry, kind) {
    state.owner = { key: Report.rows.processKey(entry.pid, entry.created), name: `${entry.name} (pid ${entry.pid}), ${words.kindNames.get(kind)}` };
    state.kinds = new Set([kind]);
    made.querySelectorAll(".choices input").forEach((box, index) => (box.checked = state.present[index] === kind));
    const times = state.events.filter((one) => one.owner === state.owner.key && one.kind === kind).map((one) => one.time);
    const from = times.reduce((a, b) => Math.min(a, b));
    const to = times.reduce((a, b) => Math.max(a, b));
    const room = Math.max((to - from) * 0.1, 500);
    state.zoom.show(from - room, to + room);
    made.querySelector("h2").scrollIntoView();
    say(`${times.length} events in the timeline`);
  }

  function picture(state, width) {
    state.width = width;
    const lanes = state.present.filter((kind) => state.kinds.has(kind));
    const height = head + Math.max(lanes.length, 1) * lane + axis;
    const { view } = state.zoom;
    const narrow = width < 560 ? 30 : left;
    const x = (time) => narrow + ((time - view.from) / (view.to - view.from)) * (width - narrow - 10);
    state.scale = { left: narrow, width: width - narrow - 10 };
    const found = inView(state);
    const drawing = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, class: "chart", role: "img",
      "aria-label": `Timeline: ${words.plural(found.length, "event")} in view; the table below lists them` });
    const { step, at } = Report.zoom.ticks(view, Math.max(2, Math.floor(width / 130)));
    for (const tick of at) {
      drawing.append(svg("line", { class: "grid", x1: x(tick), x2: x(tick), y1: head, y2: height - axis }),
        svg("text", { class: "tick", x: x(tick), y: height - 8, "text-anchor": "middle" }, tickLabel(tick, step)));
    }
    lanes.forEach((kind, index) => drawing.append(...laneOf(state, kind, found, head + index * lane, x, width, narrow)));
    drawing.append(...marks(state, x, height, narrow, width));
    return drawing;
  }

  function tickLabel(tick, step) {
    if (step >= 86_400_000) return text.day(tick).slice(5);
    if (step >= 3_600_000) return `${text.day(tick).slice(5)} ${text.clock(tick).slice(0, 5)}`;
    return step < 1_000 ? text.exactClock(tick) : text.clock(tick);
  }

  function laneOf(state, kind, found, top, x, width, narrow) {
    const middle = top + lane / 2;
    const bins = new Map();
    for (const one of found) {
      if (one.kind !== kind) continue;
      const slot = Math.round(x(one.time) / 9);
      if (bins.has(slot)) bins.get(slot).push(one);
      else bins.set(slot, [one]);
    }
    const name = narrow < left ? [] : [svg("text", { class: "lane", x: 0, y: middle + 4 }, words.kindNames.get(kind))];
    return [svg("line", { class: "grid", x1: narrow, x2: width, y1: top + lane, y2: top + lane }), ...name,
      ...[...bins.values()].map((bin) => dot(state, kind, bin, middle, x))];
  }

  function dot(state, kind, bin, middle, x) {
    const from = bin[0].time;
    const to = bin.reduce((last, one) => Math.max(last, one.time), from);
    const tip = bin.length === 1
      ? `${text.exactClock(from)} ${bin[0].action} ${text.cut(bin[0].row.Target ?? "", 120)}`
      : `${words.counted(kind, bin.length)}, ${text.exactClock(from)} to ${text.exactClock(to)}`;
    const closer = () => state.zoom.show(from - Math.max(to - from, 20) * 0.6, to + Math.max(to - from, 20) * 0.6);
    return svg("circle", { class: `dot kind-${kind}`, cx: x((from + to) / 2), cy: middle, r: Math.min(3.5 + Math.sqrt(bin.length - 1) * 1.1, 14),
      click: bin.length > 1 ? closer : null }, svg("title", null, tip));
  }

  function marks(state, x, height, narrow, width) {
    const { from, to } = state.zoom.view;
    return state.moments.filter(([, time]) => time >= from && time <= to).flatMap(([name, time], index) => {
      const isRight = x(time) > (width + narrow) / 2;
      return [svg("line", { class: "moment", x1: x(time), x2: x(time), y1: 4, y2: height - axis }),
        svg("text", { class: "moment-name", x: x(time) + (isRight ? -5 : 5), y: 12 + index * 14, "text-anchor": isRight ? "end" : "start" }, name)];
    });
  }

  const share = (plot, state, event) => (event.clientX - plot.getBoundingClientRect().left - state.scale.left) / state.scale.width;

  function listen(plot, state) {
    plot.tabIndex = 0;
    plot.setAttribute("role", "group");
    plot.setAttribute("aria-label", "Timeline; plus and minus zoom, the arrow keys move, 0 shows all");
    const keys = { "+": () => state.zoom.by(0.5), "=": () => state.zoom.by(0.5), "-": () => state.zoom.by(2), ArrowLeft: () => state.zoom.move(-0.25),
      ArrowRight: () => state.zoom.move(0.25), 0: state.zoom.whole };
    plot.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
      event.preventDefault();
      keys[event.key]();
    });
    plot.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.shiftKey) return; // the page scrolls as always
      event.preventDefault();
      state.zoom.by((event.deltaY || event.deltaX) > 0 ? 1.4 : 0.7, Math.min(Math.max(share(plot, state, event), 0), 1));
    }, { passive: false });
    Report.drag(plot, (event) => share(plot, state, event), (a, b) => {
      const { from, to } = state.zoom.view;
      state.zoom.show(from + a * (to - from), from + b * (to - from));
    });
  }

  Report.timeline = { draw, inView };
})();
