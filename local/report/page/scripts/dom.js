// The only place where elements are made. Text goes in as text; nothing here can run or fetch.
"use strict";
(() => {
  const { shown } = Report.text;
  const svgSpace = "http://www.w3.org/2000/svg";
  const refused = /^(on|href$|src|style$|action$|formaction$|xlink)/i;

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (value === null || value === undefined || value === false) continue;
      if (typeof value === "function") node.addEventListener(name, value);
      else if (refused.test(name)) throw new Error(`attribute ${name} is refused`);
      else node.setAttribute(name, value === true ? "" : shown(value));
    }
    add(node, children);
    return node;
  }

  function add(node, children) {
    for (const child of children.flat(Infinity)) {
      if (child === null || child === undefined || child === false) continue;
      node.append(child instanceof Node ? child : document.createTextNode(shown(child)));
    }
  }

  /** An HTML element. Attributes that are functions are listeners; children are nodes or text. */
  const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
  /** The same in SVG. */
  const svg = (tag, attributes, ...children) =>
    fill(document.createElementNS(svgSpace, tag), attributes, children);

  /** Text as a part of an address. Half of a pair, as a broken key may hold it, has no form there. */
  const encoded = (part) => encodeURIComponent(String(part).toWellFormed());

  /** A link to a place of this page. */
  function inside(route, attributes, ...children) {
    const node = el("a", attributes, ...children);
    node.setAttribute("href", `#${route}`);
    return node;
  }

  /** The same in SVG; the keyboard passes it over, since a table holds the same links. */
  function insideSvg(route, attributes, ...children) {
    const node = svg("a", { ...attributes, tabindex: -1 }, ...children);
    node.setAttribute("href", `#${route}`);
    return node;
  }

  /** A link to another site, only ever by https; null where the address is anything else. */
  function outside(address, label, attributes) {
    let url;
    try {
      url = new URL(String(address ?? ""));
    } catch {
      return null;
    }
    if (url.protocol !== "https:") return null;
    const node = el("a", {
      class: "out",
      target: "_blank",
      rel: "noopener noreferrer",
      title: url.host,
      ...attributes,
    });
    node.append(shown(label), el("span", { class: "unseen" }, ` (opens ${url.host})`));
    node.setAttribute("href", url.href);
    return node;
  }

  /** A width or height in percent, which a stylesheet cannot know. */
  function sized(node, property, percent) {
    node.style.setProperty(property, `${percent}%`);
    return node;
  }

  /** Tells a screen reader what has happened. */
  function say(text) {
    document.getElementById("said").textContent = shown(text);
  }

  /** A button that copies text, exactly as the row has it. */
  function copyButton(label, text) {
    const button = el(
      "button",
      { type: "button", class: "copy", click: () => copy(button, label, text) },
      label,
    );
    return button;
  }

  async function copy(button, label, text) {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      done = copyBySelection(text);
    }
    button.textContent = done ? "Copied" : "Select and copy by hand";
    say(done ? "Copied" : "Copying was refused");
    setTimeout(() => (button.textContent = label), 2_000);
  }

  // A page opened from a file has no clipboard of its own in some browsers.
  function copyBySelection(text) {
    const area = el("textarea", { class: "unseen", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }

  /** Saves text as a file of that name. */
  function save(name, type, content) {
    const address = URL.createObjectURL(new Blob([content], { type }));
    const link = el("a", { download: name.replace(/[^\w.-]+/g, "_") });
    link.setAttribute("href", address);
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }

  /** A section with its heading, found by that heading. */
  function section(id, title, ...children) {
    return el(
      "section",
      { id, "aria-labelledby": `${id}-title`, class: "panel" },
      el("h2", { id: `${id}-title` }, title),
      ...children,
    );
  }

  /** Details that make their content when they are first opened, or printed. */
  function onDemand(attributes, label, make) {
    const node = el("details", attributes, el("summary", null, label));
    const open = () => {
      if (node.open && node.childElementCount === 1) add(node, [make()]);
    };
    node.addEventListener("toggle", open);
    node.prepareForPrint = () => {
      node.open = true;
      open();
    };
    return node;
  }

  Report.dom = {
    el,
    svg,
    add,
    encoded,
    inside,
    insideSvg,
    outside,
    sized,
    say,
    copyButton,
    save,
    section,
    onDemand,
  };
})();
