// What happened on which device, gravest marked: a lane for each device, and the same as a list.
"use strict";
(() => {
  const { text, words, rows } = Report;
  const { el, inside, section } = Report.dom;
  const mostLanes = 12;
  const grave = 90; // of a step: an alert's process, or one in which a rule saw something
  const ownWeight = 50; // a step of an alert's process or of one below it; less has what stands above

  function steps(row) {
    const listed = text.parsed(row.Timeline || "[]", []);
    const entries = (Array.isArray(listed) ? listed : []).filter((one) => one && typeof one === "object");
    const made = entries
      .filter((one) => one.text)
      .map((one) => ({
        entry: one,
        time: text.millis(one.time),
        lane: one.device || "device unknown",
        device: String(one.device || "device unknown").split(".")[0],
        tip: text.cut(one.text, 200),
        depth: Number(one.weight) >= ownWeight ? 0 : null,
        isMarked: Number(one.weight) >= grave,
        alert: rows.alerts.find((alert) => alert.row.RowKey === one.alert) ?? null,
      }))
      .filter((one) => one.time !== null);
    const leftOut = entries.reduce((sum, one) => sum + (Number(one.left_out) || 0), 0);
    return { made: made.toSorted((a, b) => a.time - b.time), leftOut };
  }

  function stateOf(made) {
    const devices = [...new Set(made.map((one) => one.lane))];
    const shown = devices.slice(0, mostLanes);
    for (const one of made) if (!shown.includes(one.lane)) one.lane = "other devices";
    if (devices.length > mostLanes) shown.push("other devices");
    const first = Report.zoom.firstView(made, []);
    const state = {
      width: 0,
      left: 150,
      refresh: () => {},
      moments: [],
      shows: () => true,
      lanes: shown.map((name) => ({
        key: name,
        label: name.split(".")[0],
        tone: "step",
        counted: (count) => words.plural(count, "step"),
      })),
    };
    const bounds = { min: Math.min(made[0].time, first.from), max: Math.max(made.at(-1).time, first.to) };
    state.zoom = Report.zoom.zoom({ ...bounds, ...first }, () => state.refresh());
    state.home = () => state.zoom.show(first.from, first.to);
    return state;
  }

  /** The section. */
  function draw(incident, row, base) {
    const { made, leftOut } = steps(row);
    const part = section("timeline", "Timeline over devices");
    if (!made.length) {
      part.append(el("p", { class: "quiet-text" }, "The row holds no step of this incident; see its alerts."));
      return part;
    }
    const state = stateOf(made);
    const plot = el("div", { class: "plot" });
    const range = el("p", { class: "range" });
    const list = el("div");
    const inView = () => {
      const { from, to } = state.zoom.view;
      return made.filter((one) => one.time >= from && one.time <= to);
    };
    state.refresh = () => {
      const found = inView();
      plot.replaceChildren(Report.timelinePlot.draw(state, found, plot.clientWidth || 900));
      const { from, to } = state.zoom.view;
      range.textContent = `${text.period(from, to)} (${text.span(to - from)})`;
      list.replaceChildren(table(found, base));
      Report.story.fold([...list.querySelectorAll("li")], list);
    };
    const bar = el(
      "div",
      { class: "row-of wrap no-print" },
      Report.zoomBy.buttons(state.zoom, "Where most happened", state.home),
      el("span", { class: "saving" }, "Save what is in view: ", saving(incident, inView)),
    );
    const note = leftOut ? el("p", { class: "note" }, `${leftOut} steps are not in the row.`) : "";
    part.append(bar, range, plot, list, note);
    Report.zoomBy.listen(plot, state);
    new ResizeObserver(([entry]) => {
      if (Math.abs(entry.contentRect.width - state.width) > 1) state.refresh();
    }).observe(plot);
    return part;
  }

  const saving = (incident, inView) =>
    Report.download.buttons(`timeline-${incident.number}`, () => inView().map((one) => one.entry));

  /** The steps in view below their days. */
  function table(found, base) {
    const days = Map.groupBy(found, (one) => text.day(one.time));
    const parts = [...days].map(([day, own]) => [
      el("p", { class: "quiet-text" }, `${day} (${text.zoneName()})`),
      el(
        "ol",
        { class: "story over-devices" },
        own.map((one) => line(one, base)),
      ),
    ]);
    return el("div", null, parts);
  }

  function line(one, base) {
    const { process, text: said } = one.entry;
    return el(
      "li",
      { class: one.isMarked ? "saw" : null },
      el("time", null, text.clock(one.time)),
      el(
        "span",
        null,
        el("b", { class: "step-device" }, one.device),
        ` ${said} `,
        process ? inside(`${base}?process=${Report.dom.encoded(process)}`, { class: "to" }, "process") : null,
        " ",
        one.alert
          ? inside(
              Report.incidentList.alertRoute(one.alert),
              { class: "to", title: text.cut(one.alert.title, 120) },
              "alert",
            )
          : null,
      ),
    );
  }

  Report.incidentTimeline = { draw };
})();
