// A Consumption workflow that writes the rows of Alerts as CSV files every night, for tools that read no tables with
// an Entra sign-in, and a container for them. docs/consumers.md says what it writes and who may read it.
//
// It may read the one table and write the one container, and nothing else of the account.

targetScope = 'resourceGroup'

@description('Name of the storage account that holds the table Alerts (an output of ../main.bicep).')
param storageAccountName string

@description('Name of the workflow.')
@minLength(3)
@maxLength(40)
param name string = 'defender-alerts-export'

@description('The Azure region of the workflow.')
param location string = resourceGroup().location

@description('Object id of a user or group that may read the files; empty: nobody but the workflow.')
param readerPrincipalId string = ''

@description('Whether readerPrincipalId is a user or a group.')
@allowed(['User', 'Group'])
param readerPrincipalType string = 'Group'

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles (read 2026-11)
var storageTableDataReader = '76199698-9eea-4c19-bc75-cec21354c6b6'
var storageBlobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var storageBlobDataReader = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
var containerName = 'alert-export'

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageAccountName
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2024-01-01' existing = {
  parent: storage
  name: 'default'
}

resource alerts 'Microsoft.Storage/storageAccounts/tableServices/tables@2024-01-01' existing = {
  parent: tableService
  name: 'Alerts'
}

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' existing = {
  parent: storage
  name: 'default'
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = {
  parent: blobService
  name: containerName
  properties: { publicAccess: 'None' }
}

resource workflow 'Microsoft.Logic/workflows@2019-05-01' = {
  name: name
  location: location
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    state: 'Enabled'
    definition: loadJsonContent('export.json')
    parameters: {
      tableEndpoint: {
        value: storage.properties.primaryEndpoints.table
      }
      containerUrl: {
        value: '${storage.properties.primaryEndpoints.blob}${containerName}'
      }
    }
  }
}

resource readsAlerts 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(alerts.id, workflow.id, storageTableDataReader)
  scope: alerts
  properties: {
    principalId: workflow.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageTableDataReader)
  }
}

resource writesFiles 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(container.id, workflow.id, storageBlobDataContributor)
  scope: container
  properties: {
    principalId: workflow.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageBlobDataContributor)
  }
}

resource readsFiles 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (readerPrincipalId != '') {
  name: guid(container.id, readerPrincipalId, storageBlobDataReader)
  scope: container
  properties: {
    principalId: readerPrincipalId
    principalType: readerPrincipalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageBlobDataReader)
  }
}

@description('Address of the container, for Power BI (Azure Blobs) and Excel (From Azure Blob Storage).')
output containerUrl string = '${storage.properties.primaryEndpoints.blob}${containerName}'
