// One alert's page: the verdict in words, the story, the tree, the timeline, and the row behind it all.
"use strict";
(() => {
  const { text, words, rows } = Report;
  const { el, inside, outside, section, copyButton, onDemand } = Report.dom;

  /** What is known beside the verdict, as names and values. */
  function facts(alert, row) {
    const all = Report.filters.route({ device: alert.device || "(none)" });
    const device = inside(all, null, alert.device || "none");
    const os = row.DvcOs ? ` (${[row.DvcOs, row.DvcOsVersion].filter(Boolean).join(" ")})` : "";
    const risk = [row.DvcRiskScore, row.DvcValue && `value ${row.DvcValue}`, row.DvcGroup].filter(Boolean);
    const techniques = alert.techniques.map((one, index) => [
      index ? ", " : "",
      inside(Report.filters.route({ technique: one }), null, one),
    ]);
    return [
      ["Device", [device, os]],
      ["User", alert.user || "none"],
      ["Raised", `${text.moment(alert.created)} ${text.zoneName()}`],
      ["Events seen", text.period(text.millis(row.FirstEventTime), text.millis(row.LastEventTime))],
      ["Device's risk", risk.join(", ") || "unknown"],
      ...(row.WriteBackState
        ? [["Comment in Defender", words.commentWords.get(row.WriteBackState) ?? row.WriteBackState]]
        : []),
      ["To tell", [row.NotifyState, row.Revision && `revision ${row.Revision}`].filter(Boolean).join(", ")],
      ["Techniques", techniques.length ? techniques : "none named", "wide"],
    ];
  }

  function header(alert, row) {
    const severity = words.severities.indexOf(alert.severity);
    const incident = alert.of?.alerts.length
      ? inside(Report.incidentList.incidentRoute(alert.of), null, `Incident ${alert.incident}`)
      : null;
    return el(
      "div",
      { class: "alert-head" },
      el("p", { class: "row-of" }, inside("/", { class: "back" }, "← All alerts"), incident),
      el("h1", { tabindex: -1 }, alert.title),
      el(
        "p",
        { class: "row-of wrap" },
        Report.incidentList.badge(alert),
        el("span", { class: `badge severity-${severity}` }, row.EventSeverity || "Unknown"),
        el("span", { class: "mark plain" }, alert.status),
        row.AlertVerdict && row.AlertVerdict !== "Unknown"
          ? el("span", { class: "mark plain" }, row.AlertVerdict)
          : null,
        row.ThreatName ? el("span", { class: "mark plain" }, row.ThreatName) : null,
        el("code", { class: "quiet-text" }, row.AlertId ?? row.RowKey),
        outside(row.EventReportUrl, "Open in the portal"),
      ),
      Report.incidentList.meta([
        Report.rows.whose(alert),
        alert.device,
        alert.user,
        `${text.moment(alert.created)} ${text.zoneName()}`,
        row.PriorityReason && `priority: ${row.PriorityReason}`,
      ]),
    );
  }

  const about = (alert, row) =>
    section(
      "facts",
      "Facts",
      Report.figures.pairs(facts(alert, row)),
      row.AlertDescription ? el("p", { class: "lines" }, text.cut(row.AlertDescription, 4_000)) : null,
    );

  function verdict(alert, row, { almost, seen, base }) {
    const index = words.validations.indexOf(alert.validation);
    return el(
      "section",
      { id: "verdict", class: `panel edge validation-${index}`, "aria-labelledby": "verdict-title" },
      el("h2", { id: "verdict-title" }, words.validationWords.get(alert.validation)),
      row.ValidationReason ? el("p", { class: "reason" }, row.ValidationReason) : null,
      knownBenign(row),
      Report.seen.list(seen.all, base),
      nearly(almost),
      tie(alert, row),
      row.EventsTruncated
        ? el("p", { class: "note" }, `${row.EventsShown} of ${row.EventCount} events are shown.`)
        : null,
    );
  }

  /** The entry of what the organisation knows to be benign, and whether telemetry contradicts it. */
  function knownBenign(row) {
    if (!row.KnownBenign) return null;
    const until = text.millis(row.KnownBenignUntil);
    const terms = [
      row.KnownBenignOwner && `owner ${row.KnownBenignOwner}`,
      until !== null && `until ${text.moment(until)} ${text.zoneName()}`,
    ].filter(Boolean);
    const said = words.benignWords.get(row.KnownBenignState) ?? row.KnownBenignState;
    return el(
      "div",
      { class: "note", id: "known-benign" },
      el("p", null, said, ": ", el("b", null, row.KnownBenign), terms.length ? ` (${terms.join(", ")})` : ""),
      row.KnownBenignReason ? el("p", { class: "quiet-text" }, row.KnownBenignReason) : null,
    );
  }

  /** How the alert is tied to telemetry, and how surely. */
  function tie(alert, row) {
    const method = words.methodWords.get(row.CorrelationMethod);
    const why = words.reasonWords.get(row.CorrelationReason) ?? "no reason was given";
    if (!method) return why === row.ValidationReason ? null : el("p", null, `Not tied to telemetry: ${why}.`);
    const sure = `${words.confidence(alert.confidence)}, ${alert.confidence} of 100`;
    const said = `Tied by ${method}. How sure: ${sure}.`;
    const meter = el(
      "div",
      { class: "meter", role: "img", "aria-label": `Confidence ${alert.confidence} of 100` },
      Report.dom.sized(
        el("span", { class: `validation-${words.validations.indexOf(alert.validation)}` }),
        "width",
        Math.min(Math.max(alert.confidence, 0), 100),
      ),
    );
    return [
      el("p", null, said),
      meter,
      row.AnchorProcess ? el("p", { class: "quiet-text" }, `Tied to ${row.AnchorProcess}`) : null,
      row.CorrelationDetail ? el("p", { class: "quiet-text" }, row.CorrelationDetail) : null,
    ];
  }

  /** The rules that were nearest to a hit, each with what was not met. */
  function nearly(almost) {
    if (!almost.length) return null;
    return el(
      "details",
      null,
      el("summary", null, `${words.plural(almost.length, "detection")} almost hit`),
      el(
        "ul",
        { class: "behaviours" },
        almost.map((one) =>
          el("li", null, el("b", null, one.level), ` ${one.title}; not met: `, el("code", null, one.missing)),
        ),
      ),
    );
  }

  function query(row) {
    if (!row.HuntingQuery)
      return section(
        "query",
        "Hunting query",
        el("p", { class: "quiet-text" }, "Nothing was found, so there is no query that returns it."),
      );
    return section(
      "query",
      "Hunting query",
      el(
        "div",
        { class: "row-of wrap no-print" },
        copyButton("Copy the query", row.HuntingQuery),
        outside(row.HuntingUrl, "Run it in the portal"),
        row.QueryLinkShortened
          ? el(
              "span",
              { class: "quiet-text" },
              "The link opens a shorter query: the whole one is too long for an address.",
            )
          : null,
      ),
      el(
        "details",
        null,
        el("summary", null, `Returns every event shown (${row.HuntingQuery.split("\n").length} lines)`),
        el("pre", { class: "scroll", tabindex: 0 }, row.HuntingQuery),
      ),
    );
  }

  function raw(row) {
    const json = JSON.stringify(row, null, 2);
    return section(
      "row",
      "The row",
      el("div", { class: "row-of wrap no-print" }, copyButton("Copy as JSON", json)),
      onDemand(null, `${Object.keys(row).length} columns as JSON`, () =>
        el("pre", { class: "scroll", tabindex: 0 }, json),
      ),
    );
  }

  const places = [
    ["verdict", "Verdict"],
    ["steps", "Next steps"],
    ["story", "Story"],
    ["tree", "Tree"],
    ["timeline", "Timeline"],
    ["facts", "Facts"],
    ["indicators", "Indicators"],
    ["entities", "Entities"],
    ["related", "Related"],
    ["query", "Query"],
    ["row", "Row"],
  ];

  /** The page, filled once the row is unpacked. */
  async function draw(alert) {
    let unpacked;
    try {
      unpacked = await rows.details(alert);
    } catch (error) {
      return el(
        "div",
        null,
        inside("/", null, "← All alerts"),
        el("h1", { tabindex: -1 }, alert.title),
        el("p", { class: "note" }, `This browser cannot unpack the alert's row (${error.message}).`),
      );
    }
    return filled(alert, unpacked);
  }

  function filled(alert, { row, events, indicators, almost }) {
    const base = Report.incidentList.alertRoute(alert);
    const seen = Report.seen.of(row);
    const timeline = Report.timeline.draw(row, events, seen, base);
    const tree = Report.tree.draw(row.ProcessTree, events, { pick: timeline.pick, seen, base });
    const page = el(
      "article",
      { class: "alert-page" },
      header(alert, row),
      el("div", { class: "fold" }, verdict(alert, row, { almost, seen, base }), Report.nextSteps.draw(row)),
      Report.places.contents(places, base),
      Report.story.draw(row, base),
      tree.section,
      timeline.section,
      about(alert, row),
      Report.indicators.draw(indicators, { name: alert.row.RowKey }),
      Report.entities.draw(row, alert),
      Report.related.draw(row, alert),
      query(row),
      raw(row),
    );
    page.leadTo = { event: timeline.show, process: tree.show };
    return page;
  }

  Report.alert = { draw, raw };
})();
