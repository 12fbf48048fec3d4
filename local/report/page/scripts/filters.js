// What is asked of the lists, held in the page's address, so that every choice is a link.
"use strict";
(() => {
  const { text, words, search, rows } = Report;
  const none = "(none)";

  /** What can be asked for; `isLink` is asked for by links alone. */
  const fields = new Map([
    ["tenant", { label: "Tenant", values: (a) => [a.tenant || none], isLink: !rows.areMany }],
    ["priority", { label: "Priority", values: (a) => [a.priority ? `${a.priority}` : none] }],
    ["device", { label: "Device", values: (a) => [a.device || none] }],
    ["user", { label: "User", values: (a) => [a.user || none] }],
    ["technique", { label: "Technique", values: (a) => (a.techniques.length ? a.techniques : [none]) }],
    ["state", { label: "State", values: (a) => [a.status] }],
    ["validation", { label: "Validation", values: (a) => [a.validation], order: words.validations }],
    ["severity", { label: "Severity", values: (a) => [a.severity], order: words.severities }],
    ["tie", { label: "Tie", values: (a) => [a.tie], order: words.ties }],
    ["incident", { label: "Incident", values: (a) => [a.incident || none], isLink: true }],
  ]);

  const sorts = new Map([
    ["gravity", { label: "Priority", of: (a) => gravity(a), first: "up" }],
    ["created", { label: "Created", of: (a) => a.created ?? 0, first: "down" }],
    ["severity", { label: "Severity", of: (a) => a.severityId, first: "down" }],
    ["title", { label: "Alert", of: (a) => a.title.toLowerCase(), first: "up" }],
    ["device", { label: "Device", of: (a) => a.device.toLowerCase(), first: "up" }],
    ["validation", { label: "Validation", of: (a) => words.validations.indexOf(a.validation), first: "up" }],
    ["tie", { label: "Tie", of: (a) => a.confidence, first: "down" }],
    ["events", { label: "Events", of: (a) => a.events, first: "down" }],
  ]);
  const views = new Set(["incidents", "alerts"]);

  // A word that is not known counts as High.
  const severityRank = (word) => words.severities.indexOf(word) % (words.severities.length - 1);

  /** One number that sorts the gravest first: priority, then validation, then severity. */
  const gravity = (a) =>
    (a.priority || 3) * 100 + words.validations.indexOf(a.validation) * 10 + severityRank(a.severity);

  /** What the address asks for; unknown words in it are passed over. */
  function read(query) {
    const given = new URLSearchParams(query);
    const wanted = {
      search: given.get("search") ?? "",
      from: text.millis(given.get("from")),
      to: text.millis(given.get("to")),
      view: views.has(given.get("view")) ? given.get("view") : "incidents",
    };
    for (const name of fields.keys()) wanted[name] = given.get(name) ?? "";
    wanted.sort = sorts.has(given.get("sort")) ? given.get("sort") : "gravity";
    wanted.order = ["up", "down"].includes(given.get("order"))
      ? given.get("order")
      : sorts.get(wanted.sort).first;
    return wanted;
  }

  /** The route that asks for that; what is not set is left out. */
  function route(wanted) {
    const asked = new URLSearchParams();
    for (const name of ["search", ...fields.keys()]) if (wanted[name]) asked.set(name, wanted[name]);
    for (const name of ["from", "to"]) if (wanted[name]) asked.set(name, text.iso(wanted[name]));
    if (wanted.view === "alerts") asked.set("view", "alerts");
    if (wanted.sort && (wanted.sort !== "gravity" || wanted.order === "down")) {
      asked.set("sort", wanted.sort);
      if (wanted.order) asked.set("order", wanted.order);
    }
    const said = asked.toString();
    return said ? `/?${said}` : "/";
  }

  /** True where more is asked for than an order. */
  const isNarrowed = (wanted) =>
    Boolean(wanted.search || wanted.from || wanted.to || [...fields.keys()].some((n) => wanted[n]));

  /** The alerts that fit, in the order asked for, and where the words searched for stand in each. */
  function apply(alerts, wanted) {
    const needles = search.needles(wanted.search);
    const set = [...fields].filter(([name]) => wanted[name]);
    const matches = new Map();
    const found = alerts.filter((alert) => {
      const fits =
        set.every(([name, field]) => field.values(alert).includes(wanted[name])) &&
        (!wanted.from || (alert.created ?? 0) >= wanted.from) &&
        (!wanted.to || (alert.created ?? 0) < wanted.to);
      const match = fits ? search.match(alert, needles) : null;
      if (match) matches.set(alert, match);
      return match !== null;
    });
    const { of } = sorts.get(wanted.sort);
    const turn = wanted.order === "down" ? -1 : 1;
    found.sort((a, b) => turn * compare(of(a), of(b)) || compare(b.created ?? 0, a.created ?? 0));
    return { found, matches };
  }

  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

  Report.filters = { fields, sorts, read, route, apply, isNarrowed, gravity };
})();
