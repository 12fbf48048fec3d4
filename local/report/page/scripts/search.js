// Search over all that the rows and their events hold. What is packed is unpacked the first time somebody
// searches, a few alerts at a time, and the list fills while that goes on.
"use strict";
(() => {
  const { rows } = Report;
  const atATime = 24;
  const longest = 4_000;
  const held = rows.alerts.map(() => null); // by alert: [lower-case text, text, name, from an event]
  let reading = null;
  let read = 0;

  const unhelpful = new Set([
    "PartitionKey",
    "HuntingUrl",
    "HuntingQuery",
    "DetectionFinding",
    "AttackTechniquesJson",
    "DvcTagsJson",
    "LoggedOnUsersJson",
    "marks",
    "EventTime",
    "ValuesTruncated",
    "CorrelationGeneration",
  ]);

  /** The distinct values of an object, each with the name that it stands under first. */
  function* values(object, isEvent, seen) {
    for (const [name, value] of Object.entries(object)) {
      if (unhelpful.has(name) || value === "" || value === null || typeof value === "boolean") continue;
      if (name.endsWith("Json") || name === "ProcessTree" || name === "StorySteps") {
        yield* nested(name, value, seen);
        continue;
      }
      const text = typeof value === "object" ? JSON.stringify(value) : String(value);
      const key = text.slice(0, longest).toLowerCase();
      if (seen.has(key)) continue;
      seen.add(key);
      yield [key, text, name, isEvent];
    }
  }

  // JSON is searched by what it says, not by how it is written: a path has one backslash.
  function* nested(name, json, seen) {
    const stack = [Report.text.parsed(json, json)];
    while (stack.length) {
      const one = stack.pop();
      if (one && typeof one === "object") {
        for (const [key, value] of Object.entries(one)) if (key !== "hunt") stack.push(value);
        continue;
      }
      const key = String(one ?? "")
        .slice(0, longest)
        .toLowerCase();
      if (!key || seen.has(key)) continue;
      seen.add(key);
      yield [key, String(one), name, false];
    }
  }

  async function hold(alert) {
    const seen = new Set();
    const made = [...values({ ...alert.row, ...alert.of?.row }, false, seen)];
    try {
      const { row, events } = await rows.details(alert);
      made.push(...values(row, false, seen));
      for (const event of events) made.push(...values(event.row, true, seen));
    } catch {
      // What cannot be unpacked is searched by its summary.
    }
    held[alert.index] = made;
    read += 1;
  }

  /** Reads what was not read yet; `progress()` is called now and then, and at the end. */
  async function readAll(progress) {
    for (let at = 0; at < rows.alerts.length; at += atATime) {
      // oxlint-disable-next-line no-await-in-loop
      await Promise.all(rows.alerts.slice(at, at + atATime).map(hold));
      if (at % 240 === 0) progress();
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((done) => setTimeout(done));
    }
    progress();
  }

  function start(progress) {
    reading ??= readAll(() => listener());
    listener = progress;
  }
  let listener = () => {};

  /** The words asked for; what stands between quotes is one. */
  const needles = (search) =>
    [...search.toLowerCase().matchAll(/"([^"]+)"|(\S+)/g)].map((one) => one[1] ?? one[2].replaceAll('"', ""));

  /** Where each word stands in the alert, as [name, text, from an event]; null where one stands nowhere. */
  function match(alert, words) {
    const found = [];
    for (const word of words) {
      const hit = (held[alert.index] ?? summary(alert)).find(([lower]) => lower.includes(word));
      if (!hit) return null;
      found.push({ word, name: hit[2], text: around(hit[1], hit[0].indexOf(word)), isEvent: hit[3] });
    }
    return found;
  }

  const summaries = new Map();
  function summary(alert) {
    if (!summaries.has(alert)) {
      const object = { ...alert.row, ...alert.of?.row };
      const marks = alert.marks.map(([kind, value], index) => [`${kind} ${index}`, value]);
      summaries.set(alert, [...values({ ...object, ...Object.fromEntries(marks) }, false, new Set())]);
    }
    return summaries.get(alert);
  }

  function around(text, at) {
    const from = Math.max(0, at - 30);
    return `${from ? "…" : ""}${text.slice(from, from + 110)}${text.length > from + 110 ? "…" : ""}`;
  }

  Report.search = {
    needles,
    match,
    start,
    /** How many alerts are read with their events. */
    progress: () => ({ read, all: rows.alerts.length }),
  };
})();
