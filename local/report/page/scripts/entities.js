// The entities of an alert: what they are, how widely they are known, and the way to hunt for each.
"use strict";
(() => {
  const { text, words, rows } = Report;
  const { el, outside, section, inside } = Report.dom;

  const kindNames = new Map([
    ["ip", "address"],
    ["url", "URL"],
  ]);
  const factNames = new Map([
    ["value", "Id"],
    ["sha1", "SHA-1"],
    ["sha256", "SHA-256"],
    ["os", "System"],
    ["parentPid", "Parent's pid"],
    ["valueName", "Value's name"],
    ["detail", "Look-up"],
  ]);
  const labelled = (key) => factNames.get(key) ?? key[0].toUpperCase() + key.slice(1);

  const endings = new Map([
    ["found", ""],
    ["not found", "Defender does not know it"],
    ["throttled", "not looked up: throttled"],
    ["forbidden", "not looked up: a role is missing"],
    ["failed", "not looked up: it failed"],
  ]);

  /** How widely a thing is known, in words; "" where that was not looked up. */
  function prevalence(entity) {
    const said = [];
    if (Number.isFinite(entity.globalPrevalence))
      said.push(`${words.plural(entity.globalPrevalence, "device")} anywhere`);
    if (Number.isFinite(entity.orgPrevalence))
      said.push(`${words.plural(entity.orgPrevalence, "device")} here`);
    return said.join(", ");
  }

  function name(entity) {
    const main = entity.name || entity.user || entity.value || entity.type || entity.kind;
    return entity.kind === "process" && entity.value ? `${main} (pid ${entity.value})` : main;
  }

  function facts(entity) {
    const told = new Set(["kind", "name", "hunt", "lookup", "globalPrevalence", "orgPrevalence"]);
    return Object.entries(entity)
      .filter(([key, value]) => !told.has(key) && value !== name(entity))
      .map(([key, value]) => [
        labelled(key),
        typeof value === "object" ? JSON.stringify(value) : String(value),
      ]);
  }

  /** Other alerts of this page that name the same file or address. */
  function others(entity, alert) {
    const keys = [
      ["file", String(entity.sha1 ?? "").toLowerCase()],
      ["address", String(entity.value ?? "")],
    ];
    const found = keys.flatMap(([kind, value]) => (value ? rows.withMark(alert, kind, value) : []));
    return found.length
      ? inside(
          Report.filters.route({ search: entity.sha1 || entity.value, tenant: rows.whose(alert) }),
          null,
          `in ${words.plural(new Set(found).size, "other alert")}`,
        )
      : null;
  }

  /** What was learnt of it, in one line; "" where nothing was asked. */
  function learnt(entity) {
    const ending = endings.get(entity.lookup) ?? entity.lookup;
    const known = prevalence(entity);
    const said = [
      known && `seen on ${known}`,
      ending,
      entity.signer && `signed by ${entity.signer}`,
      entity.os,
      entity.risk && `risk ${entity.risk}`,
    ];
    return [...said, entity.detection?.toLowerCase(), entity.remediation?.toLowerCase()]
      .filter(Boolean)
      .join(" · ");
  }

  function card(entity, alert) {
    const details = facts(entity);
    return el(
      "li",
      { class: "entity" },
      el(
        "div",
        { class: "row-of" },
        el("span", { class: "mark plain" }, kindNames.get(entity.kind) ?? entity.kind),
        el("b", { class: "entity-name" }, text.cut(name(entity), 160)),
      ),
      el("p", { class: "quiet-text" }, learnt(entity)),
      el(
        "div",
        { class: "row-of wrap" },
        others(entity, alert),
        entity.hunt ? outside(entity.hunt, "Hunt for it") : null,
      ),
      details.length
        ? el("details", null, el("summary", null, "Details"), Report.figures.pairs(details))
        : null,
    );
  }

  /** The section. */
  function draw(row, alert) {
    const listed = text.parsed(row.EntitiesJson || "[]", []);
    const entities = Array.isArray(listed) ? listed.filter((one) => one && typeof one === "object") : [];
    const shown = entities.filter((one) => one.kind);
    const leftOut = entities.reduce((sum, one) => sum + (Number(one.left_out) || 0), 0);
    const status = row.EnrichmentDetail ? `Look-ups: ${row.EnrichmentStatus}. ${row.EnrichmentDetail}` : "";
    return section(
      "entities",
      "Entities",
      status ? el("p", { class: "note" }, status) : null,
      shown.length
        ? el(
            "ul",
            { class: "entities" },
            shown.map((one) => card(one, alert)),
          )
        : el("p", { class: "quiet-text" }, "The alert names none."),
      leftOut ? el("p", { class: "quiet-text" }, `${leftOut} more are not in the row.`) : null,
    );
  }

  Report.entities = { draw };
})();
