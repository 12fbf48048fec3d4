// The picture of the timeline: a lane for each kind of event, near events drawn as one, moments marked.
"use strict";
(() => {
  const { words, text } = Report;
  const { svg } = Report.dom;
  const lane = 34;
  const left = 118;
  const axis = 26;
  const head = 34; // room for the names of two moments, one above the other

  /** The drawing of what is in view, `width` pixels wide. Leaves in `state` how times lie on it. */
  function draw(state, found, width) {
    state.width = width;
    const lanes = state.present.filter((kind) => state.kinds.has(kind));
    const height = head + Math.max(lanes.length, 1) * lane + axis;
    const { view } = state.zoom;
    const narrow = width < 560 ? 30 : left;
    const x = (time) => narrow + ((time - view.from) / (view.to - view.from)) * (width - narrow - 10);
    state.scale = { left: narrow, width: width - narrow - 10 };
    const drawing = svg("svg", {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      class: "chart",
      role: "img",
      "aria-label": `Timeline: ${words.plural(found.length, "event")} in view; the table below lists them`,
    });
    const { step, at } = Report.zoom.ticks(view, Math.max(2, Math.floor(width / 130)));
    for (const tick of at) {
      drawing.append(
        svg("line", { class: "grid", x1: x(tick), x2: x(tick), y1: head, y2: height - axis }),
        svg(
          "text",
          {
            class: "tick",
            x: x(tick),
            y: height - 8,
            "text-anchor": x(tick) > width - 40 ? "end" : "middle",
          },
          tickLabel(tick, step),
        ),
      );
    }
    for (const [index, kind] of lanes.entries()) {
      drawing.append(...laneOf(state, kind, found, head + index * lane, x, width, narrow));
    }
    drawing.append(...marks(state, x, height, narrow, width));
    return drawing;
  }

  function tickLabel(tick, step) {
    if (step >= 86_400_000) return text.day(tick).slice(5);
    if (step >= 3_600_000) return `${text.day(tick).slice(5)} ${text.clock(tick).slice(0, 5)}`;
    return step < 1_000 ? text.exactClock(tick) : text.clock(tick);
  }

  function laneOf(state, kind, found, top, x, width, narrow) {
    const middle = top + lane / 2;
    const bins = new Map();
    for (const one of found) {
      if (one.kind !== kind) continue;
      const slot = Math.round(x(one.time) / 9);
      if (bins.has(slot)) bins.get(slot).push(one);
      else bins.set(slot, [one]);
    }
    const name =
      narrow < left ? [] : [svg("text", { class: "lane", x: 0, y: middle + 4 }, words.kindNames.get(kind))];
    return [
      svg("line", { class: "grid", x1: narrow, x2: width, y1: top + lane, y2: top + lane }),
      ...name,
      ...[...bins.values()].map((bin) => dot(state, kind, bin, middle, x)),
    ];
  }

  function dot(state, kind, bin, middle, x) {
    const from = bin[0].time;
    const to = bin.reduce((last, one) => Math.max(last, one.time), from);
    const tip =
      bin.length === 1
        ? `${text.exactClock(from)} ${bin[0].action} ${text.cut(bin[0].row.Target ?? "", 120)}`
        : `${words.counted(kind, bin.length)}, ${text.exactClock(from)} to ${text.exactClock(to)}`;
    const closer = () =>
      state.zoom.show(from - Math.max(to - from, 20) * 0.6, to + Math.max(to - from, 20) * 0.6);
    return svg(
      "circle",
      {
        class: `dot kind-${kind}`,
        cx: x((from + to) / 2),
        cy: middle,
        r: Math.min(3.5 + Math.sqrt(bin.length - 1) * 1.1, 14),
        click: bin.length > 1 ? closer : null,
      },
      svg("title", null, tip),
    );
  }

  function marks(state, x, height, narrow, width) {
    const { from, to } = state.zoom.view;
    return state.moments
      .filter(([, time]) => time >= from && time <= to)
      .flatMap(([name, time], index) => {
        const isRight = x(time) > (width + narrow) / 2;
        return [
          svg("line", { class: "moment", x1: x(time), x2: x(time), y1: 4, y2: height - axis }),
          svg(
            "text",
            {
              class: "moment-name",
              x: x(time) + (isRight ? -5 : 5),
              y: 12 + index * 14,
              "text-anchor": isRight ? "end" : "start",
            },
            name,
          ),
        ];
      });
  }

  Report.timelinePlot = { draw };
})();
