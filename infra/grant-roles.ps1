<#
.SYNOPSIS
Grants the app's identity the application roles it needs on Defender for Endpoint and Microsoft Graph; with -AppId, in
a customer's tenant, the multi-tenant app of its provider (docs/tenants.md).

.DESCRIPTION
Run it after the identity exists and BEFORE the app first starts: the platform caches an identity's tokens for
about a day per API, with the roles of the moment when the first one was asked for. A role granted later shows
up to a day late; nothing can hurry it
(https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/managed-identity-best-practice-recommendations).

Roles are looked up by name: public lists of their ids contradict each other. Safe to repeat. It does what
grant-roles.sh does, with the Microsoft Graph PowerShell modules instead of the Azure CLI.

You need: Install-Module Microsoft.Graph.Applications, and to be Privileged Role Administrator or Global
Administrator. It stops at the first refusal, however it is started.

.PARAMETER PrincipalId
Object id of the identity (output identityPrincipalId of main.bicep); not its client id.

.PARAMETER IdentityName
Or its name (output identityName).

.PARAMETER AppId
Or, run by a customer of a provider: the application id of the provider's app, which is added to the tenant you sign
in to where it is not there yet.

.PARAMETER Source
Where the app reads alerts: its setting ALERT_SOURCE.

.PARAMETER WriteBack
Also the role that the setting WRITE_BACK takes: the app could then change, close and assign every alert of the
tenant (docs/write-back.md).

.PARAMETER WithoutEnrichment
Leaves out the roles for looking up devices, files, addresses, domains and users.

.PARAMETER Cloud
The parameter cloud of main.bicep: it decides which Microsoft Graph is asked.

.PARAMETER DryRun
Says what would be granted, grants nothing.

.EXAMPLE
./grant-roles.ps1 -IdentityName id-defender-alerts-abc123 -DryRun
#>
[CmdletBinding(DefaultParameterSetName = 'ByName')]
param(
    [Parameter(Mandatory, ParameterSetName = 'ById')]
    [ValidatePattern('^[0-9a-fA-F-]{36}$')]
    [string] $PrincipalId,

    [Parameter(Mandatory, ParameterSetName = 'ByName')]
    [ValidatePattern('^[A-Za-z0-9_-]{3,128}$')]
    [string] $IdentityName,

    [Parameter(Mandatory, ParameterSetName = 'ByApp')]
    [ValidatePattern('^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')]
    [string] $AppId,

    [ValidateSet('defender', 'graph')]
    [string] $Source = 'defender',

    [switch] $WriteBack,

    [switch] $WithoutEnrichment,

    [ValidateSet('public', 'usgov-gcc', 'usgov-high', 'usgov-dod')]
    [string] $Cloud = 'public',

    [switch] $DryRun
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
# That preference does not reach the functions of a module
# (https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/896, read 2026-11): each call of the modules
# says -ErrorAction Stop itself, and a grant counts only once the directory has answered with it.

$DefenderApp = 'fc780465-2017-40d4-a0c5-307022471b92' # WindowsDefenderATP
$GraphApp = '00000003-0000-0000-c000-000000000000' # Microsoft Graph

# Needed, with the default source of alerts.
$DefenderRoles = @('Alert.Read.All')
$GraphRoles = @('ThreatHunting.Read.All')
# Each optional one adds its part to the rows; without it that part says so.
$DefenderEnrichment = @('Machine.Read.All', 'File.Read.All', 'Ip.Read.All', 'Url.Read.All', 'User.Read.All')
# Instead of Alert.Read.All, where ALERT_SOURCE is graph.
$GraphSourceRoles = @('SecurityAlert.Read.All')
# Only with -WriteBack, for the setting WRITE_BACK: whoever has them can change every alert of the tenant.
$DefenderWriteRoles = @('Alert.ReadWrite.All')
$GraphWriteRoles = @('SecurityAlert.ReadWrite.All')

# In the words of Connect-MgGraph.
$environments = @{ 'public' = 'Global'; 'usgov-gcc' = 'Global'; 'usgov-high' = 'USGov'; 'usgov-dod' = 'USGovDoD' }

foreach ($module in 'Microsoft.Graph.Authentication', 'Microsoft.Graph.Applications') {
    if (-not (Get-Module -ListAvailable -Name $module)) {
        throw "The module $module is missing: Install-Module Microsoft.Graph.Applications -Scope CurrentUser"
    }
    Import-Module $module -ErrorAction Stop
}
# Adding an application to a tenant takes one scope more.
$directoryScope = if ($AppId) { 'Application.ReadWrite.All' } else { 'Application.Read.All' }
Connect-MgGraph -Environment ($environments[$Cloud]) -NoWelcome -ErrorAction Stop -Scopes 'AppRoleAssignment.ReadWrite.All', $directoryScope

if ($PSCmdlet.ParameterSetName -eq 'ByName') {
    $found = @(Get-MgServicePrincipal -ErrorAction Stop -Filter "displayName eq '$IdentityName' and servicePrincipalType eq 'ManagedIdentity'")
    if ($found.Count -ne 1) {
        throw "Found $($found.Count) managed identities named '$IdentityName'; use -PrincipalId."
    }
    $PrincipalId = $found[0].Id
}
$tenant = "$((Get-MgContext -ErrorAction Stop).TenantId)"
if ($PSCmdlet.ParameterSetName -eq 'ByApp') {
    Write-Output "tenant        $tenant"
    $found = @(Get-MgServicePrincipal -ErrorAction Stop -Filter "appId eq '$AppId'")
    if ($found.Count -gt 0) {
        Write-Output 'there already the app                  in this tenant'
    }
    elseif ($DryRun) {
        Write-Output 'would add     the app                  to this tenant'
    }
    else {
        try {
            $found = @(New-MgServicePrincipal -ErrorAction Stop -AppId $AppId)
        }
        catch {
            throw "The app $AppId was not added to this tenant. Is the id the provider's? It takes a Cloud Application Administrator. The answer: $_"
        }
        Write-Output 'added         the app                  to this tenant'
    }
    if ($found.Count -gt 0) { $PrincipalId = $found[0].Id }
}
$held = @()
if ($PrincipalId) {
    try {
        $held = @(Get-MgServicePrincipalAppRoleAssignment -ErrorAction Stop -ServicePrincipalId $PrincipalId -All)
    }
    catch {
        throw "What $PrincipalId holds cannot be read. Is it the client id by mistake? The answer: $_"
    }
}
$script:granted = 0
$script:present = 0

function Grant-Role {
    param([string] $App, [string] $Api, [string[]] $Roles)

    $resource = Get-MgServicePrincipal -ErrorAction Stop -Filter "appId eq '$App'"
    if ($null -eq $resource) {
        throw "$Api is not in this tenant. For Defender: the tenant needs a Defender for Endpoint licence, and somebody must have opened security.microsoft.com once."
    }
    foreach ($role in $Roles) {
        $definition = @($resource.AppRoles | Where-Object { $_.Value -eq $role -and $_.AllowedMemberTypes -contains 'Application' })
        if ($definition.Count -ne 1) {
            throw "$Api has no application role named $role."
        }
        $id = $definition[0].Id
        if ($held | Where-Object { $_.ResourceId -eq $resource.Id -and $_.AppRoleId -eq $id }) {
            Write-Output ('has already   {0,-24} {1}' -f $role, $Api)
            $script:present++
        }
        elseif ($DryRun) {
            Write-Output ('would grant   {0,-24} {1}' -f $role, $Api)
            $script:granted++
        }
        else {
            Add-Grant -ResourceId $resource.Id -RoleId $id -Role $role
            Write-Output ('granted       {0,-24} {1}' -f $role, $Api)
            $script:granted++
        }
    }
}

function Add-Grant {
    param([string] $ResourceId, [string] $RoleId, [string] $Role)

    $why = 'nothing came back'
    $made = $null
    try {
        $made = New-MgServicePrincipalAppRoleAssignment -ErrorAction Stop -ServicePrincipalId $PrincipalId -PrincipalId $PrincipalId -ResourceId $ResourceId -AppRoleId $RoleId
    }
    catch {
        $why = "$_"
    }
    if ($null -eq $made -or "$($made.AppRoleId)" -ne $RoleId) {
        throw "$Role was not granted, nor is anything after it. It takes a Privileged Role Administrator or Global Administrator. The answer: $why"
    }
}

$onDefender = @()
$onGraph = @($GraphRoles)
if ($Source -eq 'defender') { $onDefender += $DefenderRoles } else { $onGraph += $GraphSourceRoles }
if ($WriteBack -and $Source -eq 'defender') { $onDefender += $DefenderWriteRoles }
if ($WriteBack -and $Source -eq 'graph') { $onGraph += $GraphWriteRoles }
if (-not $WithoutEnrichment) { $onDefender += $DefenderEnrichment }
if ($onDefender.Count -gt 0) { Grant-Role -App $DefenderApp -Api 'Defender for Endpoint' -Roles $onDefender }
Grant-Role -App $GraphApp -Api 'Microsoft Graph' -Roles $onGraph

if ($DryRun) {
    Write-Output "Nothing was changed: $script:granted to grant, $script:present there already."
}
else {
    Write-Output "Done: $script:granted granted, $script:present there already."
    if ($AppId) {
        Write-Output "Now tell your provider the id of this tenant: $tenant"
    }
    elseif ($script:granted -gt 0) {
        Write-Output 'Now publish the app. If it has run already, its tokens may lack these roles for up to a day; an identity of a new name does not have to wait.'
    }
}
