// How often what we called Confirmed, Likely or Unproven was true, as analysts said. Counts first: a share says
// more than is known where there are few.
"use strict";
(() => {
  const { words, filters, rows } = Report;
  const { el, inside, section } = Report.dom;
  const kinds = new Map([
    ["detector", "Detector"],
    ["detection", "Detection rule"],
  ]);
  const heads = ["We said", "True", "Benign", "False", "True, in percent"];

  /** The section; one line where no analyst has classified an alert. */
  function draw() {
    const { lines, more, fewest } = rows.verdicts;
    if (!lines.length) {
      const none = "No analyst has classified an alert of this page.";
      return section("verdicts", "What analysts said", el("p", { class: "quiet-text" }, none));
    }
    return section(
      "verdicts",
      "What analysts said",
      table(lines, fewest),
      more ? el("p", { class: "quiet-text" }, `and ${words.plural(more, "line")} with fewer verdicts`) : null,
    );
  }

  function table(lines, fewest) {
    const said =
      "Alerts that analysts have classified, by what we had said of them then. " +
      `Percentages are told from ${fewest} verdicts on.`;
    const heading = (name) => el("th", { scope: "col" }, name);
    return el(
      "div",
      { class: "scroll" },
      el(
        "table",
        { class: "small judged" },
        el("caption", null, said),
        el("thead", null, el("tr", null, ["Of", "Detector or rule", ...heads].map(heading))),
        el("tbody", null, lines.map(line)),
      ),
    );
  }

  /** One detector or rule under one validation; its name leads to the alerts that hold it. */
  function line(one) {
    const counts = [one.true, one.benign, one.false].map((count) => count.toLocaleString("en"));
    return el(
      "tr",
      null,
      el("td", { class: "word" }, kinds.get(one.kind)),
      el(
        "th",
        { scope: "row" },
        inside(filters.route({ search: `"${one.name}"` }), null, one.title || one.name),
        one.title ? el("span", { class: "quiet-text" }, ` ${one.name}`) : null,
      ),
      el("td", { class: "word" }, words.named(one.validation)),
      [...counts, one.share].map((value) => el("td", null, value)),
    );
  }

  Report.verdicts = { draw };
})();
