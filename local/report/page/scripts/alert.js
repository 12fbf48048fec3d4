// One alert's page: the verdict in words, the story, the tree, the timeline, and the row behind it all.
"use strict";
(() => {
  const { text, words, rows } = Report;
  const { el, inside, outside, section, copyButton, onDemand } = Report.dom;

  const longStory = 25; // steps

  /** What is known at once, as names and values. */
  function facts(alert, row) {
    return [
      [
        "Device",
        [
          inside(Report.filters.route({ device: alert.device || "(none)" }), null, alert.device || "none"),
          row.DvcOs ? ` (${[row.DvcOs, row.DvcOsVersion].filter(Boolean).join(" ")})` : "",
        ],
      ],
      ["User", alert.user || "none"],
      ["Raised", `${text.moment(alert.created)} UTC`],
      ["Events seen", text.period(text.millis(row.FirstEventTime), text.millis(row.LastEventTime))],
      [
        "Device's risk",
        [row.DvcRiskScore, row.DvcValue && `value ${row.DvcValue}`, row.DvcGroup]
          .filter(Boolean)
          .join(", ") || "unknown",
      ],
      [
        "Techniques",
        alert.techniques.length
          ? alert.techniques.map((one, index) => [
              index ? ", " : "",
              inside(Report.filters.route({ technique: one }), null, one),
            ])
          : "none named",
        "wide",
      ],
    ];
  }

  function header(alert, row) {
    const severity = words.severities.indexOf(alert.severity);
    return el(
      "div",
      { class: "alert-head" },
      el("p", null, inside("/", { class: "back" }, "← All alerts")),
      el("h1", { tabindex: -1 }, alert.title),
      el(
        "p",
        { class: "row-of wrap" },
        el("span", { class: `badge severity-${severity}` }, row.EventSeverity || "Unknown"),
        el("span", { class: "mark plain" }, alert.status),
        row.AlertVerdict && row.AlertVerdict !== "Unknown"
          ? el("span", { class: "mark plain" }, row.AlertVerdict)
          : null,
        row.ThreatName ? el("span", { class: "mark plain" }, row.ThreatName) : null,
        el("code", { class: "quiet-text" }, row.AlertId ?? row.RowKey),
        outside(row.EventReportUrl, "Open in the portal"),
      ),
      Report.figures.pairs(facts(alert, row)),
      row.AlertDescription ? el("p", { class: "lines" }, text.cut(row.AlertDescription, 4_000)) : null,
    );
  }

  function verdict(alert, row, almost) {
    const index = words.validations.indexOf(alert.validation);
    const method = words.methodWords.get(row.CorrelationMethod);
    const why = words.reasonWords.get(row.CorrelationReason) ?? "no reason was given";
    const tied = method
      ? `Tied by ${method}. How sure: ${words.confidence(alert.confidence)}, ${alert.confidence} of 100.`
      : why === row.ValidationReason
        ? null
        : `Not tied to telemetry: ${why}.`;
    const meter = el(
      "div",
      { class: "meter", role: "img", "aria-label": `Confidence ${alert.confidence} of 100` },
      Report.dom.sized(
        el("span", { class: `validation-${index}` }),
        "width",
        Math.min(Math.max(alert.confidence, 0), 100),
      ),
    );
    return el(
      "section",
      { id: "verdict", class: `panel edge validation-${index}`, "aria-labelledby": "verdict-title" },
      el("h2", { id: "verdict-title" }, words.validationWords.get(alert.validation)),
      row.ValidationReason ? el("p", { class: "reason" }, row.ValidationReason) : null,
      behaviours(row),
      nearly(almost),
      tied ? el("p", null, tied) : null,
      method ? meter : null,
      row.AnchorProcess ? el("p", { class: "quiet-text" }, `Tied to ${row.AnchorProcess}`) : null,
      row.CorrelationDetail ? el("p", { class: "quiet-text" }, row.CorrelationDetail) : null,
      row.EventsTruncated
        ? el("p", { class: "note" }, `${row.EventsShown} of ${row.EventCount} events are shown.`)
        : null,
    );
  }

  /** What the detections saw, gravest first: each with its level and technique. */
  function behaviours(row) {
    const seen = text.parsed(row.Behaviours, []).filter((one) => one.title);
    if (!seen.length) return null;
    return el(
      "ul",
      { class: "behaviours" },
      seen
        .slice(0, 12)
        .map((one) =>
          el(
            "li",
            null,
            el("b", null, one.level),
            ` ${one.text}`,
            one.techniques.length ? ` (${one.techniques.join(", ")})` : "",
          ),
        ),
    );
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

  /** The story's lines: days as headings, steps with their time. */
  function story(row) {
    const lines = String(row.Story ?? "")
      .split("\n")
      .filter(Boolean);
    if (!lines.length)
      return section("story", "Story", el("p", { class: "quiet-text" }, "There is nothing to tell yet."));
    const parts = [];
    let list = null;
    for (const line of lines) {
      const step = /^(\d\d:\d\d:\d\d) (.*)$/s.exec(line);
      if (!step) {
        list = null;
        parts.push(el("p", null, line));
        continue;
      }
      if (!list) {
        list = el("ol", { class: "story" });
        parts.push(list);
      }
      list.append(
        el(
          "li",
          { class: step[2].includes("(the alert's process)") ? "anchor" : null },
          el("time", null, step[1]),
          el("span", null, step[2]),
        ),
      );
    }
    const made = section("story", "Story", parts);
    fold([...made.querySelectorAll("li")], made);
    return made;
  }

  /** A long story is told to its first steps; the button tells the rest. */
  function fold(steps, made) {
    if (steps.length <= longStory) return;
    const rest = steps.slice(longStory - 5);
    for (const step of rest) step.hidden = true;
    const button = el(
      "button",
      {
        type: "button",
        click: () => {
          for (const step of rest) step.hidden = false;
          more.remove();
          rest[0].tabIndex = -1;
          rest[0].focus();
        },
      },
      `Show ${rest.length} more steps`,
    );
    const more = el("p", { class: "more" }, button);
    made.append(more);
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
    ["verdict-title", "Verdict"],
    ["story-title", "Story"],
    ["tree-title", "Tree"],
    ["timeline-title", "Timeline"],
    ["entities-title", "Entities"],
    ["related-title", "Related"],
    ["query-title", "Query"],
    ["row-title", "Row"],
  ];

  function contents() {
    const jump = (id) => {
      const heading = document.getElementById(id);
      heading.tabIndex = -1;
      heading.scrollIntoView();
      heading.focus({ preventScroll: true });
    };
    return el(
      "nav",
      { class: "contents no-print", "aria-label": "On this page" },
      places.map(([id, name]) =>
        el("button", { type: "button", class: "quiet", click: () => jump(id) }, name),
      ),
    );
  }

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
    const { row, events, almost } = unpacked;
    const timeline = Report.timeline.draw(row, events);
    return el(
      "article",
      { class: "alert-page" },
      header(alert, row),
      contents(),
      verdict(alert, row, almost),
      story(row),
      Report.tree.draw(row, events, timeline.pick),
      timeline.section,
      Report.entities.draw(row, alert),
      Report.related.draw(row, alert),
      query(row),
      raw(row),
    );
  }

  Report.alert = { draw };
})();
