// What is asked of the list of alerts, held in the page's address, so that every choice is a link.
"use strict";
(() => {
  const { text, words } = Report;
  const none = "(none)";

  const fields = new Map([
    ["severity", { label: "Severity", values: (a) => [a.severity], order: words.severities }],
    ["validation", { label: "Validation", values: (a) => [a.validation], order: words.validations }],
    ["tie", { label: "Tie", values: (a) => [a.tie], order: words.ties }],
    ["status", { label: "Status", values: (a) => [a.status] }],
    ["device", { label: "Device", values: (a) => [a.device || none] }],
    ["technique", { label: "Technique", values: (a) => (a.techniques.length ? a.techniques : [none]) }],
    ["incident", { label: "Incident", values: (a) => [a.incident || none] }],
  ]);

  const sorts = new Map([
    ["created", { label: "Created (UTC)", of: (a) => a.created ?? 0, first: "down" }],
    ["severity", { label: "Severity", of: (a) => a.severityId, first: "down" }],
    ["title", { label: "Alert", of: (a) => a.title.toLowerCase(), first: "up" }],
    ["device", { label: "Device", of: (a) => a.device.toLowerCase(), first: "up" }],
    ["validation", { label: "Validation", of: (a) => words.validations.indexOf(a.validation), first: "up" }],
    ["tie", { label: "Tie", of: (a) => a.confidence, first: "down" }],
    ["events", { label: "Events", of: (a) => a.events, first: "down" }],
  ]);

  /** What the address asks for; unknown words in it are passed over. */
  function read(query) {
    const given = new URLSearchParams(query);
    const wanted = {
      search: given.get("search") ?? "",
      from: text.millis(given.get("from")),
      to: text.millis(given.get("to")),
    };
    for (const name of fields.keys()) wanted[name] = given.get(name) ?? "";
    wanted.sort = sorts.has(given.get("sort")) ? given.get("sort") : "created";
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
    if (wanted.sort && (wanted.sort !== "created" || wanted.order !== "down")) {
      asked.set("sort", wanted.sort);
      if (wanted.order) asked.set("order", wanted.order);
    }
    const said = asked.toString();
    return said ? `/?${said}` : "/";
  }

  /** True where more is asked for than an order. */
  const isNarrowed = (wanted) =>
    Boolean(wanted.search || wanted.from || wanted.to || [...fields.keys()].some((n) => wanted[n]));

  /** The alerts that fit, in the order asked for. */
  function apply(alerts, wanted) {
    const needles = wanted.search.toLowerCase().split(/\s+/).filter(Boolean);
    const set = [...fields].filter(([name]) => wanted[name]);
    const found = alerts.filter(
      (alert) =>
        needles.every((needle) => alert.searched.includes(needle)) &&
        set.every(([name, field]) => field.values(alert).includes(wanted[name])) &&
        (!wanted.from || (alert.created ?? 0) >= wanted.from) &&
        (!wanted.to || (alert.created ?? 0) < wanted.to),
    );
    const { of } = sorts.get(wanted.sort);
    const turn = wanted.order === "up" ? 1 : -1;
    return found.toSorted((a, b) => turn * compare(of(a), of(b)) || compare(b.created ?? 0, a.created ?? 0));
  }

  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

  Report.filters = { fields, sorts, read, route, apply, isNarrowed };
})();
