// The overview's figures: the headline numbers, the busiest devices and techniques, and how the work stands.
"use strict";
(() => {
  const { words, text, filters, rows } = Report;
  const { el, inside, sized, section } = Report.dom;
  const busiest = 8;
  const onlyRows =
    "An export holds the rows alone. Read from the running stack or from an account, this page also " +
    "shows how much work waits and what the last audit found.";

  function headline(alerts) {
    const by = new Map(rows.counts(alerts, (alert) => [alert.validation]));
    const severe = alerts.filter((alert) => alert.severity === "High").length;
    const shown = words.validations.map((value, index) =>
      figure(
        by.get(value) ?? 0,
        words.named(value),
        filters.route({ validation: value }),
        `validation-${index}`,
      ),
    );
    return el(
      "ul",
      { class: "figures" },
      figure(alerts.length, "Alerts", "/?sort=gravity"),
      figure(severe, "High severity", filters.route({ severity: "High" }), "severity-0"),
      shown,
    );
  }

  function figure(count, label, route, tone) {
    return el(
      "li",
      { class: tone ? `figure edge ${tone}` : "figure" },
      inside(route, null, el("b", null, count.toLocaleString("en")), el("span", null, label)),
    );
  }

  /** Bars, longest first, each a link to its alerts; the ones beyond the first few are counted. */
  function bars(id, title, entries, routeOf, unit) {
    if (!entries.length) return null;
    const most = entries[0][1];
    const items = entries
      .slice(0, busiest)
      .map(([value, count]) =>
        el(
          "li",
          null,
          inside(
            routeOf(value),
            { class: "bar" },
            el("span", { class: "bar-name" }, value),
            el("span", { class: "bar-count" }, count.toLocaleString("en")),
            sized(el("span", { class: "bar-fill" }), "width", Math.max(2, (100 * count) / most)),
          ),
        ),
      );
    const more = entries.length - busiest;
    return section(
      id,
      title,
      el("ol", { class: "bars" }, items),
      more > 0 ? el("p", { class: "quiet-text" }, `and ${words.plural(more, unit)} more`) : null,
    );
  }

  function standing() {
    const said = rows.standing;
    if (!said) {
      return section("standing", "Backlog and audit", el("p", { class: "quiet-text" }, onlyRows));
    }
    const facts = [["Open alerts", said.open_alerts.toLocaleString("en")]];
    if (said.oldest) facts.push(["Oldest since", `${text.moment(text.millis(said.oldest))} ${text.zoneName()}`]);
    for (const source of said.sources) {
      facts.push([`Last fetch (${source.name})`, moment(source.last_success)]);
      facts.push([
        `Last audit (${source.name})`,
        source.audit_result ? `${source.audit_result} (${moment(source.last_audit)})` : "none yet",
      ]);
      if (source.last_error) facts.push([`Last error (${source.name})`, source.last_error]);
    }
    return section("standing", "Backlog and audit", pairs(facts));
  }

  const moment = (said) =>
    text.millis(said) === null ? "none yet" : `${text.moment(text.millis(said))} ${text.zoneName()}`;

  /** Names and values, as a list of definitions; a third part is the class of the two. */
  function pairs(entries) {
    return el(
      "dl",
      { class: "pairs" },
      entries.map(([name, value, kind]) =>
        el("div", { class: kind }, el("dt", null, name), el("dd", null, value)),
      ),
    );
  }

  /** The page's heading, with what it covers. */
  function head() {
    const { alerts } = rows;
    const times = alerts.map((alert) => alert.created).filter((time) => time !== null);
    const least = times.reduce((a, b) => Math.min(a, b), Infinity);
    const most = times.reduce((a, b) => Math.max(a, b), -Infinity);
    const span = times.length ? `, created ${text.period(least, most)}` : "";
    return el(
      "div",
      { class: "overview" },
      el("h1", null, "Alerts and incidents"),
      el(
        "p",
        { class: "quiet-text" },
        `${words.plural(alerts.length, "alert")} from ${rows.source}${span}`,
      ),
    );
  }

  /** The figures and charts. */
  function draw() {
    const { alerts } = rows;
    return el(
      "div",
      { class: "in-figures" },
      headline(alerts),
      Report.overTime.draw(alerts),
      el(
        "div",
        { class: "columns" },
        bars(
          "devices",
          "Busiest devices",
          rows.counts(alerts, (alert) => [alert.device]),
          (device) => filters.route({ device }),
          "device",
        ),
        bars(
          "techniques",
          "Techniques",
          rows.counts(alerts, (alert) => alert.techniques),
          (technique) => filters.route({ technique }),
          "technique",
        ),
        standing(),
      ),
      Report.verdicts.draw(),
    );
  }

  Report.figures = { head, draw, pairs };
})();
