// How a reader changes what is in view of a timeline: buttons, keys, wheel and drag.
"use strict";
(() => {
  const { el } = Report.dom;

  /** The buttons; `home()` leads back to where the view began, under that name. */
  function buttons(zoom, homeName, home) {
    const button = (label, name, click) =>
      el("button", { type: "button", "aria-label": name, title: name, click }, label);
    return el(
      "div",
      { class: "buttons", role: "group", "aria-label": "Zoom" },
      button("−", "Zoom out", () => zoom.by(2)),
      button("+", "Zoom in", () => zoom.by(0.5)),
      button("◀", "Earlier", () => zoom.move(-0.5)),
      button("▶", "Later", () => zoom.move(0.5)),
      button(homeName, homeName, home),
      button("All", "All of the time", zoom.whole),
    );
  }

  const share = (plot, state, event) =>
    (event.clientX - plot.getBoundingClientRect().left - state.scale.left) / state.scale.width;

  /** Keys, wheel and drag on the plot. */
  function listen(plot, state) {
    plot.tabIndex = 0;
    plot.setAttribute("role", "group");
    plot.setAttribute("aria-label", "Timeline; plus and minus zoom, the arrow keys move, 0 shows all");
    const keys = {
      "+": () => state.zoom.by(0.5),
      "=": () => state.zoom.by(0.5),
      "-": () => state.zoom.by(2),
      ArrowLeft: () => state.zoom.move(-0.25),
      ArrowRight: () => state.zoom.move(0.25),
      0: state.zoom.whole,
    };
    plot.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
      event.preventDefault();
      keys[event.key]();
    });
    plot.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.shiftKey) return; // the page scrolls as always
        event.preventDefault();
        state.zoom.by(
          (event.deltaY || event.deltaX) > 0 ? 1.4 : 0.7,
          Math.min(Math.max(share(plot, state, event), 0), 1),
        );
      },
      { passive: false },
    );
    Report.drag(
      plot,
      (event) => share(plot, state, event),
      (a, b) => {
        const { from, to } = state.zoom.view;
        state.zoom.show(from + a * (to - from), from + b * (to - from));
      },
    );
  }

  Report.zoomBy = { buttons, listen };
})();
