// What else belongs to an alert: the others of its incident, and those that share something with it.
"use strict";
(() => {
  const { text, words, rows } = Report;
  const { el, inside, outside, section } = Report.dom;
  const atFirst = 8;
  const markNames = new Map([
    ["detection", "Detection"],
    ["file", "File"],
    ["address", "Address"],
    ["command", "Command line"],
  ]);

  const link = (alert) =>
    inside(`/alert/${Report.dom.encoded(alert.route)}`, null, text.cut(alert.title, 140));

  function line(alert) {
    const place = alert.device.split(".")[0];
    const told = [
      alert.row.EventSeverity ?? "",
      words.named(alert.validation),
      place,
      text.moment(alert.created),
    ];
    return el(
      "li",
      null,
      el("span", { class: `dot validation-${words.validations.indexOf(alert.validation)}` }),
      link(alert),
      el("span", { class: "quiet-text" }, ` ${told.join(", ")}`),
    );
  }

  /** Alerts in time order, the first few at once. */
  function list(alerts) {
    const sorted = alerts.toSorted((a, b) => (a.created ?? 0) - (b.created ?? 0));
    const made = el("ul", { class: "plain" }, sorted.slice(0, atFirst).map(line));
    if (sorted.length > atFirst) {
      const more = el(
        "li",
        null,
        el(
          "button",
          { type: "button", click: () => more.replaceWith(...sorted.slice(atFirst).map(line)) },
          `Show ${sorted.length - atFirst} more`,
        ),
      );
      made.append(more);
    }
    return made;
  }

  function incident(alert, row) {
    if (!alert.incident) return el("p", { class: "quiet-text" }, "The alert belongs to no incident.");
    const others = rows.ofIncident(alert);
    return [
      el(
        "p",
        null,
        `Incident ${alert.incident}: `,
        others.length
          ? inside(
              Report.filters.route({ incident: alert.incident, tenant: rows.whose(alert) }),
              null,
              words.plural(others.length, "other alert"),
            )
          : "no other alert of it is in this report",
        ". ",
        outside(row.IncidentUrl, "The incident in the portal"),
      ),
      others.length ? list(others) : null,
    ];
  }

  function shared(alert) {
    const found = alert.marks
      .map(([kind, value]) => ({
        kind,
        value,
        others: rows.withMark(alert, kind, value),
      }))
      .filter((one) => one.others.length);
    if (!found.length)
      return el(
        "p",
        { class: "quiet-text" },
        "No other alert of this report has the same ones (files seen everywhere do not count).",
      );
    return found.map(({ kind, value, others }) =>
      el(
        "details",
        null,
        el(
          "summary",
          null,
          `${markNames.get(kind)} `,
          el("code", null, text.cut(value, 90)),
          ` in ${words.plural(others.length, "other alert")}`,
        ),
        list(others),
      ),
    );
  }

  /** The section. */
  function draw(row, alert) {
    return section(
      "related",
      "Related alerts",
      el("h3", null, "Of the same incident"),
      incident(alert, row),
      row.SeenBefore ? [el("h3", null, "Seen before"), el("p", { class: "lines" }, row.SeenBefore)] : null,
      el("h3", null, "With the same detection, file, address or command line"),
      shared(alert),
    );
  }

  Report.related = { draw };
})();
