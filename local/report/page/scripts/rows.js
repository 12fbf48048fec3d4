// The alerts as the page knows them: the short lines at once, a whole row with its events when it is opened.
"use strict";
(() => {
  const { words, text } = Report;
  const summary = JSON.parse(document.getElementById("summary").textContent);

  // Ids may be the same in two tenants. What tells them apart is in the key of each row, and home's have none.
  const apart = (row) => {
    const key = String(row.RowKey);
    return key.includes("|") ? key.slice(0, key.indexOf("|")) : "";
  };

  const alerts = summary.alerts.map((row, index) => {
    const created = text.millis(row.CreatedTime);
    const techniques = [
      ...new Set([...text.listed(row.AttackTechniques), ...text.listed(row.TechniquesShown)]),
    ];
    return {
      row,
      index,
      route: `${row.PartitionKey}/${row.RowKey}`.toWellFormed(),
      title: row.AlertName || row.AlertId || row.RowKey,
      created,
      severity: words.severity(row.EventSeverity),
      severityId: Number(row.SeverityId ?? 0),
      priority: words.priority(row.Priority),
      validation: words.validation(row.Validation),
      reason: row.ValidationReason || words.reasonWords.get(row.CorrelationReason) || "",
      tie: words.tie(row.CorrelationMethod),
      confidence: Number(row.CorrelationConfidence ?? 0),
      status: row.AlertStatus || "Unknown",
      device: row.DvcHostname || row.DvcId || "",
      user: row.Username || "",
      incident: row.IncidentId || "",
      tenant: row.Tenant || apart(row),
      of: null, // the incident, below
      events: Number(row.EventCount ?? 0),
      techniques,
      marks: row.marks ?? [],
    };
  });

  /** Gravest first, as they come. An alert that is in none stands as one of its own, without a number. */
  const incidents = summary.incidents.map(({ row, alerts: places, published }, index) => {
    const own = places.map((place) => alerts[place]);
    const made = {
      row,
      index,
      alerts: own,
      isPublished: published,
      route: `${row.PartitionKey}/${row.RowKey}`.toWellFormed(),
      number: row.IncidentId,
      tenant: row.Tenant || apart(row),
      title: row.Title || own[0]?.title || `Incident ${row.IncidentId}`,
      priority: words.priority(row.Priority),
      severity: words.severity(row.Severity),
      validation: words.validation(row.Validation),
      reason: row.ValidationReason || own[0]?.reason || "",
      state: row.State || "open",
      devices: text.listed(row.Devices),
      users: text.listed(row.Users),
      techniques: text.listed(row.Techniques),
      first: text.millis(row.FirstActivityTime),
      last: text.millis(row.LastActivityTime),
    };
    for (const alert of own) alert.of = made;
    return made;
  });

  const byRoute = new Map(alerts.map((alert) => [alert.route, alert]));
  const incidentByRoute = new Map(incidents.map((incident) => [incident.route, incident]));
  const incidentKey = (alert) => alert.incident && `${apart(alert.row)}\n${alert.incident}`;
  const markKey = (alert, kind, value) => `${apart(alert.row)}\n${kind}\n${value}`;
  const byIncident = grouped((alert) => [incidentKey(alert)]);
  const byMark = grouped((alert) => alert.marks.map(([kind, value]) => markKey(alert, kind, value)));
  const areMany = new Set(alerts.map((alert) => apart(alert.row))).size > 1;

  /** The others of the alert's incident, and those of its tenant that share a mark with it. */
  const ofIncident = (alert) =>
    (byIncident.get(incidentKey(alert)) ?? []).filter((one) => one !== alert);
  const withMark = (alert, kind, value) =>
    (byMark.get(markKey(alert, kind, value)) ?? []).filter((one) => one !== alert);
  /** Whose it is, where the page has rows of several tenants. */
  const whose = (one) => (areMany ? one.tenant : null);

  function grouped(keysOf) {
    const groups = new Map();
    for (const alert of alerts) {
      for (const key of keysOf(alert)) {
        if (!key) continue;
        if (groups.has(key)) groups.get(key).push(alert);
        else groups.set(key, [alert]);
      }
    }
    return groups;
  }

  /** How often each value occurs, most first; by `order` where there is one. */
  function counts(list, valuesOf, order) {
    const found = new Map((order ?? []).map((value) => [value, 0]));
    for (const one of list) {
      for (const value of valuesOf(one)) if (value) found.set(value, (found.get(value) ?? 0) + 1);
    }
    const entries = [...found].filter(([, count]) => count);
    return order ? entries : entries.toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  }

  async function unpacked(id) {
    const encoded = document.getElementById(id).textContent;
    const bytes = Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }

  /** The whole row, its events and its indicators. Rejects where the browser cannot unpack them. */
  async function details(alert) {
    const { row, events, indicators = [], almost = [] } = await unpacked(`detail-${alert.index}`);
    return { row, events: events.map(event), indicators, almost };
  }

  /** An incident's whole row, its indicators, and these as a STIX bundle. */
  const incidentDetails = (incident) => unpacked(`incident-${incident.index}`);

  function event(row, index) {
    return {
      row,
      index,
      time: text.millis(row.EventTimeText ?? row.EventTime),
      kind: words.kind(row.SourceTable),
      action: row.ActionType || "",
      owner: row.ProcessId ? processKey(row.ProcessId, row.ProcessCreationTime) : "",
      depth: row.InTree === false || row.Depth === 9999 ? null : Number(row.Depth ?? 0),
    };
  }

  /** What identifies a process within one alert: a pid alone never does. */
  const processKey = (pid, created) => `${pid} ${String(created ?? "").slice(0, 23)}`;

  Report.rows = {
    alerts,
    incidents,
    byRoute,
    incidentByRoute,
    ofIncident,
    withMark,
    areMany,
    whose,
    counts,
    details,
    incidentDetails,
    processKey,
    made: summary.made,
    source: summary.source,
    standing: summary.standing,
    verdicts: summary.verdicts,
    openAt: summary.openAt,
  };
})();
