// What to do next, in the order of doing, with the hunting queries that answer what is open as links.
"use strict";
(() => {
  const { text } = Report;
  const { el, outside, section, copyButton } = Report.dom;

  // Only the portal's own addresses become links; any other one in a step is text.
  const portal = /https:\/\/security\.microsoft\.(?:com|us)\/[^\s)]+/g;

  /** A step with its links by a name, and the text around them. */
  function step(line) {
    const parts = [];
    let at = 0;
    for (const found of line.matchAll(portal)) {
      parts.push(line.slice(at, found.index), outside(found[0], label(found[0])));
      at = found.index + found[0].length;
    }
    return [...parts, line.slice(at)];
  }

  const label = (address) => (address.includes("advanced-hunting") ? "Run the query" : "Open in the portal");

  /** The section; what Defender itself recommends stands below. */
  function draw(row) {
    const lines = String(row.NextSteps ?? "")
      .split("\n")
      .map((line) => line.replace(/^\s*(?:\d+[.)]|[-•])\s*/, "").trim())
      .filter(Boolean);
    const theirs = String(row.RecommendedActions ?? "").trim();
    return section(
      "steps",
      "Next steps",
      lines.length
        ? el(
            "ol",
            { class: "steps" },
            lines.map((line) => el("li", null, step(line))),
          )
        : el("p", { class: "quiet-text" }, "This row has none: it was written before there were any."),
      lines.length ? el("p", { class: "no-print" }, copyButton("Copy the steps", lines.join("\n"))) : null,
      theirs
        ? el(
            "details",
            { "data-print": true },
            el("summary", null, "What Defender recommends"),
            el("p", { class: "lines" }, text.cut(theirs, 4_000)),
          )
        : null,
    );
  }

  Report.nextSteps = { draw };
})();
