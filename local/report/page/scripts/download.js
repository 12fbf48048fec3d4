// What is shown as a file: CSV that a spreadsheet opens without running anything, and JSON.
"use strict";
(() => {
  const { el, say } = Report.dom;

  // A cell that begins so is a formula to a spreadsheet; the sign before it makes it text:
  // https://owasp.org/www-community/attacks/CSV_Injection (read 2026-11-30).
  const formula = /^[=+\-@\t\r]/;

  function cell(value) {
    const text = Array.isArray(value) ? value.join(", ") : String(value ?? "");
    const safe = typeof value !== "number" && formula.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  /** Objects as CSV, a line each; the columns are those of all of them, in the order in which they come. */
  function csv(objects) {
    const columns = [...new Set(objects.flatMap((one) => Object.keys(one)))];
    const lines = objects.map((one) => columns.map((name) => cell(one[name])).join(","));
    return `${[columns.map(cell).join(","), ...lines].join("\r\n")}\r\n`;
  }

  const json = (objects) => `${JSON.stringify(objects, null, 1)}\n`;

  /** Buttons that save `make()` as CSV and as JSON; it is asked when they are pressed. */
  function buttons(name, make) {
    const button = (label, ending, type, write) =>
      el(
        "button",
        {
          type: "button",
          class: "quiet",
          click: async () => {
            const objects = await make();
            Report.dom.save(`${name}.${ending}`, type, write(objects));
            say(`${name}.${ending} saved`);
          },
        },
        label,
      );
    return [
      button("CSV", "csv", "text/csv;charset=utf-8", (objects) => `\ufeff${csv(objects)}`),
      button("JSON", "json", "application/json", json),
    ];
  }

  Report.download = { buttons, csv };
})();
