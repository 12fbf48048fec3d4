// What happened, step by step: days as headings, steps with their time and the process that each is about.
"use strict";
(() => {
  const { text } = Report;
  const { el, inside, section } = Report.dom;
  const longest = 25; // steps at first

  /** The section: the steps with their place in the tree where the row has them, else the story's lines. */
  function draw(row, base) {
    const listed = text.parsed(row.StorySteps || "[]", []);
    const steps = (Array.isArray(listed) ? listed : []).filter((one) => one && typeof one.text === "string");
    const lines = String(row.Story ?? "")
      .split("\n")
      .filter(Boolean);
    if (!lines.length)
      return section("story", "Story", el("p", { class: "quiet-text" }, "There is nothing to tell yet."));
    const made = section("story", "Story", steps.length ? ofSteps(lines, steps, base) : ofLines(lines));
    fold([...made.querySelectorAll("li")], made);
    return made;
  }

  /** The steps as a list below their day; what the story says besides stands around them. */
  function ofSteps(lines, steps, base) {
    const said = lines.filter((line) => !isStep(line) && !isDay(line));
    const days = new Map();
    for (const step of steps) {
      const time = text.millis(step.time);
      const day = time === null ? "" : text.day(time);
      if (!days.has(day)) days.set(day, []);
      days.get(day).push([time, step]);
    }
    return [
      said.slice(0, 1).map((line) => el("p", null, line)),
      [...days].map(([day, own]) => [
        el("p", { class: "quiet-text" }, `${day || "Time unknown"} (${text.zoneName()})`),
        el(
          "ol",
          { class: "story" },
          own.map(([time, step]) => item(time, step.text, step, base)),
        ),
      ]),
      said.slice(1).map((line) => el("p", null, line)),
    ];
  }

  const isStep = (line) => /^\d\d:\d\d:\d\d /.test(line);
  const isDay = (line) => /^On \d{4}-\d\d-\d\d \(UTC\):$/.test(line);

  function ofLines(lines) {
    const parts = [];
    let list = null;
    let day = null;
    for (const line of lines) {
      if (!isStep(line)) {
        list = null;
        day = isDay(line) ? line.slice(3, 13) : day;
        if (!isDay(line)) parts.push(el("p", null, line));
        continue;
      }
      const time = day === null ? null : text.millis(`${day}T${line.slice(0, 8)}Z`);
      if (!list) {
        list = el("ol", { class: "story" });
        if (time !== null)
          parts.push(el("p", { class: "quiet-text" }, `${text.day(time)} (${text.zoneName()})`));
        parts.push(list);
      }
      list.append(item(time ?? line.slice(0, 8), line.slice(9), {}, ""));
    }
    return parts;
  }

  /** One step; one that is about a process leads to it. */
  function item(time, said, { process, kind }, base) {
    const isAnchor = said.includes("(the alert's process)");
    const classes = [isAnchor ? "anchor" : "", kind === "behaviour" ? "saw" : ""].filter(Boolean).join(" ");
    return el(
      "li",
      { class: classes || null },
      el("time", null, typeof time === "number" ? text.clock(time) : time),
      el(
        "span",
        null,
        said,
        process
          ? [" ", inside(`${base}?process=${Report.dom.encoded(process)}`, { class: "to" }, "process")]
          : null,
      ),
    );
  }

  /** A long story is told to its first steps; the button tells the rest. */
  function fold(steps, made) {
    if (steps.length <= longest) return;
    const rest = steps.slice(longest - 5);
    for (const step of rest) step.hidden = true;
    const button = el(
      "button",
      {
        type: "button",
        click: () => {
          for (const step of rest) step.hidden = false;
          more.remove();
          rest[0].tabIndex = -1;
          rest[0].focus();
        },
      },
      `Show ${rest.length} more steps`,
    );
    const more = el("p", { class: "more" }, button);
    made.append(more);
  }

  Report.story = { draw, fold };
})();
