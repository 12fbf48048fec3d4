// What to do next, in the order of doing, with the hunting queries that answer what is open as links.
"use strict";
(() => {
  const { text } = Report;
  const { el, outside, section, copyButton } = Report.dom;

  // A step may end in one link, to the portal; whatever else looks like an address in it is text.
  const ending = /^(.*)\s(https:\/\/security\.(?:microsoft\.com|microsoft\.us|apps\.mil)\/\S+)$/s;

  /** A step, its first word set apart; its query opens in the portal. */
  function step(line) {
    const [, said = line, address = ""] = ending.exec(line) ?? [];
    const [, label = "", rest] = /^([A-Z][a-z]+:)?(.*)$/s.exec(said);
    const open = address.includes("advanced-hunting") ? "Run the query" : "Open in the portal";
    return [label ? el("b", null, label) : null, rest, address ? [" ", outside(address, open)] : null];
  }

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
