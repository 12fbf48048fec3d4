// One incident's page: why it stands where it does, what to do, its alerts, what happened on which device.
"use strict";
(() => {
  const { text, words, rows } = Report;
  const { el, inside, outside, section } = Report.dom;

  const places = [
    ["verdict", "Verdict"],
    ["steps", "Next steps"],
    ["own-alerts", "Alerts"],
    ["timeline", "Timeline"],
    ["tree", "Processes"],
    ["facts", "Entities"],
    ["indicators", "Indicators"],
    ["row", "Row"],
  ];

  function header(incident, row) {
    const severity = words.severities.indexOf(incident.severity);
    return el(
      "div",
      { class: "alert-head" },
      el("p", null, inside("/", { class: "back" }, "← All incidents")),
      el("h1", { tabindex: -1 }, incident.title),
      el(
        "p",
        { class: "row-of wrap" },
        Report.incidentList.badge(incident),
        el("span", { class: `badge severity-${severity}` }, row.Severity || "Unknown"),
        el("span", { class: "mark plain" }, incident.state),
        el("span", null, `Incident ${incident.number}, ${words.plural(incident.alerts.length, "alert")}`),
        outside(row.IncidentUrl, "Open in the portal"),
      ),
      Report.incidentList.meta([
        rows.whose(incident),
        incident.devices.slice(0, 6).join(", "),
        incident.users.slice(0, 6).join(", "),
        text.period(incident.first, incident.last),
        row.PriorityReason && `priority: ${row.PriorityReason}`,
      ]),
    );
  }

  function verdict(incident, row, seen, base) {
    const index = words.validations.indexOf(incident.validation);
    const moved = text.parsed(row.MovedTo || "[]", []);
    return el(
      "section",
      { id: "verdict", class: `panel edge validation-${index}`, "aria-labelledby": "verdict-title" },
      el("h2", { id: "verdict-title" }, words.validationWords.get(incident.validation)),
      incident.reason ? el("p", { class: "reason" }, incident.reason) : null,
      Report.seen.list(seen.all, base),
      incident.isPublished
        ? null
        : el("p", { class: "quiet-text" }, "The incident has no row here; this is what its alerts say."),
      moved.length ? el("p", { class: "note" }, `Alerts of it went to incident ${moved.join(", ")}.`) : null,
    );
  }

  const ownAlerts = (incident) =>
    section(
      "own-alerts",
      "Its alerts",
      incident.alerts.length
        ? el(
            "ul",
            { class: "of-incident" },
            incident.alerts.map((alert) => Report.incidentList.line(alert, new Map())),
          )
        : el("p", { class: "quiet-text" }, "None of its alerts is in this report."),
    );

  function entities(incident) {
    const linked = (values, name) =>
      values.length
        ? values.map((value, index) => [
            index ? ", " : "",
            inside(Report.filters.route({ [name]: value }), null, value),
          ])
        : "none named";
    return section(
      "facts",
      "Devices, users and techniques",
      Report.figures.pairs([
        ["Devices", linked(incident.devices, "device"), "wide"],
        ["Users", linked(incident.users, "user"), "wide"],
        ["Techniques", linked(incident.techniques, "technique"), "wide"],
      ]),
    );
  }

  /** The page, filled once the row is unpacked. */
  async function draw(incident) {
    let unpacked;
    try {
      unpacked = await rows.incidentDetails(incident);
    } catch (error) {
      return el(
        "div",
        null,
        inside("/", null, "← All incidents"),
        el("h1", { tabindex: -1 }, incident.title),
        el("p", { class: "note" }, `This browser cannot unpack the incident's row (${error.message}).`),
      );
    }
    const { row, indicators, stix } = unpacked;
    const base = Report.incidentList.incidentRoute(incident);
    const seen = Report.seen.of(row);
    const timeline = Report.incidentTimeline.draw(incident, row, base);
    const tree = Report.tree.draw(row.ProcessForest, [], { pick: () => {}, seen, base });
    const page = el(
      "article",
      { class: "incident-page" },
      header(incident, row),
      el("div", { class: "fold" }, verdict(incident, row, seen, base), Report.nextSteps.draw(row)),
      Report.places.contents(places, base),
      ownAlerts(incident),
      timeline,
      tree.section,
      entities(incident),
      Report.indicators.draw(indicators, { name: `incident-${incident.number}`, stix }),
      Report.alert.raw(row),
    );
    page.leadTo = { process: tree.show };
    return page;
  }

  Report.incident = { draw };
})();
