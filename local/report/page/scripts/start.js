// Begins: shows what the address asks for, and again whenever it changes.
"use strict";
(() => {
  const { rows, filters, text } = Report;
  const { el } = Report.dom;
  const main = document.getElementById("main");
  let drawn = "";
  let turn = 0;

  function here() {
    const [path, query = ""] = location.hash.replace(/^#/, "").split("?", 2);
    const named = /^\/alert\/(.+)$/.exec(path);
    return { alert: named ? (rows.byRoute.get(decoded(named[1])) ?? null) : undefined, query };
  }

  function decoded(part) {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  }

  async function show() {
    const mine = (turn += 1);
    const { alert, query } = here();
    if (alert === undefined) return overview(query);
    const page = alert === null ? missing() : await Report.alert.draw(alert);
    if (mine !== turn) return; // another page was asked for meanwhile
    drawn = "alert";
    document.title = alert ? `${alert.title}: alert` : "No such alert";
    main.replaceChildren(page);
    scrollTo(0, 0);
    main.querySelector("h1").focus({ preventScroll: true });
  }

  const missing = () =>
    el(
      "div",
      null,
      el("h1", { tabindex: -1 }, "No such alert"),
      el("p", null, Report.dom.inside("/", null, "All alerts of this report")),
    );

  /** The figures stay while the list is narrowed; a link to a choice leads to the list. */
  function overview(query) {
    const list = Report.alertList.draw(filters.read(query), go);
    document.title = `Alerts: ${rows.source}`;
    if (drawn === "overview") document.getElementById("alerts").replaceWith(list);
    else main.replaceChildren(Report.figures.draw(), list);
    const wasDrawn = drawn;
    drawn = "overview";
    if (query) {
      list.scrollIntoView();
      list.querySelector("h2").focus({ preventScroll: true });
    } else if (wasDrawn) {
      scrollTo(0, 0);
      main.focus({ preventScroll: true });
    }
  }

  /** Narrows or sorts the list from within it: the field that did it keeps the focus. */
  function go(route, name) {
    history.replaceState(null, "", `#${route}`);
    document
      .getElementById("alerts")
      .replaceWith(Report.alertList.draw(filters.read(route.split("?", 2)[1] ?? ""), go));
    const field = document.getElementById(`filter-${name}`) ?? document.getElementById(name);
    field?.focus({ preventScroll: true });
    if (field?.type === "search") field.setSelectionRange(field.value.length, field.value.length);
  }

  function theme() {
    const button = document.getElementById("theme");
    const root = document.documentElement;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
    const label = () => (button.textContent = isDark() ? "Light" : "Dark");
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      label();
    });
    dark.addEventListener("change", label);
    label();
  }

  // Paper has nothing to click: what is folded is opened for it, and folded again afterwards.
  function printing() {
    const opened = [];
    addEventListener("beforeprint", () => {
      for (const tree of document.querySelectorAll(".tree")) tree.prepareForPrint();
      for (const one of document.querySelectorAll("details[data-print]:not([open])")) {
        one.open = true;
        opened.push(one);
      }
    });
    addEventListener("afterprint", () => {
      while (opened.length) opened.pop().open = false;
    });
  }

  document.getElementById("foot").textContent =
    `Made ${text.moment(text.millis(rows.made))} UTC from ${text.shown(rows.source)}. All times are UTC.`;
  theme();
  printing();
  addEventListener("hashchange", show);
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  if (!location.hash && rows.openAt)
    history.replaceState(null, "", `#/alert/${encodeURIComponent(rows.openAt)}`);
  show();
})();
