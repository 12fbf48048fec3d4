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

@description('Where a message for each incident is posted, such as a Teams channel\'s workflow address; empty: none.')
@secure()
param incidentWebhookUrl string = ''

@description('https://NAME.service-now.com, where each incident gets one of ServiceNow\'s; empty: none.')
param serviceNowUrl string = ''

@description('Value of the Authorization header for ServiceNow.')
@secure()
param serviceNowAuthorization string = ''

@description('https://NAME.atlassian.net, where each incident gets an issue; empty: none.')
param jiraUrl string = ''

@description('Key of the Jira project that gets the issues.')
param jiraProject string = ''

@description('Value of the Authorization header for Jira.')
@secure()
param jiraAuthorization string = ''

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

module teams 'workflow.bicep' = if (!empty(incidentWebhookUrl)) {
  name: 'incident-messages'
  params: {
    name: '${name}-incidents'
    location: location
    definition: loadJsonContent('teams.json')
    values: {
      tableEndpoint: {
        value: storage.properties.primaryEndpoints.table
      }
      webhookUrl: {
        value: incidentWebhookUrl
      }
    }
    storageAccountName: storageAccountName
    tableNames: ['Incidents']
  }
}

module serviceNow 'workflow.bicep' = if (serviceNowUrl != '') {
  name: 'incident-servicenow'
  params: {
    name: '${name}-servicenow'
    location: location
    definition: loadJsonContent('servicenow.json')
    values: {
      tableEndpoint: {
        value: storage.properties.primaryEndpoints.table
      }
      instanceUrl: {
        value: serviceNowUrl
      }
      authorization: {
        value: serviceNowAuthorization
      }
    }
    storageAccountName: storageAccountName
    tableNames: ['Incidents']
  }
}

module jira 'workflow.bicep' = if (jiraUrl != '') {
  name: 'incident-jira'
  params: {
    name: '${name}-jira'
    location: location
    definition: loadJsonContent('jira.json')
    values: {
      tableEndpoint: {
        value: storage.properties.primaryEndpoints.table
      }
      siteUrl: {
        value: jiraUrl
      }
      projectKey: {
        value: jiraProject
      }
      authorization: {
        value: jiraAuthorization
      }
    }
    storageAccountName: storageAccountName
    tableNames: ['Incidents']
  }
}
