// Alerts over time, stacked by severity, validation or tie. Every bar leads to its alerts, and so does a table.
"use strict";
(() => {
  const { words, text, filters } = Report;
  const { el, svg, insideSvg, inside } = Report.dom;

  const second = 1_000;
  const minute = 60 * second;
  const day = 1_440 * minute;
  const steps = [
    second,
    2 * second,
    5 * second,
    15 * second,
    30 * second,
    ...[1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((n) => n * minute),
    ...[1, 2, 7, 14, 28, 91, 365].map((n) => n * day),
  ];
  const mostBars = 48;
  const size = { height: 240, left: 40, bottom: 26, top: 10 };
  const widest = 1_160;

  const ways = [
    ["severity", "Severity", words.severities, (alert) => alert.severity],
    ["validation", "Validation", words.validations, (alert) => alert.validation],
    ["tie", "Tie", words.ties, (alert) => alert.tie],
  ];

  /** Alerts put into spans of equal length, oldest first, as { start, end, alerts }. A few that are much older
      than all others would press those into one bar: `earlier` counts them, and they are not drawn. */
  function spans(alerts) {
    const times = alerts
      .map((alert) => alert.created)
      .filter((time) => time !== null)
      .toSorted((a, b) => a - b);
    if (!times.length) return { made: [], earlier: 0 };
    const last = times[times.length - 1];
    const isFar = (count) => times[count - 1] < times[count] && last - times[0] > 8 * (last - times[count]);
    let earlier = 0;
    for (let count = 1; !earlier && count <= times.length / 10; count += 1) if (isFar(count)) earlier = count;
    const first = times[earlier];
    const step = steps.find((one) => (last - first) / one < mostBars) ?? steps[steps.length - 1];
    const start = Math.floor(first / step) * step;
    const made = [];
    for (let at = start; at <= last; at += step) made.push({ start: at, end: at + step, alerts: [] });
    for (const alert of alerts) {
      if (alert.created !== null && alert.created >= first)
        made[Math.floor((alert.created - start) / step)].alerts.push(alert);
    }
    return { made, earlier };
  }

  /** A step of 1, 2 or 5 times a power of ten, at most four of which reach the top. */
  function niceStep(top) {
    let step = 1;
    for (let turn = 0; top / step > 4; turn += 1) step *= turn % 3 === 1 ? 2.5 : 2;
    return step;
  }

  function chart(made, [name, title, order, valueOf]) {
    const most = Math.max(...made.map((one) => one.alerts.length));
    const step = niceStep(most);
    const top = Math.ceil(most / step) * step;
    const height = size.height - size.bottom - size.top;
    const y = (count) => size.top + height - (count / top) * height;
    // As wide as the screen, so that its text keeps its size.
    const width = Math.min(widest, document.documentElement.clientWidth - 46);
    const slot = Math.min((width - size.left) / made.length, 120);
    const drawing = svg("svg", {
      viewBox: `0 0 ${width} ${size.height}`,
      class: "chart",
      "aria-hidden": "true",
    });
    for (let count = 0; count <= top; count += step) {
      drawing.append(
        svg("line", { class: "grid", x1: size.left, x2: width, y1: y(count), y2: y(count) }),
        svg("text", { class: "tick", x: size.left - 6, y: y(count) + 4, "text-anchor": "end" }, count),
      );
    }
    const every = Math.ceil(90 / slot);
    made.forEach((one, index) => {
      const x = size.left + index * slot;
      drawing.append(...bar(one, x + slot * 0.1, slot * 0.8, y, name, order, valueOf));
      if (index % every === 0) {
        drawing.append(svg("text", { class: "tick", x, y: size.height - 8 }, label(one, made)));
      }
    });
    return el(
      "div",
      { class: "chart-box" },
      el(
        "p",
        { class: "unseen" },
        `A chart of alerts over time by ${title}; the table below holds the same.`,
      ),
      drawing,
    );
  }

  function bar(one, x, width, y, name, order, valueOf) {
    let below = 0;
    return Report.rows
      .counts(one.alerts, (alert) => [valueOf(alert)], order)
      .map(([value, count]) => {
        const from = below;
        below += count;
        const start = `${text.moment(one.start)} ${text.zoneName()}`;
        const tip = `${words.plural(count, "alert")}, ${words.named(value)}, ${start}`;
        return insideSvg(
          target(one, name, value),
          null,
          svg(
            "rect",
            {
              class: `tone ${name}-${order.indexOf(value)}`,
              x,
              width,
              y: y(below),
              height: Math.max(y(from) - y(below), 1),
            },
            svg("title", null, tip),
          ),
        );
      });
  }

  const target = (one, name, value) => filters.route({ [name]: value, from: one.start, to: one.end });

  function label(one, made) {
    const step = one.end - one.start;
    if (step >= day) return text.day(one.start).slice(5);
    const days = made[made.length - 1].start - made[0].start >= day;
    const clock = text.clock(one.start).slice(0, step < minute ? 8 : 5);
    return days ? `${text.day(one.start).slice(5)} ${clock}` : clock;
  }

  function table(made, [name, title, order, valueOf]) {
    const present = order.filter((value) =>
      made.some((one) => one.alerts.some((alert) => valueOf(alert) === value)),
    );
    const rows = made
      .filter((one) => one.alerts.length)
      .map((one) => {
        const found = new Map(Report.rows.counts(one.alerts, (alert) => [valueOf(alert)]));
        return el(
          "tr",
          null,
          el("th", { scope: "row" }, text.moment(one.start)),
          present.map((value) =>
            el("td", null, found.has(value) ? inside(target(one, name, value), null, found.get(value)) : "0"),
          ),
        );
      });
    return el(
      "div",
      { class: "scroll" },
      el(
        "table",
        { class: "small" },
        el("caption", null, `Alerts by ${title.toLowerCase()}`),
        el(
          "thead",
          null,
          el(
            "tr",
            null,
            el("th", { scope: "col" }, `From (${text.zoneName()})`),
            present.map((value) => el("th", { scope: "col" }, words.named(value))),
          ),
        ),
        el("tbody", null, rows),
      ),
    );
  }

  function legend(alerts, [name, , order, valueOf]) {
    return el(
      "ul",
      { class: "legend" },
      Report.rows
        .counts(alerts, (alert) => [valueOf(alert)], order)
        .map(([value, count]) =>
          el(
            "li",
            null,
            inside(
              filters.route({ [name]: value }),
              null,
              el("span", { class: `swatch ${name}-${order.indexOf(value)}` }),
              `${words.named(value)} `,
              el("b", null, count.toLocaleString("en")),
            ),
          ),
        ),
    );
  }

  /** The section: what to stack by, the legend with its figures, the chart, and the same as a table. */
  function draw(alerts) {
    const { made, earlier } = spans(alerts);
    const body = el("div");
    const note = earlier
      ? el(
          "p",
          { class: "quiet-text" },
          inside(
            filters.route({ from: 1, to: made[0].start }),
            null,
            `${words.plural(earlier, "alert")} before ${text.moment(made[0].start)}`,
          ),
          " not drawn",
        )
      : "";
    const show = (way) => {
      body.replaceChildren(
        legend(alerts, way),
        made.length ? chart(made, way) : "",
        note,
        Report.dom.onDemand({ class: "as-table" }, "The same as a table", () => table(made, way)),
      );
    };
    const choices = ways.map((way, index) =>
      el(
        "label",
        null,
        el("input", { type: "radio", name: "over-time", checked: index === 0, change: () => show(way) }),
        way[1],
      ),
    );
    show(ways[0]);
    return Report.dom.section(
      "over-time",
      "Alerts over time",
      el("fieldset", { class: "choices" }, el("legend", { class: "unseen" }, "Stacked by"), choices),
      body,
    );
  }

  Report.overTime = { draw, spans };
})();
