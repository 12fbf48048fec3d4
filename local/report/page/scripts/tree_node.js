// One process of the tree: its card, with the command line on demand and the decoded one beside it.
"use strict";
(() => {
  const { words, text } = Report;
  const { el } = Report.dom;

  /** The card. `did` counts the process's events by kind, `pick(kind)` shows them in the timeline; `seen` is
      what rules saw of it, each leading to its event below `base`. */
  function card(node, { did, pick, seen, base }) {
    const { entry } = node;
    return el(
      "div",
      { class: entry.alert || entry.alerts ? "process anchor" : "process", tabindex: -1 },
      el(
        "div",
        { class: "process-line" },
        el("b", { class: "process-name" }, entry.name || "unknown process"),
        el("span", { class: "pid" }, `pid ${entry.pid}`),
        entry.alert ? el("span", { class: "mark" }, "the alert's process") : null,
        ofAlerts(entry),
        entry.root ? el("span", { class: "mark plain" }, "session root") : null,
        entry.inferred
          ? el(
              "span",
              {
                class: "mark plain",
                title: "Its own creation is not in telemetry; it is known from what it did",
              },
              "inferred",
            )
          : null,
      ),
      el(
        "div",
        { class: "process-line quiet-text" },
        entry.account ? el("span", null, entry.account) : null,
        el("time", { title: entry.created }, text.moment(text.millis(entry.created))),
      ),
      marks(entry, seen, base),
      counts(did, pick),
      command(entry),
    );
  }

  /** In an incident: the alerts whose process it is, each the way to its page. */
  function ofAlerts(entry) {
    const keys = Array.isArray(entry.alerts) ? entry.alerts : [];
    return keys
      .map((key) => Report.rows.alerts.find((alert) => alert.row.RowKey === key))
      .filter(Boolean)
      .map((alert) =>
        Report.dom.inside(
          Report.incidentList.alertRoute(alert),
          { class: "mark seen level-0" },
          text.cut(alert.title, 60),
        ),
      );
  }

  /** What rules saw of the process; a title that the row says no more of leads nowhere. */
  function marks(entry, seen, base) {
    const bare = (Array.isArray(entry.behaviours) ? entry.behaviours : []).filter(
      (title) => !seen.some((one) => one.title === title),
    );
    if (!seen.length && !bare.length) return null;
    const once = [...new Map(seen.toReversed().map((one) => [one.title, one])).values()].toReversed();
    return el(
      "div",
      { class: "process-line" },
      once.map((one) =>
        Report.seen.mark(one, one.event ? `${base}?event=${Report.dom.encoded(one.event)}` : ""),
      ),
      bare.map((title) => el("span", { class: "mark seen level-2" }, title)),
    );
  }

  function counts(did, pick) {
    const items = words.kinds
      .filter((kind) => did?.get(kind))
      .map((kind) =>
        el(
          "button",
          { type: "button", class: `kind kind-${kind}`, click: () => pick(kind) },
          words.counted(kind, did.get(kind)),
        ),
      );
    return items.length ? el("div", { class: "process-line" }, items) : null;
  }

  function command(entry) {
    if (!entry.command && !entry.path && !entry.sha1) return null;
    const sides = [
      el("div", null, el("h3", null, "Command line"), el("pre", null, entry.command || "unknown")),
    ];
    if (entry.decoded)
      sides.push(el("div", { class: "decoded" }, el("h3", null, "Decoded"), el("pre", null, entry.decoded)));
    const facts = [
      ["Image", entry.path],
      ["SHA-1", entry.sha1],
      ["Images, exec by exec", (entry.images ?? []).join(" → ")],
    ].filter(([, value]) => value);
    return el(
      "details",
      { class: "command", "data-print": true },
      el(
        "summary",
        null,
        el("span", { class: "named" }, "Command line and image "),
        el("code", null, text.cut(entry.command || entry.path || entry.sha1, 160)),
        entry.decoded ? el("span", { class: "mark plain" }, "decoded") : null,
      ),
      el("div", { class: entry.decoded ? "sides two" : "sides" }, sides),
      facts.length ? Report.figures.pairs(facts) : null,
    );
  }

  Report.treeNode = { card };
})();
