// What to look for elsewhere: each value to copy, plain or so that nothing makes a link of it.
"use strict";
(() => {
  const { words, text, rows } = Report;
  const { el, inside, section, copyButton } = Report.dom;
  const kindNames = new Map([
    ["ipv4", "Address"],
    ["ipv6", "Address"],
    ["domain", "Host"],
    ["url", "URL"],
    ["file", "File"],
  ]);

  /** The value written so that no program takes it for a link: hxxp, [.] and [:]. A hash stays as it is. */
  function defanged({ kind, value }) {
    if (kind === "file") return value;
    if (kind === "ipv6") return value.replaceAll(":", "[:]");
    const [, scheme = "", rest] = /^([a-z][a-z0-9+.-]*:\/\/)?(.*)$/is.exec(value);
    const [host, ...path] = rest.split("/");
    const quiet = [host.replaceAll(".", "[.]"), ...path].join("/");
    return `${scheme.replace(/^h?tt/i, "hxx").replace(":", "[:]")}${quiet}`;
  }

  const lines = (list, write) => `${list.map(write).join("\n")}\n`;

  function line(one, isQuiet) {
    const value = isQuiet ? defanged(one) : one.value;
    return el(
      "tr",
      null,
      el("td", { "data-label": "Kind" }, kindNames.get(one.kind) ?? one.kind),
      el(
        "td",
        { "data-label": "Value", class: "target" },
        el("code", null, text.cut(value, 300)),
        one.also ? el("div", { class: "quiet-text" }, `SHA-1 ${one.also}`) : null,
      ),
      el("td", { "data-label": "Of" }, one.name, one.name ? ", " : "", one.origin, others(one)),
      el(
        "td",
        { class: "no-print copies" },
        copyButton("Copy", one.value),
        one.kind === "file" ? null : copyButton("Copy defanged", defanged(one)),
      ),
    );
  }

  /** The way to the other alerts that hold the value. */
  function others(one) {
    if (rows.alerts.length < 2) return null;
    const route = Report.filters.route({ search: `"${one.value.replaceAll('"', "")}"` });
    return [" ", inside(route, { class: "to no-print" }, "search for it")];
  }

  /** The section; `stix` is a bundle to save, where the page holds one. */
  function draw(indicators, { name, stix }) {
    if (!indicators.length) {
      const none = "None: no address, host, URL or file here is worth looking for elsewhere.";
      return section("indicators", "Indicators", el("p", { class: "quiet-text" }, none));
    }
    const body = el("tbody");
    const fill = (isQuiet) => body.replaceChildren(...indicators.map((one) => line(one, isQuiet)));
    fill(false);
    return section(
      "indicators",
      "Indicators",
      el(
        "p",
        { class: "quiet-text" },
        `${words.plural(indicators.length, "value")} to look for elsewhere. `,
        "Files that are common and addresses of your own are left out.",
      ),
      bar(indicators, fill, name, stix),
      el(
        "table",
        { class: "indicators" },
        el("caption", { class: "unseen" }, "Indicators"),
        el(
          "thead",
          null,
          el(
            "tr",
            null,
            ["Kind", "Value", "Of"].map((head) => el("th", { scope: "col" }, head)),
            el("th", { scope: "col", class: "no-print" }, el("span", { class: "unseen" }, "Copy")),
          ),
        ),
        body,
      ),
    );
  }

  function bar(indicators, fill, name, stix) {
    const change = (event) => fill(event.target.checked);
    return el(
      "div",
      { class: "row-of wrap no-print" },
      copyButton("Copy all", lines(indicators, (one) => one.value)),
      copyButton("Copy all defanged", lines(indicators, defanged)),
      el("label", null, el("input", { type: "checkbox", change }), "Show defanged"),
      el(
        "span",
        { class: "saving" },
        "Save: ",
        Report.download.buttons(`indicators-${name}`, () => indicators),
      ),
      stix === undefined ? null : bundle(stix, name),
    );
  }

  function bundle(stix, name) {
    if (!stix)
      return el(
        "span",
        { class: "quiet-text" },
        "STIX: make a page for this incident alone (dev.py report --alert)",
      );
    const click = () => Report.dom.save(`${name}.stix.json`, "application/stix+json;version=2.1", stix);
    return el("button", { type: "button", click }, "Save as STIX 2.1");
  }

  Report.indicators = { draw, defanged };
})();
