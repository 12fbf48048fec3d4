// The list of what to look at: search, filters, what narrows it, and its two shapes, incidents and a table.
"use strict";
(() => {
  const { words, text, filters, rows, search } = Report;
  const { el, inside, say } = Report.dom;

  /** The section. What is typed or chosen in it changes the address, and the list below stays in place. */
  function draw(wanted) {
    const state = { wanted, more: 0 };
    const results = el("div", { class: "results" });
    const count = el("span", { class: "count", id: "alerts-count" });
    const made = el(
      "section",
      { id: "alerts", class: "panel list", "aria-labelledby": "alerts-title" },
      form(state, (name, value) => set(name, value)),
      results,
    );
    const refresh = () => {
      const { found, matches } = filters.apply(rows.alerts, state.wanted);
      count.textContent = counted(found, state.wanted);
      results.replaceChildren(
        el("div", { class: "row-of wrap list-head" }, heading(), count, views(state.wanted), saving(found)),
        chips(state.wanted) ?? "",
        found.length ? shape(state.wanted, found, matches, set) : nothing(state.wanted),
      );
      say(count.textContent);
    };
    function set(name, value, more = {}) {
      state.wanted = { ...state.wanted, ...more, [name]: value };
      history.replaceState(null, "", `#${filters.route(state.wanted)}`);
      refresh();
      if (name === "sort") document.getElementById(`sort-${value}`)?.focus({ preventScroll: true });
      deeper();
    }
    /** Where something is searched for, events are read for it, and the list is drawn again as they are. */
    function deeper() {
      if (!state.wanted.search) return;
      search.start(() => made.isConnected && state.wanted.search && refresh());
    }
    refresh();
    queueMicrotask(deeper);
    return made;
  }

  const heading = () => el("h2", { id: "alerts-title", tabindex: -1 }, "What to look at");

  function counted(found, wanted) {
    const incidents = new Set(found.map((alert) => alert.of ?? alert)).size;
    const all = rows.alerts.length;
    const alerts = filters.isNarrowed(wanted)
      ? `${found.length.toLocaleString("en")} of ${words.plural(all, "alert")}`
      : words.plural(all, "alert");
    const said = `${alerts} in ${words.plural(incidents, "incident")}`;
    const { read } = search.progress();
    return wanted.search && read < all
      ? `${said}; reading events: ${read.toLocaleString("en")} of ${all.toLocaleString("en")}`
      : said;
  }

  const shape = (wanted, found, matches, set) =>
    wanted.view === "alerts"
      ? Report.alertTable.draw(wanted, found, matches, set)
      : Report.incidentList.draw(found, matches, wanted);

  function views(wanted) {
    const one = (view, label) =>
      inside(
        filters.route({ ...wanted, view }),
        { class: "tab", "aria-current": wanted.view === view ? "true" : null },
        label,
      );
    return el(
      "nav",
      { class: "tabs no-print", "aria-label": "Shape of the list" },
      one("incidents", "By incident"),
      one("alerts", "As a table"),
    );
  }

  /** One alert as a line of a file. */
  const told = (alert) => ({
    ...(rows.areMany ? { Tenant: alert.tenant } : {}),
    Priority: alert.priority || "",
    Incident: alert.incident,
    Alert: alert.title,
    Severity: alert.row.EventSeverity ?? "",
    Validation: alert.validation,
    Reason: alert.reason,
    Device: alert.device,
    User: alert.user,
    State: alert.status,
    Techniques: alert.techniques,
    Created: alert.row.CreatedTime ?? "",
    Events: alert.events,
    AlertId: alert.row.AlertId ?? alert.row.RowKey,
  });

  const saving = (found) =>
    el(
      "span",
      { class: "saving no-print" },
      "Save the list: ",
      Report.download.buttons("alerts", () => found.map(told)),
    );

  function form(state, set) {
    let waiting = 0;
    const field = el("input", {
      type: "search",
      id: "filter-search",
      value: state.wanted.search,
      placeholder: 'any value of a row or its events; "in quotes" as one',
      input: (event) => {
        clearTimeout(waiting);
        const typed = event.target.value.trim();
        // By then another page may be shown, which the list must leave alone.
        waiting = setTimeout(() => field.isConnected && set("search", typed), 200);
      },
    });
    // Where there is room, the filters stand open; on a phone they would push the list off the screen.
    const choices = [...filters.fields].filter(([, one]) => !one.isLink);
    const isOpen =
      matchMedia("(min-width: 981px)").matches || choices.some(([name]) => state.wanted[name]);
    return el(
      "form",
      { role: "search", submit: (event) => event.preventDefault() },
      el("label", { class: "field search" }, el("span", null, "Search"), field),
      el(
        "details",
        { class: "narrow", open: isOpen },
        el("summary", null, "Filters"),
        el(
          "div",
          { class: "filters" },
          choices.map(([name, one]) => select(name, one, state.wanted[name], set)),
        ),
      ),
    );
  }

  /** One filter: the values that occur, with how often. */
  function select(name, field, chosen, set) {
    const counts = rows.counts(rows.alerts, field.values, field.order);
    const sorted = name === "priority" ? counts.toSorted(([a], [b]) => (a < b ? -1 : 1)) : counts;
    const options = sorted.map(([value, count]) => {
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
      el("li", null, inside("/?sort=gravity", { class: "chip plain" }, "Clear all")),
    );
  }

  function nothing(wanted) {
    const { read, all } = search.progress();
    const isReading = wanted.search && read < all;
    return el(
      "p",
      { class: "empty" },
      isReading ? "Nothing found so far; events are still being read. " : "No alert fits. ",
      inside("/?sort=gravity", null, "Show all"),
    );
  }

  Report.list = { draw };
})();
