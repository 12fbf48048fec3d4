// The picture of a timeline: a lane for each kind of event or device, near events drawn as one, what rules
// saw and moments marked. `state.lanes` are { key, label, tone, counted(n) }; an event has `lane`, `tip`.
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
    const lanes = state.lanes.filter(({ key }) => state.shows(key));
    const height = head + Math.max(lanes.length, 1) * lane + axis;
    const { view } = state.zoom;
    const narrow = width < 560 ? 10 : (state.left ?? left);
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
    for (const [index, one] of lanes.entries()) {
      drawing.append(...laneOf(state, one, found, head + index * lane, x, width));
    }
    drawing.append(...marks(state, x, height, narrow, width));
    return drawing;
  }

  function tickLabel(tick, step) {
    if (step >= 86_400_000) return text.day(tick).slice(5);
    if (step >= 3_600_000) return `${text.day(tick).slice(5)} ${text.clock(tick).slice(0, 5)}`;
    return step < 1_000 ? text.exactClock(tick) : text.clock(tick);
  }

  function laneOf(state, { key, label, tone, counted }, found, top, x, width) {
    const middle = top + lane / 2;
    const narrow = state.scale.left;
    const bins = new Map();
    for (const one of found) {
      if (one.lane !== key) continue;
      const slot = Math.round(x(one.time) / 9);
      if (bins.has(slot)) bins.get(slot).push(one);
      else bins.set(slot, [one]);
    }
    // Too narrow for a column of names: each stands small above its lane.
    const isAbove = narrow < 40;
    const name = svg(
      "text",
      { class: isAbove ? "lane small" : "lane", x: isAbove ? narrow : 0, y: isAbove ? top + 9 : middle + 4 },
      text.cut(label, isAbove ? 40 : Math.floor(narrow / 7)),
    );
    return [
      svg("line", { class: "grid", x1: narrow, x2: width, y1: top + lane, y2: top + lane }),
      name,
      ...[...bins.values()].map((bin) => dot(state, bin, middle + (isAbove ? 5 : 0), x, tone, counted)),
    ];
  }

  const diamond = (x, y, half) => `M${x} ${y - half}l${half} ${half}l${-half} ${half}l${-half} ${-half}Z`;

  function dot(state, bin, middle, x, tone, counted) {
    const from = bin[0].time;
    const to = bin.reduce((last, one) => Math.max(last, one.time), from);
    const seen = bin.filter((one) => one.isMarked);
    const tip =
      bin.length === 1
        ? `${text.exactClock(from)} ${bin[0].tip}`
        : [
            `${counted(bin.length)}, ${text.exactClock(from)} to ${text.exactClock(to)}`,
            ...seen.slice(0, 4).map((one) => one.tip),
          ].join("\n");
    const closer = () =>
      state.zoom.show(from - Math.max(to - from, 20) * 0.6, to + Math.max(to - from, 20) * 0.6);
    const click = bin.length > 1 ? closer : state.open ? () => state.open(bin[0]) : null;
    const shape = {
      class: `dot ${seen.length ? "marked " : ""}${seen[0]?.tone ?? bin[0].tone ?? tone}`,
      click,
    };
    const size = Math.min(3.5 + Math.sqrt(bin.length - 1) * 1.1, 14);
    const at = x((from + to) / 2);
    const half = size + 2.5;
    return seen.length
      ? svg(
          "path",
          { ...shape, d: diamond(at, middle, half) },
          svg("title", null, tip),
        )
      : svg("circle", { ...shape, cx: at, cy: middle, r: size }, svg("title", null, tip));
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
