// Lets a person or a group read the tables and queues, for `dev.py doctor`, `dev.py report` and `dev.py ops status`,
// `show` and `poison`; with `mayChange` also change them: `dev.py ops replay`, `backfill`, `purge`, and
// `dev.py ops poison --return` and `--clear`.

targetScope = 'resourceGroup'

@description('Name of the storage account.')
param storageAccountName string

@description('Object id of the user or group.')
param principalId string

@description('Whether it is a user or a group.')
@allowed(['User', 'Group'])
param principalType string

@description('Whether they may also change what they read.')
param mayChange bool = false

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles (read 2026-11)
var readers = {
  queueDataReader: '19e7f393-937e-4f77-808e-94535e297925'
  tableDataReader: '76199698-9eea-4c19-bc75-cec21354c6b6'
}
var contributors = {
  queueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  tableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}
var roles = mayChange ? union(readers, contributors) : readers

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageAccountName
}

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in items(roles): {
  name: guid(storage.id, principalId, role.value)
  scope: storage
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
  }
}]
