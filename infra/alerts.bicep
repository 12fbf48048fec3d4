// Alert rules over the app's log lines, and a workbook that shows the same lines over time. Each rule has a
// section of its own name in docs/runbook.md, and its query in a file of its own under alerts/, which begins with
// what it means, what to look at and what to do.

targetScope = 'resourceGroup'

@description('Short name that every rule name begins with.')
param name string

@description('The Azure region of the rules.')
param location string = resourceGroup().location

@description('Resource id of the app\'s Application Insights.')
param insightsId string

@description('Resource id of its Log Analytics workspace.')
param workspaceId string

@description('The daily cap of the workspace in gigabytes.')
param dailyCapGb int

@description('E-mail address that is written to; empty: the rules only show in the portal.')
param email string = ''

// severity: 0 critical, 1 error, 2 warning, 3 informational. `value` is the column that is compared with
// `threshold`; without one, the number of rows is. `lookback` is how far the query sees where that is more than the
// window: a rule that misses something must have seen it before. `resolves` is whether the rule tells a state, which
// ends and is said once; an event is over when it is told, and the next one is told again.
var rules = [
  {
    name: 'no-successful-fetch'
    query: loadTextContent('alerts/no-successful-fetch.kql')
    severity: 1
    scope: insightsId
    window: 'PT15M'
    lookback: 'P2D'
    every: 'PT5M'
    value: ''
    compare: 'GreaterThan'
    threshold: 0
    resolves: true
  }
  {
    name: 'backlog-growing'
    query: loadTextContent('alerts/backlog-growing.kql')
    severity: 2
    scope: insightsId
    window: 'PT30M'
    lookback: ''
    every: 'PT10M'
    value: 'shortest_wait'
    compare: 'GreaterThan'
    threshold: 900
    resolves: true
  }
  {
    name: 'set-aside'
    query: loadTextContent('alerts/set-aside.kql')
    severity: 2
    scope: insightsId
    window: 'PT15M'
    lookback: ''
    every: 'PT15M'
    value: ''
    compare: 'GreaterThan'
    threshold: 0
    resolves: false
  }
  {
    name: 'poison-message'
    query: loadTextContent('alerts/poison-message.kql')
    severity: 2
    scope: insightsId
    window: 'PT15M'
    lookback: ''
    every: 'PT15M'
    value: ''
    compare: 'GreaterThan'
    threshold: 0
    resolves: false
  }
  {
    name: 'hunting-quota-exhausted'
    query: loadTextContent('alerts/hunting-quota-exhausted.kql')
    severity: 3
    scope: insightsId
    window: 'PT30M'
    lookback: ''
    every: 'PT15M'
    value: 'minutes_without_quota'
    compare: 'GreaterThan'
    threshold: 4
    resolves: true
  }
  {
    name: 'audit-found-missing'
    query: loadTextContent('alerts/audit-found-missing.kql')
    severity: 1
    scope: insightsId
    window: 'PT15M'
    lookback: ''
    every: 'PT15M'
    value: ''
    compare: 'GreaterThan'
    threshold: 0
    resolves: false
  }
  {
    name: 'audit-silent'
    query: loadTextContent('alerts/audit-silent.kql')
    severity: 2
    scope: insightsId
    window: 'PT6H'
    lookback: ''
    every: 'PT1H'
    value: ''
    compare: 'GreaterThan'
    threshold: 0
    resolves: true
  }
  {
    name: 'access-denied'
    query: loadTextContent('alerts/access-denied.kql')
    severity: 1
    scope: insightsId
    window: 'PT15M'
    lookback: ''
    every: 'PT15M'
    value: ''
    compare: 'GreaterThan'
    threshold: 0
    resolves: true
  }
  {
    name: 'function-failing'
    query: loadTextContent('alerts/function-failing.kql')
    severity: 2
    scope: insightsId
    window: 'PT15M'
    lookback: ''
    every: 'PT15M'
    value: 'failures'
    compare: 'GreaterThan'
    threshold: 4
    resolves: true
  }
  {
    name: 'daily-cap-near'
    query: loadTextContent('alerts/daily-cap-near.kql')
    severity: 2
    scope: workspaceId
    window: 'P1D'
    lookback: ''
    every: 'PT1H'
    value: 'megabytes'
    compare: 'GreaterThan'
    threshold: dailyCapGb * 800
    resolves: true
  }
  {
    name: 'daily-cap-reached'
    query: loadTextContent('alerts/daily-cap-reached.kql')
    severity: 1
    scope: workspaceId
    window: 'PT15M'
    lookback: ''
    every: 'PT5M'
    value: ''
    compare: 'GreaterThan'
    threshold: 0
    resolves: true
  }
]

resource receivers 'Microsoft.Insights/actionGroups@2023-01-01' = if (email != '') {
  name: '${name}-operators'
  location: 'global'
  properties: {
    groupShortName: 'alertops'
    enabled: true
    emailReceivers: [
      {
        name: 'operators'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource alertRules 'Microsoft.Insights/scheduledQueryRules@2021-08-01' = [for rule in rules: {
  name: '${name}-${rule.name}'
  location: location
  kind: 'LogAlert'
  properties: {
    displayName: '${name}: ${rule.name}'
    description: 'What it means and what to do: docs/runbook.md, section ${rule.name}.'
    enabled: true
    severity: rule.severity
    scopes: [rule.scope]
    evaluationFrequency: rule.every
    windowSize: rule.window
    overrideQueryTimeRange: empty(rule.lookback) ? null : rule.lookback
    autoMitigate: rule.resolves
    // The tables do not exist in a workspace that has had no logs yet.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: rule.query
          timeAggregation: empty(rule.value) ? 'Count' : 'Maximum'
          metricMeasureColumn: empty(rule.value) ? null : rule.value
          operator: rule.compare
          threshold: rule.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: empty(email) ? [] : [receivers.id]
    }
  }
}]

resource workbook 'Microsoft.Insights/workbooks@2022-04-01' = {
  name: guid(insightsId, 'workbook')
  location: location
  kind: 'shared'
  properties: {
    displayName: '${name}: alert correlator'
    category: 'workbook'
    sourceId: insightsId
    serializedData: loadTextContent('workbook.json')
  }
}
