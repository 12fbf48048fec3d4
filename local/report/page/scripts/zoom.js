// Which part of the time is in view. Times are milliseconds since 1970.
"use strict";
(() => {
  const narrowest = 20;

  /** A view within [min, max], at first of [from, to]; `changed` is called after each move. */
  function zoom({ min, max, from, to }, changed) {
    const view = { min, max, from, to };

    function show(start, end) {
      const length = Math.min(Math.max(end - start, narrowest), view.max - view.min);
      const middle = (start + end) / 2;
      view.from = Math.min(Math.max(middle - length / 2, view.min), view.max - length);
      view.to = view.from + length;
      changed();
    }

    return {
      view,
      show,
      /** Closer with a factor below 1, wider above it, around `at` (a share of the view, 0 to 1). */
      by(factor, at = 0.5) {
        const length = view.to - view.from;
        const center = view.from + at * length;
        show(center - at * length * factor, center + (1 - at) * length * factor);
      },
      /** Later by a share of what is in view; earlier where it is negative. */
      move(share) {
        const length = (view.to - view.from) * share;
        const step = Math.min(Math.max(length, view.min - view.from), view.max - view.to);
        show(view.from + step, view.to + step);
      },
      whole: () => show(view.min, view.max),
    };
  }

  const second = 1_000;
  const steps = [
    1,
    2,
    5,
    10,
    20,
    50,
    100,
    200,
    500,
    second,
    2 * second,
    5 * second,
    10 * second,
    15 * second,
    30 * second,
    60 * second,
    120 * second,
    300 * second,
    600 * second,
    900 * second,
    1_800 * second,
    3_600 * second,
    7_200 * second,
    14_400 * second,
    21_600 * second,
    43_200 * second,
    86_400 * second,
    172_800 * second,
    604_800 * second,
    2_592_000 * second,
  ];

  /** Round moments in view, at most `most` of them, and their distance. */
  function ticks({ from, to }, most) {
    const step = steps.find((one) => (to - from) / one <= most) ?? steps[steps.length - 1];
    const made = [];
    const shift = Report.text.zoneShift(from); // hours and days are round in the zone that is shown
    for (let at = Math.ceil((from + shift) / step) * step - shift; at <= to; at += step) made.push(at);
    return { step, at: made };
  }

  /** Where most of what the alert's process and its children did lies: the first view, with some room. */
  function firstView(events, moments) {
    const near = events.filter((one) => one.depth !== null && one.depth >= 0).map((one) => one.time);
    const times = (near.length ? near : events.map((one) => one.time))
      .concat(moments)
      .filter((time) => time !== null);
    const from = times.reduce((a, b) => Math.min(a, b));
    const to = times.reduce((a, b) => Math.max(a, b));
    const room = Math.max((to - from) * 0.06, 500);
    return { from: from - room, to: to + room };
  }

  Report.zoom = { zoom, ticks, firstView };
})();
