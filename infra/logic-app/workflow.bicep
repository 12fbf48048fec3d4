// One Consumption workflow with an identity of its own, which may read and write the rows of the tables named
// and nothing else of the storage account: the correlator's own tables stay out of its reach.

targetScope = 'resourceGroup'

@description('Name of the workflow.')
param name string

@description('The Azure region.')
param location string

@description('The workflow definition.')
param definition object

@description('Values of the definition\'s parameters, each as { value: … }.')
@secure()
param values object

@description('Name of the storage account.')
param storageAccountName string

@description('Tables whose rows it reads and marks.')
param tableNames array

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles (read 2026-11). A table as the
// scope: https://learn.microsoft.com/azure/storage/tables/assign-azure-role-data-access (read 2026-11).
var storageTableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageAccountName
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2024-01-01' existing = {
  parent: storage
  name: 'default'
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2024-01-01' existing = [for table in tableNames: {
  parent: tableService
  name: table
}]

resource workflow 'Microsoft.Logic/workflows@2019-05-01' = {
  name: name
  location: location
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    state: 'Enabled'
    definition: definition
    parameters: values
  }
}

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (table, index) in tableNames: {
  name: guid(storage.id, table, workflow.id, storageTableDataContributor)
  scope: tables[index]
  properties: {
    principalId: workflow.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageTableDataContributor)
  }
}]
