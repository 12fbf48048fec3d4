// The events in view as a table: what a screen reader, a printer and a patient reader go by.
"use strict";
(() => {
  const { words, text } = Report;
  const { el } = Report.dom;
  const atFirst = 40;

  /** The table of the events in view, in time order. */
  function draw(state) {
    const found = Report.timeline.inView(state).toSorted((a, b) => a.time - b.time || a.index - b.index);
    const total = state.events.length;
    const said = `${words.plural(found.length, "event")} in view of ${total.toLocaleString("en")} shown`;
    const left = state.row.EventsLeftOut ? `; left out: ${state.row.EventsLeftOut}` : "";
    const count = state.row.EventsTruncated
      ? `; the alert has ${Number(state.row.EventCount).toLocaleString("en")}`
      : "";
    const body = el("tbody");
    const more = el("p", { class: "more" });
    const place = found.findIndex((one) => one.row.RowKey === state.chosen);
    reveal(state, body, more, found, Math.max(atFirst, place + 1));
    return el(
      "div",
      null,
      el("p", { class: "quiet-text", id: "events-count" }, said, count, left),
      found.length
        ? el(
            "table",
            { class: "events" },
            el("caption", { class: "unseen" }, "Events in view"),
            el(
              "thead",
              null,
              el(
                "tr",
                null,
                [`Time (${text.zoneName()})`, "Event", "Process", "Done to", "Tie"].map((name) =>
                  el("th", { scope: "col" }, name),
                ),
              ),
            ),
            body,
          )
        : null,
      more,
    );
  }

  function reveal(state, body, more, found, most) {
    body.replaceChildren(...found.slice(0, most).map((one) => line(one, state)));
    more.replaceChildren();
    if (found.length > most) {
      const next = Math.min(found.length, most * 5);
      more.append(
        el(
          "button",
          { type: "button", click: () => reveal(state, body, more, found, next) },
          `Show ${(next - most).toLocaleString("en")} more`,
        ),
      );
    }
  }

  function line(one, state) {
    const { row } = one;
    const isChosen = row.RowKey === state.chosen;
    return el(
      "tr",
      { class: isChosen ? "chosen" : null, "aria-current": isChosen ? "true" : null },
      el(
        "td",
        { "data-label": "Time", class: "number", title: row.EventTimeText },
        text.exactMoment(one.time),
      ),
      el(
        "td",
        { "data-label": "Event" },
        el("span", { class: `swatch kind-${one.kind}`, title: words.kindNames.get(one.kind) }),
        one.action,
        one.seen.map((each) => [
          " ",
          Report.seen.mark(
            each,
            each.process ? `${state.base}?process=${Report.dom.encoded(each.process)}` : "",
          ),
        ]),
      ),
      el(
        "td",
        { "data-label": "Process" },
        text.cut(row.ProcessName ?? "", 120),
        row.ProcessId ? el("span", { class: "pid" }, ` ${row.ProcessId}`) : null,
      ),
      el("td", { "data-label": "Done to", class: "target" }, target(row, isChosen)),
      el("td", { "data-label": "Tie" }, words.tieWords.get(row.Tie) ?? row.Tie ?? ""),
    );
  }

  function target(row, isOpen) {
    const command = row.SourceTable === "DeviceProcessEvents" ? row.ProcessCommandLine : "";
    const short = command || row.Target || row.AdditionalFields;
    return Report.dom.onDemand(
      { class: "fields", open: isOpen },
      el("span", null, text.cut(short || "all fields", 180)),
      () =>
        Report.figures.pairs(
          Object.entries(row)
            .filter(([name]) => name !== "PartitionKey")
            .map(([name, value]) => [name, String(value)]),
        ),
    );
  }

  Report.eventList = { draw };
})();
