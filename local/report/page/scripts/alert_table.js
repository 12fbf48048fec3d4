// The alerts as a table that its headings sort.
"use strict";
(() => {
  const { words, text, filters } = Report;
  const { el, inside } = Report.dom;
  const atFirst = 100;

  /** The table, and the way to the rest where there is more than a screen can use. */
  function draw(wanted, found, matches, set) {
    const body = el("tbody");
    const more = el("p", { class: "more" });
    reveal(body, more, found, matches, atFirst);
    const heads = [...filters.sorts].map(([name, one]) => head(wanted, name, one, set));
    return el(
      "div",
      null,
      el(
        "table",
        { class: "alerts" },
        el("caption", { class: "unseen" }, "Alerts; the column headings sort"),
        el("thead", null, el("tr", null, heads)),
        body,
      ),
      more,
    );
  }

  function head(wanted, name, { label, first }, set) {
    const isSorted = wanted.sort === name;
    const order = isSorted ? (wanted.order === "up" ? "down" : "up") : first;
    const sign = isSorted ? (wanted.order === "up" ? " ▲" : " ▼") : "";
    return el(
      "th",
      { scope: "col", "aria-sort": isSorted ? (wanted.order === "up" ? "ascending" : "descending") : null },
      el(
        "button",
        { type: "button", id: `sort-${name}`, click: () => set("sort", name, { order }) },
        label,
        el("span", { "aria-hidden": "true" }, sign),
      ),
    );
  }

  function reveal(body, more, found, matches, most) {
    body.replaceChildren(...found.slice(0, most).map((alert) => line(alert, matches)));
    more.replaceChildren();
    if (found.length <= most) return;
    const label = `Show ${(found.length - most).toLocaleString("en")} more`;
    const click = () => reveal(body, more, found, matches, Infinity);
    more.append(el("button", { type: "button", click }, label));
  }

  function line(alert, matches) {
    const { row } = alert;
    const severity = words.severities.indexOf(alert.severity);
    const tie = alert.tie === "Not tied" ? "Not tied" : `${alert.tie} ${alert.confidence}`;
    const why = words.reasonWords.get(row.CorrelationReason) ?? words.confidence(alert.confidence);
    const cell = (label, attributes, ...children) =>
      el("td", { "data-label": label, ...attributes }, ...children);
    return el(
      "tr",
      null,
      cell("Priority", null, Report.incidentList.badge(alert) ?? "none"),
      cell("Created", { class: "number" }, text.moment(alert.created)),
      cell(
        "Severity",
        null,
        el("span", { class: `badge severity-${severity}` }, row.EventSeverity || "Unknown"),
      ),
      cell(
        "Alert",
        { class: "title" },
        inside(Report.incidentList.alertRoute(alert), null, text.cut(alert.title, 200)),
        Report.incidentList.hits(matches.get(alert)),
      ),
      cell("Device", null, [Report.rows.whose(alert), alert.device.split(".")[0]].filter(Boolean).join(", ")),
      cell("Validation", null, Report.incidentList.dot(alert)),
      cell("Tie", { title: why }, tie),
      cell(
        "Events",
        { class: "number" },
        `${alert.events.toLocaleString("en")}${row.EventsTruncated ? "+" : ""}`,
      ),
    );
  }

  Report.alertTable = { draw };
})();
