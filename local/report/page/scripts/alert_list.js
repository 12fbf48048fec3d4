// The list of alerts: search, filters, sorting by a column, and as many rows as a reader asks for.
"use strict";
(() => {
  const { words, text, filters, rows } = Report;
  const { el, inside, say } = Report.dom;
  const atFirst = 100;

  /** The section; `go(route)` changes the address without leaving the list. */
  function draw(wanted, go) {
    const found = filters.apply(rows.alerts, wanted);
    const body = el("tbody");
    const more = el("p", { class: "more" });
    reveal(body, more, found, atFirst);
    const title = el("h2", { id: "alerts-title", tabindex: -1 }, "Alerts");
    const count = filters.isNarrowed(wanted)
      ? `${found.length.toLocaleString("en")} of ${words.plural(rows.alerts.length, "alert")}`
      : words.plural(found.length, "alert");
    say(count);
    return el(
      "section",
      { id: "alerts", class: "panel", "aria-labelledby": "alerts-title" },
      el("div", { class: "row-of" }, title, el("span", { class: "count", id: "alerts-count" }, count)),
      form(wanted, go),
      chips(wanted),
      found.length
        ? table(wanted, body, go)
        : el("p", { class: "empty" }, "No alert fits. ", inside("/?sort=created", null, "Show all")),
      more,
    );
  }

  function reveal(body, more, found, most) {
    body.replaceChildren(...found.slice(0, most).map(line));
    more.replaceChildren();
    if (found.length > most) {
      const rest = found.length - most;
      more.append(
        el(
          "button",
          { type: "button", click: () => reveal(body, more, found, Infinity) },
          `Show ${rest.toLocaleString("en")} more`,
        ),
      );
    }
  }

  function form(wanted, go) {
    const set = (name, value) => go(filters.route({ ...wanted, [name]: value }), name);
    let waiting = 0;
    const search = el("input", {
      type: "search",
      id: "filter-search",
      value: wanted.search,
      placeholder: "title, device, user, hash, address …",
      input: (event) => {
        clearTimeout(waiting);
        waiting = setTimeout(() => set("search", event.target.value.trim()), 200);
      },
    });
    return el(
      "form",
      { class: "filters", role: "search", submit: (event) => event.preventDefault() },
      el("label", { class: "field wide" }, "Search", search),
      [...filters.fields].map(([name, field]) => select(name, field, wanted[name], set)),
    );
  }

  /** One filter: the values that occur, with how often. */
  function select(name, field, chosen, set) {
    const options = rows.counts(rows.alerts, field.values, field.order).map(([value, count]) => {
      const label = `${words.named(text.cut(value, 60))} (${count})`;
      return el("option", { value, selected: chosen === value }, label);
    });
    const change = (event) => set(name, event.target.value);
    const any = el("option", { value: "" }, "any");
    return el(
      "label",
      { class: "field" },
      field.label,
      el("select", { id: `filter-${name}`, change }, any, options),
    );
  }

  /** What narrows the list, each with a way to take it off. */
  function chips(wanted) {
    if (!filters.isNarrowed(wanted)) return null;
    const one = (label, without) =>
      el(
        "li",
        null,
        inside(
          filters.route({ ...wanted, ...without }),
          { class: "chip" },
          label,
          el("span", { "aria-hidden": "true" }, " ×"),
          el("span", { class: "unseen" }, " (remove)"),
        ),
      );
    const set = [...filters.fields]
      .filter(([name]) => wanted[name])
      .map(([name, field]) => one(`${field.label}: ${words.named(wanted[name])}`, { [name]: "" }));
    if (wanted.search) set.unshift(one(`Search: ${wanted.search}`, { search: "" }));
    if (wanted.from || wanted.to) {
      set.push(
        one(`Created: ${text.moment(wanted.from)} to ${text.moment(wanted.to)}`, { from: null, to: null }),
      );
    }
    return el(
      "ul",
      { class: "chips", "aria-label": "The list is narrowed by" },
      set,
      el("li", null, inside("/?sort=created", { class: "chip plain" }, "Clear all")),
    );
  }

  function table(wanted, body, go) {
    const heads = [...filters.sorts].map(([name, { label, first }]) => {
      const isSorted = wanted.sort === name;
      const order = isSorted ? (wanted.order === "up" ? "down" : "up") : first;
      const sign = isSorted ? (wanted.order === "up" ? " ▲" : " ▼") : "";
      return el(
        "th",
        { scope: "col", "aria-sort": isSorted ? (wanted.order === "up" ? "ascending" : "descending") : null },
        el(
          "button",
          {
            type: "button",
            id: `sort-${name}`,
            click: () => go(filters.route({ ...wanted, sort: name, order }), `sort-${name}`),
          },
          label,
          el("span", { "aria-hidden": "true" }, sign),
        ),
      );
    });
    return el(
      "table",
      { class: "alerts" },
      el("caption", { class: "unseen" }, "Alerts; the column headings sort"),
      el("thead", null, el("tr", null, heads)),
      body,
    );
  }

  function line(alert) {
    const { row } = alert;
    const severity = words.severities.indexOf(alert.severity);
    const tie = alert.tie === "Not tied" ? "Not tied" : `${alert.tie} ${alert.confidence}`;
    return el(
      "tr",
      null,
      el("td", { "data-label": "Created", class: "number" }, text.moment(alert.created)),
      el(
        "td",
        { "data-label": "Severity" },
        el("span", { class: `badge severity-${severity}` }, row.EventSeverity || "Unknown"),
      ),
      el(
        "td",
        { "data-label": "Alert", class: "title" },
        inside(`/alert/${encodeURIComponent(alert.route)}`, null, text.cut(alert.title, 200)),
      ),
      el("td", { "data-label": "Device" }, alert.device.split(".")[0]),
      el(
        "td",
        { "data-label": "Validation" },
        el("span", { class: `dot validation-${words.validations.indexOf(alert.validation)}` }),
        words.named(alert.validation),
      ),
      el(
        "td",
        {
          "data-label": "Tie",
          title: words.reasonWords.get(row.CorrelationReason) ?? words.confidence(alert.confidence),
        },
        tie,
      ),
      el(
        "td",
        { "data-label": "Events", class: "number" },
        `${alert.events.toLocaleString("en")}${row.EventsTruncated ? "+" : ""}`,
      ),
    );
  }

  Report.alertList = { draw };
})();
