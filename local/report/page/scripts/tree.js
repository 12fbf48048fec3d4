// The process tree, drawn as nested lists with connecting lines. Where children are many, they are folded.
"use strict";
(() => {
  const { text, rows } = Report;
  const { el, section } = Report.dom;
  const many = 6;
  const kept = 4;

  /** Nodes { entry, children, matters } from the column's flat list, and how many it left out. */
  function nodesOf(json) {
    const listed = text.parsed(json, []);
    const isObject = (one) => one && typeof one === "object";
    const flat = Array.isArray(listed) ? listed.filter(isObject).flatMap(ofDevice) : [];
    const entries = flat.filter(isObject);
    const nodes = new Map();
    for (const entry of entries)
      if (entry.id) nodes.set(entry.id, { entry, children: [], parent: null, matters: false });
    for (const node of nodes.values()) {
      const parent = nodes.get(node.entry.parent);
      if (parent && !isAbove(node, parent)) {
        node.parent = parent;
        parent.children.push(node);
      }
    }
    for (const node of nodes.values()) {
      for (let one = node.entry.alert ? node : null; one && !one.matters; one = one.parent)
        one.matters = true;
    }
    const leftOut = entries.reduce((sum, entry) => sum + (Number(entry.left_out) || 0), 0);
    return { roots: [...nodes.values()].filter((node) => !node.parent), size: nodes.size, leftOut };
  }

  /** An incident's forest is a list of devices with their processes, an alert's tree of processes alone. */
  const ofDevice = (one) =>
    Array.isArray(one.processes) ? one.processes.map((each) => ({ ...each, device: one.device })) : [one];

  // A list that names a process as its own ancestor would never end.
  function isAbove(node, below) {
    for (let one = below; one; one = one.parent) if (one === node) return true;
    return false;
  }

  /** The few of many to show at once: the ways to the alert's processes, these processes, then the first. */
  function worthShowing(nodes) {
    const ways = nodes.filter((node) => node.matters && node.children.length);
    const marked = nodes.filter((node) => node.matters && !node.children.length);
    return [
      ...ways,
      ...[...marked, ...nodes.filter((node) => !node.matters)].slice(0, Math.max(kept - ways.length, 0)),
    ];
  }

  function branch(nodes, view) {
    const list = el("ul");
    const first = new Set(nodes.length > many ? worthShowing(nodes) : nodes);
    list.append(...nodes.filter((node) => first.has(node)).map((node) => item(node, view)));
    const rest = nodes.filter((node) => !first.has(node));
    if (rest.length) {
      const unfold = () => {
        view.folds.delete(unfold);
        const made = rest.map((node) => item(node, view));
        more.replaceWith(...made);
        return made[0];
      };
      const label = `Show ${rest.length} more ${rest.length === 1 ? "process" : "processes"}`;
      const more = el(
        "li",
        { class: "folded" },
        el(
          "button",
          { type: "button", click: () => unfold().querySelector("button, summary")?.focus() },
          label,
        ),
      );
      view.folds.add(unfold);
      list.append(more);
    }
    return list;
  }

  function item(node, view) {
    const { entry, children } = node;
    const line = el("div", { class: "branch" });
    const made = el("li", children.length ? null : { class: "leaf" }, line);
    if (children.length) {
      const below = branch(children, view);
      const toggle = el("button", {
        type: "button",
        class: "toggle",
        "aria-expanded": "true",
        "aria-label": `What ${entry.name || "this process"} (pid ${entry.pid}) started`,
        click: () => fold(toggle, below),
      });
      line.append(toggle);
      made.append(below);
    }
    const card = Report.treeNode.card(node, {
      did: view.did.get(rows.processKey(entry.pid, entry.created)),
      pick: (kind) => view.pick(entry, kind),
      seen: view.seen.byProcess.get(entry.id) ?? [],
      base: view.base,
    });
    view.cards.set(entry.id, card);
    line.append(card);
    if (entry.children_left_out)
      made.append(
        el("p", { class: "quiet-text" }, `${entry.children_left_out} more of its children are not shown`),
      );
    return made;
  }

  function fold(toggle, below, open = toggle.getAttribute("aria-expanded") !== "true") {
    toggle.setAttribute("aria-expanded", String(open));
    below.hidden = !open;
  }

  /** How many events of each kind each process did. */
  function deeds(events) {
    const did = new Map();
    for (const { owner, kind, row } of events) {
      if (!owner || (kind === "process" && row.SourceTable === "DeviceProcessEvents")) continue;
      if (!did.has(owner)) did.set(owner, new Map());
      const mine = did.get(owner);
      mine.set(kind, (mine.get(kind) ?? 0) + 1);
    }
    return did;
  }

  /** The section, and `show(id)` to lead to one process of it. `pick(process, kind)` is called to show a
      process's events; `seen` is what rules saw, `base` the page's route. */
  function draw(json, events, { pick, seen, base }) {
    const { roots, size, leftOut } = nodesOf(json || "[]");
    if (!size) {
      const none = el("p", { class: "quiet-text" }, "No process is known here.");
      return { section: section("tree", "Process tree", none), show: () => false };
    }
    const view = { did: deeds(events), pick, seen, base, folds: new Set(), cards: new Map() };
    const tree = el("div", { class: "tree" }, branches(roots, view));
    const all = (open) => {
      for (const toggle of tree.querySelectorAll(".toggle"))
        fold(toggle, toggle.closest("li").querySelector(":scope > ul"), open);
    };
    const unfoldAll = () => {
      // Unfolding may bring further folds with it.
      while (view.folds.size) {
        for (const unfold of view.folds) unfold();
      }
      all(true);
    };
    tree.prepareForPrint = unfoldAll;
    const count = `${size} ${size === 1 ? "process" : "processes"}${leftOut ? `, ${leftOut} left out` : ""}`;
    const made = section(
      "tree",
      "Process tree",
      bar(count, size > 1, unfoldAll, all),
      el("div", { class: "scroll" }, tree),
    );
    return { section: made, show: (id) => show(view, unfoldAll, id) };
  }

  /** Where processes are of several devices, each device's stand below its name. */
  function branches(roots, view) {
    const devices = new Map();
    for (const node of roots) {
      const name = node.entry.device || "";
      if (devices.has(name)) devices.get(name).push(node);
      else devices.set(name, [node]);
    }
    if (devices.size < 2) return branch(roots, view);
    return [...devices].map(([name, own]) => [
      el("h3", { class: "device" }, name || "Device unknown"),
      branch(own, view),
    ]);
  }

  function show(view, unfoldAll, id) {
    if (!view.cards.has(id)) unfoldAll();
    const card = view.cards.get(id);
    if (!card) return false;
    for (let one = card.closest("ul"); one; one = one.parentElement.closest("ul")) {
      const toggle = one.parentElement.querySelector(":scope > .branch > .toggle");
      if (toggle) fold(toggle, one, true);
    }
    for (const other of view.cards.values()) other.classList.toggle("chosen", other === card);
    card.scrollIntoView({ block: "center" });
    card.focus({ preventScroll: true });
    return true;
  }

  function bar(count, isTree, unfoldAll, all) {
    const button = (label, click) => el("button", { type: "button", class: "quiet", click }, label);
    return el(
      "div",
      { class: "row-of" },
      el("span", { class: "quiet-text" }, count),
      isTree ? [button("Open all", unfoldAll), button("Close all", () => all(false))] : null,
    );
  }

  Report.tree = { draw };
})();
