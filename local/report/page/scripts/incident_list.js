// Incidents with their alerts under them, gravest first: what an analyst reads from the top.
"use strict";
(() => {
  const { words, text, filters, rows } = Report;
  const { el, inside } = Report.dom;
  const atFirst = 60;
  const alertsAtFirst = 6;

  const alertRoute = (alert) => `/alert/${Report.dom.encoded(alert.route)}`;
  const incidentRoute = (incident) => `/incident/${Report.dom.encoded(incident.route)}`;

  /** The list of the alerts found, put together by incident in the order in which the first of each comes. */
  function draw(found, matches, wanted) {
    const groups = new Map();
    for (const alert of found) {
      const key = alert.of ?? alert;
      if (groups.has(key)) groups.get(key).push(alert);
      else groups.set(key, [alert]);
    }
    const entries = [...groups];
    // Incidents come gravest first by their own row, unless another order was asked for.
    if (wanted.sort === "gravity" && wanted.order === "up") entries.sort(byPlace);
    const list = el("ol", { class: "incidents" });
    const more = el("p", { class: "more" });
    reveal(list, more, entries, matches, atFirst);
    return el("div", null, list, more);
  }

  function byPlace([a, aAlerts], [b, bAlerts]) {
    const rank = (key, alerts) => [filters.gravity(key), -newest(alerts)];
    const [first, second] = [rank(a, aAlerts), rank(b, bAlerts)];
    return first[0] - second[0] || first[1] - second[1];
  }

  const newest = (alerts) => alerts.reduce((last, alert) => Math.max(last, alert.created ?? 0), 0);

  function reveal(list, more, entries, matches, most) {
    list.replaceChildren(...entries.slice(0, most).map(([key, alerts]) => item(key, alerts, matches)));
    more.replaceChildren();
    if (entries.length <= most) return;
    const label = `Show ${(entries.length - most).toLocaleString("en")} more`;
    const click = () => reveal(list, more, entries, matches, Infinity);
    more.append(el("button", { type: "button", click }, label));
  }

  function item(key, alerts, matches) {
    const isAlone = alerts.length === 1 && (alerts[0] === key || key.alerts.length === 1);
    const tone = key.priority ? `priority-${key.priority}` : "priority-0";
    return el(
      "li",
      { class: `incident edge ${tone}` },
      isAlone ? alone(key, alerts[0], matches) : together(key, alerts, matches),
    );
  }

  function badge(one) {
    if (!one.priority) return null;
    return el(
      "span",
      { class: `priority priority-${one.priority}`, title: words.prioritySaid(one.priority) },
      el("span", { class: "unseen" }, "Priority "),
      el("span", { "aria-hidden": "true" }, "P"),
      one.priority,
    );
  }

  const dot = (one) =>
    el(
      "span",
      { class: "said" },
      el("span", { class: `dot validation-${words.validations.indexOf(one.validation)}` }),
      words.named(one.validation),
    );

  const shortDevice = (name) => name.split(".")[0];

  /** An alert of which the incident has no other: one entry for both. */
  function alone(key, alert, matches) {
    const number = alert.incident
      ? inside(incidentRoute(alert.of), { class: "quiet-link" }, `incident ${alert.incident}`)
      : null;
    return [
      el("div", { class: "incident-line" }, badge(alert), title(alertRoute(alert), alert.title), dot(alert)),
      el("p", { class: "reason" }, alert.reason),
      meta([
        rows.whose(alert),
        shortDevice(alert.device),
        alert.user,
        alert.status,
        severity(alert.severity),
        text.moment(alert.created),
        number,
      ]),
      hits(matches.get(alert)),
    ];
  }

  function together(incident, alerts, matches) {
    const list = el("ul", { class: "of-incident" });
    reveal6(list, alerts, matches, alertsAtFirst);
    const hidden = incident.alerts.length - alerts.length;
    return [
      el(
        "div",
        { class: "incident-line" },
        badge(incident),
        title(incidentRoute(incident), incident.title),
        dot(incident),
      ),
      el("p", { class: "reason" }, incident.reason),
      meta([
        rows.whose(incident),
        several(incident.devices.map(shortDevice), "device"),
        several(incident.users, "user"),
        incident.state,
        severity(incident.severity),
        text.period(incident.first, incident.last),
        `incident ${incident.number}, ${words.plural(incident.alerts.length, "alert")}`,
      ]),
      list,
      hidden > 0
        ? el("p", { class: "quiet-text" }, `${words.plural(hidden, "other alert")} not in this list`)
        : null,
    ];
  }

  function reveal6(list, alerts, matches, most) {
    list.replaceChildren(...alerts.slice(0, most).map((alert) => line(alert, matches)));
    if (alerts.length <= most) return;
    const click = () => reveal6(list, alerts, matches, Infinity);
    const label = `Show ${(alerts.length - most).toLocaleString("en")} more of this incident`;
    list.append(el("li", { class: "more" }, el("button", { type: "button", class: "quiet", click }, label)));
  }

  function line(alert, matches) {
    return el(
      "li",
      null,
      el("div", { class: "incident-line" }, badge(alert), title(alertRoute(alert), alert.title), dot(alert)),
      el("p", { class: "reason" }, alert.reason),
      meta([shortDevice(alert.device), alert.user, alert.status, text.moment(alert.created)]),
      hits(matches.get(alert)),
    );
  }

  const title = (route, said) => inside(route, { class: "title" }, text.cut(said, 200));
  const severity = (word) => (word === "Other" ? "severity unknown" : word);

  function several(values, word) {
    if (values.length < 4) return values.join(", ");
    return `${values.slice(0, 2).join(", ")} and ${words.plural(values.length - 2, `other ${word}`)}`;
  }

  /** What is known beside the reason, as far as there is any. */
  const meta = (parts) =>
    el(
      "p",
      { class: "meta" },
      parts.filter(Boolean).map((part) => el("span", null, part)),
    );

  /** Where what was searched for stands, unless the title shows it. */
  function hits(match) {
    const told = (match ?? []).filter((one) => one.name !== "AlertName");
    if (!told.length) return null;
    return el(
      "ul",
      { class: "hits", "aria-label": "What matched" },
      told.slice(0, 4).map(({ text: said, word, name, isEvent }) => {
        const at = Math.max(said.toLowerCase().indexOf(word), 0);
        const end = at + word.length;
        return el(
          "li",
          null,
          `${isEvent ? "event, " : ""}${name}: `,
          el("code", null, said.slice(0, at), el("mark", null, said.slice(at, end)), said.slice(end)),
        );
      }),
    );
  }

  Report.incidentList = { draw, badge, dot, meta, hits, alertRoute, incidentRoute, line };
})();
