// The words of the rows, and what they mean to a reader. Lists are in the order in which they are shown.
"use strict";
const Report = {};
(() => {
  const severities = ["High", "Medium", "Low", "Informational", "Other"];
  const validations = ["Confirmed", "Likely", "Contained", "Blocked", "Unproven", "NoTelemetry"];
  const ties = ["Process", "File", "Network", "Registry or account", "Moment", "Device only", "Not tied"];

  const tieOfMethod = new Map([
    ["ExactProcess", "Process"],
    ["ProcessWithinTolerance", "Process"],
    ["FileHash", "File"],
    ["FileName", "File"],
    ["Address", "Network"],
    ["Url", "Network"],
    ["Registry", "Registry or account"],
    ["Account", "Registry or account"],
    ["Moment", "Moment"],
    ["DeviceOnly", "Device only"],
  ]);

  const validationWords = new Map([
    ["Confirmed", "Confirmed: the telemetry bears the alert out"],
    ["Likely", "Likely: one sign of harm, worth a look and no proof"],
    ["Contained", "Contained: it ran, was stopped, and nothing followed"],
    ["Blocked", "Blocked: it was stopped before it could act"],
    ["Unproven", "Unproven: tied to telemetry that shows no harm"],
    ["NoTelemetry", "No telemetry: the alert could not be tied to any"],
  ]);
  const validationNames = new Map([["NoTelemetry", "No telemetry"]]);

  const methodWords = new Map([
    ["ExactProcess", "the very process: device, pid and creation time agree"],
    ["ProcessWithinTolerance", "the process: device and pid agree, the creation time within seconds"],
    ["FileHash", "a file's hash"],
    ["FileName", "a file's name and folder"],
    ["Address", "a network address"],
    ["Url", "a URL or host name"],
    ["Registry", "a registry key"],
    ["Account", "a user's account"],
    ["Moment", "who acted on the device at the alert's very moment"],
    ["DeviceOnly", "the device and the time alone"],
  ]);

  const reasonWords = new Map([
    ["TelemetryNotInYet", "matching telemetry has not come in yet; it is hunted again"],
    ["TelemetryNotSeen", "no telemetry matches"],
    ["OlderThan30Days", "the alert is older than the 30 days that hunting keeps"],
    ["DeviceUnknownToHunting", "hunting does not know the device"],
    ["NoUsableEvidence", "the alert names nothing that could be hunted"],
    ["Throttled", "the hunting quota is spent; it is hunted again"],
    ["RoleMissing", "the app lacks the role for hunting"],
    ["TokenRefused", "hunting does not take the app's token, or there is none"],
    ["LicenceMissing", "hunting refuses the app although it has the role: see the licence"],
    ["QueryRejected", "hunting refused the query"],
    ["HuntingUnavailable", "hunting did not answer; it is hunted again"],
    ["HandlingFailed", "working on the alert failed each time, and it was set aside"],
    ["NotHuntedYet", "it was not hunted yet"],
  ]);

  const benignWords = new Map([
    ["matches", "Matches what is known to be benign here"],
    ["contradicted", "Telemetry contradicts what is held to be benign here"],
  ]);

  const commentWords = new Map([
    ["waiting", "waits to be sent"],
    ["sent", "sent"],
    ["dry-run", "not sent: a dry run, it stands in the log alone"],
    ["failed", "given up after its last try"],
    ["refused", "refused by Defender"],
    ["gone", "not sent: Defender does not know the alert any more"],
  ]);

  const priorityWords = ["", "now", "today", "in its turn", "after the others", "when there is time"];

  const kinds = ["process", "network", "file", "registry", "logon", "library", "other"];
  const kindOfTable = new Map([
    ["DeviceProcessEvents", "process"],
    ["DeviceNetworkEvents", "network"],
    ["DeviceFileEvents", "file"],
    ["DeviceRegistryEvents", "registry"],
    ["DeviceLogonEvents", "logon"],
    ["DeviceImageLoadEvents", "library"],
  ]);
  const kindNames = new Map([
    ["process", "Process starts"],
    ["network", "Network"],
    ["file", "Files"],
    ["registry", "Registry"],
    ["logon", "Logons"],
    ["library", "Libraries loaded"],
    ["other", "Other"],
  ]);
  const kindCounts = new Map([
    ["process", ["process start", "process starts"]],
    ["network", ["connection", "connections"]],
    ["file", ["file event", "file events"]],
    ["registry", ["registry event", "registry events"]],
    ["logon", ["logon", "logons"]],
    ["library", ["library", "libraries"]],
    ["other", ["other event", "other events"]],
  ]);

  const tieWords = new Map([
    ["own", "own process"],
    ["child", "child"],
    ["descendant", "descendant"],
    ["parent", "parent"],
    ["ancestor", "ancestor"],
    ["moment", "at the alert's moment"],
    ["device-activity", "on the device"],
  ]);

  /** How sure a tie is, 0 to 100, in words. */
  function confidence(value) {
    if (value >= 95) return "certain";
    if (value >= 80) return "very likely";
    if (value >= 60) return "likely";
    if (value >= 40) return "possible";
    return value > 0 ? "weak" : "no tie";
  }

  /** "3 connections", "1 file event". */
  function counted(kind, count) {
    const [one, many] = kindCounts.get(kind);
    return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
  }

  /** "1 alert", "12 alerts". */
  const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

  Report.words = {
    severities,
    validations,
    ties,
    kinds,
    kindNames,
    methodWords,
    reasonWords,
    tieWords,
    validationWords,
    benignWords,
    commentWords,
    confidence,
    counted,
    plural,
    severity: (word) => (severities.includes(word) ? word : "Other"),
    validation: (word) => (validations.includes(word) ? word : "NoTelemetry"),
    tie: (method) => tieOfMethod.get(method) ?? "Not tied",
    kind: (table) => kindOfTable.get(table) ?? "other",
    /** 1 to 5; 0 where the row has none, as in an older export. */
    priority: (number) => (Number.isInteger(number) && number >= 1 && number <= 5 ? number : 0),
    /** "Priority 1 of 5: now". */
    prioritySaid: (number) =>
      number ? `Priority ${number} of 5: ${priorityWords[number]}` : "No priority in this row",
    /** A value as people read it. */
    named: (word) => validationNames.get(word) ?? word,
  };
})();
