// The sample workflows beside a deployed alert correlator: messages, tickets, or both. README.md in this
// folder says what they do and what was checked.

targetScope = 'resourceGroup'

@description('Name of the storage account that holds the table Alerts (an output of ../main.bicep).')
param storageAccountName string

@description('Short name that both workflows begin with.')
@minLength(3)
@maxLength(40)
param name string = 'defender-alerts'

@description('The Azure region of the workflows.')
param location string = resourceGroup().location

@description('Where messages are posted, such as a Teams channel\'s workflow address; empty: no messages.')
@secure()
param webhookUrl string = ''

@description('Where tickets are opened; empty: no tickets.')
param ticketsUrl string = ''

@description('Value of the Authorization header that the ticket system wants.')
@secure()
param ticketsAuthorization string = ''

var ticketsTableName = 'AlertTickets'
var hasTickets = ticketsUrl != ''

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageAccountName
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2024-01-01' existing = {
  parent: storage
  name: 'default'
}

resource ticketsTable 'Microsoft.Storage/storageAccounts/tableServices/tables@2024-01-01' = if (hasTickets) {
  parent: tableService
  name: ticketsTableName
}

module notify 'workflow.bicep' = if (!empty(webhookUrl)) {
  name: 'alert-messages'
  params: {
    name: '${name}-messages'
    location: location
    definition: loadJsonContent('notify.json')
    values: {
      tableEndpoint: {
        value: storage.properties.primaryEndpoints.table
      }
      webhookUrl: {
        value: webhookUrl
      }
    }
    storageAccountName: storageAccountName
    tableNames: ['Alerts']
  }
}

module tickets 'workflow.bicep' = if (hasTickets) {
  name: 'alert-tickets'
  params: {
    name: '${name}-tickets'
    location: location
    definition: loadJsonContent('tickets.json')
    values: {
      tableEndpoint: {
        value: storage.properties.primaryEndpoints.table
      }
      ticketsTable: {
        value: ticketsTableName
      }
      ticketsUrl: {
        value: ticketsUrl
      }
      ticketsAuthorization: {
        value: ticketsAuthorization
      }
    }
    storageAccountName: storageAccountName
    tableNames: ['Alerts', ticketsTableName]
  }
  dependsOn: [ticketsTable]
}
