// What rules saw: each behaviour with its level and techniques, by the process and by the event it stands on.
"use strict";
(() => {
  const { text } = Report;
  const { el, inside } = Report.dom;
  const levels = ["critical", "high", "medium", "low", "informational"];

  /** The behaviours of a row, gravest first as the row lists them, and where each stands. */
  function of(row) {
    const listed = text.parsed(row.Behaviours || "[]", []);
    const isTold = (one) => one && typeof one === "object" && one.title;
    const all = (Array.isArray(listed) ? listed : []).filter(isTold);
    const byEvent = new Map();
    const byProcess = new Map();
    for (const one of all) {
      one.techniques = Array.isArray(one.techniques) ? one.techniques.map(String) : [];
      if (one.event) put(byEvent, one.event, one);
      if (one.process) put(byProcess, one.process, one);
    }
    return { all, byEvent, byProcess };
  }

  function put(map, key, one) {
    if (map.has(key)) map.get(key).push(one);
    else map.set(key, [one]);
  }

  const techniques = (one) => (one.techniques.length ? ` (${one.techniques.join(", ")})` : "");
  /** For a tip: a line of its own. */
  const said = (one) => `\n◆ ${one.title}${techniques(one)}`;
  const tone = (one) => `level-${Math.max(levels.indexOf(one.level), 0)}`;

  /** The behaviour as a mark that leads to where else it stands: its event from a process, and back. */
  function mark(one, route) {
    const label = [`${one.title}${techniques(one)}`];
    const attributes = { class: `mark seen ${tone(one)}`, title: `${one.level ?? ""} rule`.trim() };
    return route ? inside(route, attributes, label) : el("span", attributes, label);
  }

  /** In an incident: the alert that tells of it. */
  function toAlert(key) {
    const alert = key ? Report.rows.alerts.find((one) => one.row.RowKey === key) : null;
    return alert ? inside(Report.incidentList.alertRoute(alert), { class: "to" }, "alert") : null;
  }

  const to = (base, name, key) =>
    key ? inside(`${base}?${name}=${Report.dom.encoded(key)}`, { class: "to" }, name) : null;

  /** The list for a verdict: level, words, techniques, and the way to the event and the process. */
  function list(all, base) {
    // On a phone the next steps stand below, and must not be pushed off the screen.
    const most = matchMedia("(max-width: 860px)").matches ? 2 : 6;
    if (!all.length) return null;
    const line = (one) =>
      el(
        "li",
        null,
        el("span", { class: `level ${tone(one)}` }, one.level),
        ` ${one.text ?? one.title}${techniques(one)} `,
        to(base, "process", one.process),
        " ",
        to(base, "event", one.event),
        toAlert(one.alert),
      );
    const lines = all.map(line);
    const made = el("ul", { class: "behaviours" }, lines);
    const rest = lines.slice(most);
    if (rest.length) {
      const click = () => {
        for (const one of rest) one.hidden = false;
        more.remove();
      };
      const button = el("button", { type: "button", click }, `Show ${rest.length} more`);
      const more = el("li", { class: "more" }, button);
      for (const one of rest) one.hidden = true;
      made.append(more, el("li", { class: "on-paper" }, `and ${rest.length} more: see the process tree`));
    }
    return made;
  }

  Report.seen = { of, said, mark, list };
})();
