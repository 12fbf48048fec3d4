// A span chosen by dragging over the timeline with a mouse or pen; a finger scrolls the page instead.
"use strict";
(() => {
  const least = 0.01;
  const within = (value) => Math.min(Math.max(value, 0), 1);

  /** `shareOf(event)` says where along the plot the pointer is; `chosen(a, b)` gets the span, as shares. */
  Report.drag = (plot, shareOf, chosen) => {
    let start = null;
    let brush = null;
    plot.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch" || shareOf(event) < 0) return;
      start = { share: within(shareOf(event)), x: event.clientX };
    });
    plot.addEventListener("pointermove", (event) => {
      if (start === null) return;
      if (!brush && Math.abs(event.clientX - start.x) > 4) {
        brush = Report.dom.el("div", { class: "brush" });
        plot.append(brush);
        plot.setPointerCapture(event.pointerId);
      }
      if (!brush) return;
      const box = plot.getBoundingClientRect();
      brush.style.left = `${Math.min(start.x, event.clientX) - box.left}px`;
      brush.style.width = `${Math.abs(event.clientX - start.x)}px`;
    });
    const end = (event) => {
      const wasDragged = brush !== null;
      brush?.remove();
      const [a, b] =
        start === null ? [0, 0] : [start.share, within(shareOf(event))].toSorted((one, two) => one - two);
      start = brush = null;
      if (wasDragged && b - a > least) chosen(a, b);
    };
    plot.addEventListener("pointerup", end);
    plot.addEventListener("pointercancel", () => {
      brush?.remove();
      start = brush = null;
    });
  };
})();
