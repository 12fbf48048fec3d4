// Places of a page that an address can lead to: a section (`at`), a process of the tree, an event.
"use strict";
(() => {
  const { el, inside } = Report.dom;

  /** Links to the sections of a page, as [id, name]. */
  const contents = (places, base) =>
    el(
      "nav",
      { class: "contents no-print", "aria-label": "On this page" },
      places.map(([id, name]) => inside(`${base}?at=${id}`, null, name)),
    );

  /** Goes where the query leads on the page; true where it led anywhere. */
  function lead(page, query) {
    const asked = new URLSearchParams(query);
    for (const [name, show] of Object.entries(page.leadTo ?? {})) {
      const key = asked.get(name);
      if (key !== null && show(key)) return true;
    }
    const heading = document.getElementById(`${asked.get("at")}-title`);
    if (!heading || !page.contains(heading)) return false;
    heading.tabIndex = -1;
    heading.scrollIntoView();
    heading.focus({ preventScroll: true });
    return true;
  }

  Report.places = { contents, lead };
})();
