// Begins: shows what the address asks for, and again whenever it changes.
"use strict";
(() => {
  const { rows, filters, text } = Report;
  const { el } = Report.dom;
  const main = document.getElementById("main");
  let drawn = "";
  let turn = 0;

  /** What the address names: a kind of page, the thing it is about, and the rest. */
  function here() {
    const [path, query = ""] = location.hash.replace(/^#/, "").split("?", 2);
    const named = /^\/(alert|incident)\/(.+)$/.exec(path);
    if (!named) return { kind: "overview", path: "/", query };
    const byRoute = named[1] === "alert" ? rows.byRoute : rows.incidentByRoute;
    return { kind: named[1], path, query, thing: byRoute.get(decoded(named[2])) ?? null };
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
    const { kind, path, query, thing } = here();
    if (kind === "overview") return overview(query);
    if (drawn === path) {
      Report.places.lead(main.firstElementChild, query);
      return;
    }
    const page = thing ? await Report[kind].draw(thing) : missing();
    if (mine !== turn) return; // another page was asked for meanwhile
    drawn = path;
    document.title = thing ? `${thing.title}: ${kind}` : "Not in this report";
    main.replaceChildren(page);
    scrollTo(0, 0);
    if (!Report.places.lead(page, query)) main.querySelector("h1").focus({ preventScroll: true });
  }

  const missing = () =>
    el(
      "div",
      null,
      el("h1", { tabindex: -1 }, "No such alert or incident"),
      el("p", null, Report.dom.inside("/", null, "All alerts of this report")),
    );

  /** The figures stay while the list is narrowed; a link to a choice leads to the list. */
  function overview(query) {
    const list = Report.list.draw(filters.read(query));
    document.title = `Alerts: ${rows.source}`;
    const wasDrawn = drawn;
    if (drawn === "overview") document.getElementById("alerts").replaceWith(list);
    else main.replaceChildren(Report.figures.head(), list, Report.figures.draw());
    drawn = "overview";
    if (query) {
      list.scrollIntoView();
      list.querySelector("h2").focus({ preventScroll: true });
    } else if (wasDrawn) {
      scrollTo(0, 0);
      main.focus({ preventScroll: true });
    }
  }

  /** All times in UTC, or in the reader's own zone. */
  function zone() {
    const button = document.getElementById("zone");
    const label = () => {
      button.textContent = `Times: ${text.zoneName()}`;
      button.title = text.zone.isLocal ? "Show all times in UTC" : "Show all times in your own zone";
      document.getElementById("foot").textContent =
        `Made ${text.moment(text.millis(rows.made))} ${text.zoneName()} from ${text.shown(rows.source)}. ` +
        `All times are ${text.zone.isLocal ? `of ${text.zoneName()}` : "UTC"}.`;
    };
    button.addEventListener("click", () => {
      text.zone.isLocal = !text.zone.isLocal;
      label();
      drawn = "";
      show();
    });
    label();
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

  zone();
  theme();
  printing();
  addEventListener("hashchange", show);
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  if (!location.hash && rows.openAt)
    history.replaceState(null, "", `#/alert/${Report.dom.encoded(rows.openAt)}`);
  show();
})();
