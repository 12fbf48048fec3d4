// The parameters of main.bicep, for every way to deploy it: `az deployment group … --parameters infra/main.bicepparam`
// and `azd up` read this one file. What differs by installation comes from the environment (with azd: `azd env set`),
// or is written here. Only ALERT_EMAIL must be there; empty, nobody is written to.
using 'main.bicep'

param alertEmail = readEnvironmentVariable('ALERT_EMAIL')
param alertSource = readEnvironmentVariable('ALERT_SOURCE', 'defender')
param cloud = readEnvironmentVariable('ALERT_CLOUD', 'public')
param tenantsAppId = readEnvironmentVariable('TENANTS_APP_ID', '')
param operatorPrincipalId = readEnvironmentVariable('OPERATOR_PRINCIPAL_ID', '')
param operatorPrincipalType = readEnvironmentVariable('OPERATOR_PRINCIPAL_TYPE', 'User')
param operatorMayChange = bool(readEnvironmentVariable('OPERATOR_MAY_CHANGE', 'false'))
param maximumInstances = int(readEnvironmentVariable('MAXIMUM_INSTANCES', '40'))
param alwaysReadyInstances = int(readEnvironmentVariable('ALWAYS_READY_INSTANCES', '0'))

// More of the app's settings, from docs/configuration.md; this one has the value that it would have anyway.
param settings = {
  RETENTION: '180d'
}
