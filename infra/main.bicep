// The alert correlator in one resource group: a Flex Consumption app with an identity of its own, storage
// without keys, logs with a daily cap, and alert rules. README.md in this folder says what was checked.
//
// Flat resources with `parent:`, no registry module: nothing is fetched to compile it, the tests read all of it.

targetScope = 'resourceGroup'

@description('Short name that every resource name begins with: lower-case letters, digits and hyphens.')
@minLength(3)
@maxLength(20)
param name string = 'defender-alerts'

@description('Label of a second app beside the first, on the same identity and storage, where the first cannot be brought back to work (docs/runbook.md); empty for the first.')
@maxLength(8)
param beside string = ''

@description('The Azure region; one that offers Flex Consumption.')
param location string = resourceGroup().location

@description('The Microsoft cloud of the tenant whose alerts are read (setting CLOUD).')
@allowed(['public', 'usgov-gcc', 'usgov-high', 'usgov-dod'])
param cloud string = 'public'

@description('The name under which this tenant\'s work is kept (setting TENANT); part of every key, so never change it later.')
@minLength(1)
@maxLength(40)
param tenant string = 'home'

@description('Client id of the multi-tenant app by which further tenants are reached (setting TENANTS_APP_ID), made by tenants-app.sh; empty: this tenant alone.')
param tenantsAppId string = ''

@description('Where alerts come from (setting ALERT_SOURCE). The app roles differ: see grant-roles.sh.')
@allowed(['defender', 'graph'])
param alertSource string = 'defender'

@description('More app settings by name, from docs/configuration.md, each a string, such as { POLL_OVERLAP: \'15m\' }.')
param settings { *: string } = {}

@description('Most instances of each function. Less than 40 is refused by regions that still have that floor. The hunting quota is kept by a lease whatever the number; look-ups over quota are put off, not lost.')
@minValue(1)
@maxValue(1000)
param maximumInstances int = 40

@description('Memory of an instance in MB; it is what a second of running costs.')
@allowed([512, 2048, 4096])
param instanceMemory int = 2048

@description('Instances of EnrichAlert and of HuntCorrelate each that are kept warm, billed all day; 0 for none. A cold start adds some seconds to a lone alert.')
@minValue(0)
@maxValue(10)
param alwaysReadyInstances int = 0

@description('Gigabytes a day after which Log Analytics stops taking logs; the alert rules are silent then, but for those on the cap itself.')
@minValue(1)
param dailyCapGb int = 1

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('The one e-mail address that the alert rules write to; empty: nobody is written to, the rules only show in the portal.')
param alertEmail string

@description('Object id of a user or group that may read the tables and queues (for `dev.py doctor`, `ops status` and `report`); empty: nobody but the app.')
param operatorPrincipalId string = ''

@description('Whether operatorPrincipalId is a user or a group.')
@allowed(['User', 'Group'])
param operatorPrincipalType string = 'User'

@description('Whether they may also change them: `dev.py ops replay`, `backfill`, `purge`, `poison --return` and `--clear`.')
param operatorMayChange bool = false

// What the parameters' own rules cannot say. There are no patterns in ARM: a text is taken apart at every
// character that it may have, and nothing must be left of it.
var digits = split('0 1 2 3 4 5 6 7 8 9', ' ')
var letters = split('a b c d e f g h i j k l m n o p q r s t u v w x y z', ' ')
var inNames = concat(letters, digits, ['-'])
var inObjectIds = concat(split('a b c d e f', ' '), digits, ['-'])
var givenSettings = toLower(join(objectKeys(settings), ' '))
// Set below, or refused by Flex Consumption; names of settings are the same in upper and lower case.
var ownSettings = [
  'alert_source'
  'applicationinsights_authentication_string'
  'applicationinsights_connection_string'
  'cloud'
  'functions_extension_version'
  'functions_worker_runtime'
  'identity_client_id'
  'tenant'
  'tenants_app_id'
  'website_run_from_package'
]
var takenSettings = intersection(split(givenSettings, ' '), ownSettings)
var problems = concat(
  empty(join(split(name, inNames), '')) && !startsWith(name, '-') && !endsWith(name, '-') ? [] : ['name: lower-case letters, digits and hyphens, no hyphen at either end.'],
  empty(join(split(beside, concat(letters, digits)), '')) ? [] : ['beside: lower-case letters and digits.'],
  empty(tenantsAppId) || (length(tenantsAppId) == 36 && length(split(tenantsAppId, '-')) == 5 && empty(join(split(toLower(tenantsAppId), inObjectIds), ''))) ? [] : ['tenantsAppId: an application id, no name (tenants-app.sh prints it).'],
  empty(join(split(toLower(tenant), inNames), '')) ? [] : ['tenant: letters, digits and hyphens; it is part of every key in the tables.'],
  empty(alertEmail) || (length(split(alertEmail, '@')) == 2 && length(split(alertEmail, [' ', ',', ';'])) == 1) ? [] : ['alertEmail: one address; for several people, that of a distribution list.'],
  empty(operatorPrincipalId) || (length(operatorPrincipalId) == 36 && length(split(operatorPrincipalId, '-')) == 5 && empty(join(split(toLower(operatorPrincipalId), inObjectIds), ''))) ? [] : ['operatorPrincipalId: an object id, no name or address (az ad signed-in-user show --query id).'],
  alwaysReadyInstances <= maximumInstances ? [] : ['alwaysReadyInstances: no more than maximumInstances.'],
  empty(takenSettings) ? [] : ['settings: ${join(takenSettings, ', ')} has a parameter of its own, or is not for you to set.'],
  !contains(' ${givenSettings}', ' azurewebjobsstorage') ? [] : ['settings: AzureWebJobsStorage is set by this template; with a plain one beside it the host does not start.']
)
// In every resource's name, so that nothing is made where anything is wrong.
var prefix = empty(problems) ? name : fail(join(problems, ' '))

// The app itself, its plan and its package; all else is shared with an app beside it. A plan of Flex Consumption
// holds one app.
var appPrefix = empty(beside) ? prefix : '${prefix}-${beside}'
var suffix = uniqueString(resourceGroup().id, name)
var packageContainerName = empty(beside) ? 'app-package' : 'app-package-${beside}'
// In host.json's and function.json's words. Poison queues are made here too, so that they are there to be
// looked at before the first message fails.
var queueNames = ['alerts-to-enrich', 'hunt-requests']
var tableNames = ['Alerts', 'AlertEvents', 'Incidents', 'AlertWork', 'EntityCache', 'Checkpoints', 'Tenants', 'KnownBenign', 'WriteBackRules']

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles (read 2026-11)
var appStorageRoles = {
  // The host: the timer's lock and state, and the deployment package.
  blobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  // Trigger and outputs. "Message Processor" and "Sender" together lack the update that a failed run makes.
  queueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  // The ledger, the cache and the published rows.
  tableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}
var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-${prefix}-${suffix}'
  location: location
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: logRetentionDays
    workspaceCapping: { dailyQuotaGb: dailyCapGb }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${prefix}-${suffix}'
  location: location
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

// User-assigned: its app roles can be granted before the app exists and outlive the app.
resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${prefix}-${suffix}'
  location: location
}

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: 'alerts${suffix}'
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: 'Enabled'
    networkAcls: { bypass: 'AzureServices', defaultAction: 'Allow' }
  }
}

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: storage
  name: 'default'
}

resource packageContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = {
  parent: blobService
  name: packageContainerName
  properties: { publicAccess: 'None' }
}

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2024-01-01' = {
  parent: storage
  name: 'default'
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' = [for queue in queueNames: {
  parent: queueService
  name: queue
}]

resource poisonQueues 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' = [for queue in queueNames: {
  parent: queueService
  name: '${queue}-poison'
}]

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2024-01-01' = {
  parent: storage
  name: 'default'
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2024-01-01' = [for table in tableNames: {
  parent: tableService
  name: table
}]

resource appStorageAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in items(appStorageRoles): {
  name: guid(storage.id, identity.id, role.value)
  scope: storage
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
  }
}]

resource appLogAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, identity.id, monitoringMetricsPublisher)
  scope: insights
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', monitoringMetricsPublisher)
  }
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${appPrefix}-${suffix}'
  location: location
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource functionApp 'Microsoft.Web/sites@2024-04-01' = {
  name: 'func-${appPrefix}-${suffix}'
  location: location
  kind: 'functionapp,linux'
  // azd publishes to the one app that has this tag.
  tags: empty(beside) ? {
    'azd-service-name': 'app'
  } : {}
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    siteConfig: { minTlsVersion: '1.2' }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${packageContainerName}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: {
        name: 'python'
        version: '3.13'
      }
      scaleAndConcurrency: {
        maximumInstanceCount: maximumInstances
        instanceMemoryMB: instanceMemory
        alwaysReady: alwaysReadyInstances == 0 ? [] : [
          { name: 'function:EnrichAlert', instanceCount: alwaysReadyInstances }
          { name: 'function:HuntCorrelate', instanceCount: alwaysReadyInstances }
        ]
      }
    }
  }
  // The platform reads the container when the app is made, and the host its storage when it first starts.
  dependsOn: [packageContainer, queues, poisonQueues, tables, appStorageAccess, appLogAccess]
}

// No password publishes the app: Core Tools, azd and the workflow bring a token of Entra.
resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: functionApp
  name: 'ftp'
  properties: { allow: false }
}

resource noScmPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: functionApp
  name: 'scm'
  properties: { allow: false }
}

// `AzureWebJobsStorage` itself must not exist, not even empty: the host would take it for a connection string
// (https://github.com/Azure/terraform-azurerm-avm-res-web-site/pull/376, read 2026-11).
var commonSettings = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.properties.clientId
  IDENTITY_CLIENT_ID: identity.properties.clientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
  CLOUD: cloud
  TENANT: tenant
  TENANTS_APP_ID: tenantsAppId
  ALERT_SOURCE: alertSource
}
// The account's name where storage is at core.windows.net, its addresses elsewhere, and never both: addresses alone
// left hosts without storage in spring 2026 (https://github.com/Azure/azure-functions-host/issues/11787), the name
// alone is looked for in the public cloud only, and with both the host finds no way to make its client
// (https://github.com/Azure/azure-webjobs-sdk/issues/3132; all read 2026-11). What addresses alone do in the
// government clouds today nobody has tried for us.
var storageByName = {
  AzureWebJobsStorage__accountName: storage.name
}
var storageByAddress = {
  AzureWebJobsStorage__blobServiceUri: storage.properties.primaryEndpoints.blob
  AzureWebJobsStorage__queueServiceUri: storage.properties.primaryEndpoints.queue
  AzureWebJobsStorage__tableServiceUri: storage.properties.primaryEndpoints.table
}
var storageSuffix = environment().suffixes.storage
// The linter wants no cloud's address in a template. This one is compared with, never called: it tells the public
// cloud from the others, for the choice above.
#disable-next-line no-hardcoded-env-urls
var storageSettings = storageSuffix == 'core.windows.net' ? storageByName : storageByAddress

resource appSettings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: functionApp
  name: 'appsettings'
  properties: union(settings, commonSettings, storageSettings)
}

module alertRules 'alerts.bicep' = {
  name: 'alert-rules'
  params: {
    name: prefix
    location: location
    insightsId: insights.id
    workspaceId: workspace.id
    dailyCapGb: dailyCapGb
    email: alertEmail
  }
}

module operatorAccess 'operator-access.bicep' = if (operatorPrincipalId != '') {
  name: 'operator-access'
  params: {
    storageAccountName: storage.name
    principalId: operatorPrincipalId
    principalType: operatorPrincipalType
    mayChange: operatorMayChange
  }
}

@description('Name of the function app, for `func azure functionapp publish`.')
output appName string = functionApp.name

@description('Name of the storage account with the tables.')
output storageAccountName string = storage.name

@description('Name of the identity, for grant-roles.sh.')
output identityName string = identity.name

@description('Object id of the identity: who is granted app roles.')
output identityPrincipalId string = identity.properties.principalId

@description('Client id of the identity.')
output identityClientId string = identity.properties.clientId

@description('Id of the workspace that the app logs to, for look_running.py.')
output logWorkspaceId string = workspace.properties.customerId

@description('Where alerts come from, for the role scripts.')
output alertSource string = alertSource

@description('The Microsoft cloud, for the role scripts.')
output cloud string = cloud
