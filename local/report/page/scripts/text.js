// Text and times as they are shown. Attackers choose the text in alerts: here it is made safe to look at.
"use strict";
(() => {
  // Control, format (bidirectional, zero-width), surrogate and private characters, and line separators.
  const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

  /** The text with every character that hides or turns text around written as an escape. */
  function shown(value) {
    return String(value ?? "")
      .replaceAll("\r\n", "\n")
      .replace(hidden, (char) => {
        if (char === "\n" || char === "\t") return char;
        const code = char.codePointAt(0).toString(16);
        return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
      });
  }

  /** The first `most` characters, with a mark where there are more. */
  function cut(value, most) {
    const text = String(value ?? "");
    return text.length > most ? `${text.slice(0, most)}…` : text;
  }

  /** Milliseconds since 1970 of a row's time; null where there is none (1601 stands for that). */
  function millis(text) {
    const value = Date.parse(String(text ?? "").replace(/(\.\d{3})\d+/, "$1"));
    return Number.isNaN(value) || value < Date.parse("1700-01-01T00:00:00Z") ? null : value;
  }

  const iso = (ms) => new Date(ms).toISOString();
  const zone = { isLocal: false };
  const two = (number, width = 2) => String(number).padStart(width, "0");

  /** Like `iso`, in the zone that the reader chose, without the letter for it. */
  function written(ms) {
    if (!zone.isLocal) return iso(ms).slice(0, 23);
    const at = new Date(ms);
    const date = `${two(at.getFullYear(), 4)}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
    return `${date}T${clock}.${two(at.getMilliseconds(), 3)}`;
  }

  /** What the shown times are in: "UTC", or the reader's own zone by its name. */
  const zoneName = () =>
    zone.isLocal ? Intl.DateTimeFormat().resolvedOptions().timeZone || "your time" : "UTC";
  /** How much later than UTC the shown times are at that moment, in milliseconds. */
  const zoneShift = (ms) => (zone.isLocal ? -new Date(ms).getTimezoneOffset() * 60_000 : 0);

  /** "2026-11-24 09:25:20". */
  const moment = (ms) => (ms === null ? "" : written(ms).slice(0, 19).replace("T", " "));
  const exactMoment = (ms) => written(ms).replace("T", " ");
  const day = (ms) => written(ms).slice(0, 10);
  const clock = (ms) => written(ms).slice(11, 19);
  const exactClock = (ms) => written(ms).slice(11, 23);

  /** "2026-11-24 11:50:40 to 11:50:43 UTC"; the day again where it is another one. */
  function period(from, to) {
    if (from === null || to === null) return from === to ? "unknown" : `${moment(from ?? to)} ${zoneName()}`;
    return `${moment(from)} to ${day(from) === day(to) ? clock(to) : moment(to)} ${zoneName()}`;
  }

  /** A span in the two units that say most: "3 h 20 min". */
  function span(ms) {
    const units = [
      ["d", 86_400_000],
      ["h", 3_600_000],
      ["min", 60_000],
      ["s", 1_000],
      ["ms", 1],
    ];
    const parts = [];
    let rest = Math.max(0, Math.round(ms));
    for (const [unit, size] of units) {
      const count = Math.floor(rest / size);
      rest -= count * size;
      if (count) parts.push(`${count} ${unit}`);
      else if (parts.length) break;
      if (parts.length === 2) break;
    }
    return parts.join(" ") || "0 s";
  }

  /** JSON read, or the other value where it cannot be. */
  function parsed(json, otherwise) {
    try {
      return JSON.parse(json);
    } catch {
      return otherwise;
    }
  }

  /** Values between commas, as the rows list them. */
  const listed = (text) =>
    String(text ?? "")
      .split(", ")
      .filter(Boolean);

  Report.text = {
    shown,
    cut,
    millis,
    moment,
    exactMoment,
    day,
    clock,
    exactClock,
    iso,
    period,
    span,
    parsed,
    listed,
    zone,
    zoneName,
    zoneShift,
  };
})();
