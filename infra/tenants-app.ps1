<#
.SYNOPSIS
Makes the multi-tenant app by which further tenants are reached, and lets it trust the app's managed identity.

.DESCRIPTION
The provider runs it once, in the tenant of the identity. No secret is made: the identity's own token stands for the
app (https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity,
read 2026-11). App and identity must be of one tenant: Entra refuses any other pair with AADSTS700236.

Each customer's administrator then consents, by the link that it prints or by grant-roles.ps1 -AppId
(docs/tenants.md). Safe to repeat: what is there is found by its name, and mended. It does what tenants-app.sh does,
with the Microsoft Graph PowerShell modules instead of the Azure CLI.

You need: Install-Module Microsoft.Graph.Applications, and to be Cloud Application Administrator or Application
Administrator. It stops at the first refusal, however it is started.

.PARAMETER IdentityName
Name of the user-assigned identity (output identityName of main.bicep).

.PARAMETER Name
The app's display name, which your customers see.

.PARAMETER Source
Where the app reads alerts: its setting ALERT_SOURCE.

.PARAMETER WriteBack
Also the role that the setting WRITE_BACK takes (docs/write-back.md).

.PARAMETER WithoutEnrichment
Leaves out the roles for looking up devices, files, addresses, domains and users.

.PARAMETER Cloud
The parameter cloud of main.bicep.

.PARAMETER DryRun
Says what would be made, makes nothing.

.EXAMPLE
./tenants-app.ps1 -IdentityName id-defender-alerts-abc123 -DryRun
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [ValidatePattern('^[A-Za-z0-9_-]{3,128}$')]
    [string] $IdentityName,

    [ValidatePattern('^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$')]
    [string] $Name = 'defender-alerts',

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
# says -ErrorAction Stop itself.

$DefenderApp = 'fc780465-2017-40d4-a0c5-307022471b92' # WindowsDefenderATP
$GraphApp = '00000003-0000-0000-c000-000000000000' # Microsoft Graph
$MostCredentials = 20 # that an app can have
# Where a browser ends after the consent: https://learn.microsoft.com/defender-endpoint/api/exposed-apis-create-app-partners
$AfterConsent = 'https://portal.azure.com'

# What a customer is asked to consent to: the same roles as grant-roles.ps1 grants.
$DefenderRoles = @('Alert.Read.All')
$GraphRoles = @('ThreatHunting.Read.All')
$DefenderEnrichment = @('Machine.Read.All', 'File.Read.All', 'Ip.Read.All', 'Url.Read.All', 'User.Read.All')
$GraphSourceRoles = @('SecurityAlert.Read.All')
$DefenderWriteRoles = @('Alert.ReadWrite.All')
$GraphWriteRoles = @('SecurityAlert.ReadWrite.All')

# In the words of Connect-MgGraph; the hosts that issue tokens, and the audience of what is exchanged.
$environments = @{ 'public' = 'Global'; 'usgov-gcc' = 'Global'; 'usgov-high' = 'USGov'; 'usgov-dod' = 'USGovDoD' }
$isGovernment = $environments[$Cloud] -ne 'Global'
$login = if ($isGovernment) { 'https://login.microsoftonline.us' } else { 'https://login.microsoftonline.com' }
$audience = if ($isGovernment) { 'api://AzureADTokenExchangeUSGov' } else { 'api://AzureADTokenExchange' }

foreach ($module in 'Microsoft.Graph.Authentication', 'Microsoft.Graph.Applications') {
    if (-not (Get-Module -ListAvailable -Name $module)) {
        throw "The module $module is missing: Install-Module Microsoft.Graph.Applications -Scope CurrentUser"
    }
    Import-Module $module -ErrorAction Stop
}
Connect-MgGraph -Environment ($environments[$Cloud]) -NoWelcome -ErrorAction Stop -Scopes 'Application.ReadWrite.All'
$tenant = "$((Get-MgContext -ErrorAction Stop).TenantId)"

# The identity is looked for in the tenant of the sign-in, so that app and identity are of one.
$found = @(Get-MgServicePrincipal -ErrorAction Stop -Filter "displayName eq '$IdentityName' and servicePrincipalType eq 'ManagedIdentity'")
if ($found.Count -ne 1) {
    throw "Found $($found.Count) managed identities named '$IdentityName' in tenant $tenant. Sign in to the identity's tenant first."
}
$subject = $found[0].Id
$issuer = "$login/$tenant/v2.0"

function Get-Access {
    param([string] $App, [string] $Api, [string[]] $Roles)

    $resource = Get-MgServicePrincipal -ErrorAction Stop -Filter "appId eq '$App'"
    if ($null -eq $resource) {
        throw "$Api is not in this tenant, so its roles have no ids here. Add it, which costs nothing: az ad sp create --id $App"
    }
    $asked = foreach ($role in $Roles) {
        $definition = @($resource.AppRoles | Where-Object { $_.Value -eq $role -and $_.AllowedMemberTypes -contains 'Application' })
        if ($definition.Count -ne 1) {
            throw "$Api has no application role named $role."
        }
        @{ id = $definition[0].Id; type = 'Role' }
    }
    @{ resourceAppId = $App; resourceAccess = @($asked) }
}

$onDefender = @()
$onGraph = @($GraphRoles)
if ($Source -eq 'defender') { $onDefender += $DefenderRoles } else { $onGraph += $GraphSourceRoles }
if ($WriteBack -and $Source -eq 'defender') { $onDefender += $DefenderWriteRoles }
if ($WriteBack -and $Source -eq 'graph') { $onGraph += $GraphWriteRoles }
if (-not $WithoutEnrichment) { $onDefender += $DefenderEnrichment }
$access = @()
if ($onDefender.Count -gt 0) { $access += Get-Access -App $DefenderApp -Api 'Defender for Endpoint' -Roles $onDefender }
$access += Get-Access -App $GraphApp -Api 'Microsoft Graph' -Roles $onGraph
$wanted = @($access | ForEach-Object { $_.resourceAccess } | ForEach-Object { "$($_.id)" })

$known = @(Get-MgApplication -ErrorAction Stop -Filter "displayName eq '$Name'")
if ($known.Count -gt 1) {
    throw "Several apps are named '$Name': give yours another name with -Name."
}
$app = if ($known.Count -eq 1) { $known[0] } else { $null }
if ($null -eq $app) {
    if ($DryRun) {
        Write-Output "would make    the app $Name, for $($wanted.Count) roles"
    }
    else {
        $app = New-MgApplication -ErrorAction Stop -DisplayName $Name -SignInAudience 'AzureADMultipleOrgs' -Web @{ redirectUris = @($AfterConsent) } -RequiredResourceAccess $access
        if ($null -eq $app -or -not $app.AppId) {
            throw 'The app was not made. It takes a Cloud Application Administrator or Application Administrator.'
        }
        Write-Output "made          the app $Name, for $($wanted.Count) roles"
    }
}
else {
    if ($app.SignInAudience -ne 'AzureADMultipleOrgs') {
        throw "The app '$Name' is for $($app.SignInAudience) alone, so no customer can consent to it: give yours another name with -Name."
    }
    $asked = @($app.RequiredResourceAccess | ForEach-Object { $_.ResourceAccess } | ForEach-Object { "$($_.Id)" })
    $lacking = @($wanted | Where-Object { $asked -notcontains $_ })
    if ($lacking.Count -eq 0) {
        Write-Output "there already the app $Name, with $($wanted.Count) roles"
    }
    elseif ($DryRun) {
        Write-Output "would change  the roles of the app ${Name}: $($lacking.Count) were missing. Customers that consented before consent anew"
    }
    else {
        Update-MgApplication -ErrorAction Stop -ApplicationId $app.Id -RequiredResourceAccess $access
        Write-Output "changed       the roles of the app ${Name}: $($lacking.Count) were missing. Customers that consented before consent anew"
    }
}

$trusts = @()
if ($null -ne $app) {
    $trusts = @(Get-MgApplicationFederatedIdentityCredential -ErrorAction Stop -ApplicationId $app.Id -All)
}
# Issuer, subject and audience are compared letter by letter.
if ($trusts | Where-Object { $_.Issuer -ceq $issuer -and $_.Subject -ceq $subject -and $_.Audiences -ccontains $audience }) {
    Write-Output "there already its trust in the identity $IdentityName"
}
elseif ($trusts.Count -ge $MostCredentials) {
    throw "The app '$Name' has $MostCredentials credentials, and an app can have no more: remove one."
}
elseif ($DryRun) {
    Write-Output "would make    its trust in the identity $IdentityName"
}
else {
    $credential = @{ name = $IdentityName; issuer = $issuer; subject = $subject; audiences = @($audience) }
    # An app that was just made may take some seconds to be known everywhere.
    foreach ($try in 1..3) {
        try {
            $null = New-MgApplicationFederatedIdentityCredential -ErrorAction Stop -ApplicationId $app.Id -BodyParameter $credential
            break
        }
        catch {
            if ($try -eq 3) {
                throw "The app does not trust the identity. Run this again: it goes on where it stopped. The answer: $_"
            }
            Start-Sleep -Seconds 5
        }
    }
    Write-Output "made          its trust in the identity $IdentityName"
}

if ($DryRun) {
    Write-Output 'Nothing was changed.'
}
else {
    Write-Output "Done. Set the app's setting TENANTS_APP_ID (environment TENANTS_APP_ID of main.bicepparam) to"
    Write-Output "  $($app.AppId)"
    Write-Output "and send each customer's administrator this link, with the customer's tenant id in it, or let them run grant-roles:"
    Write-Output "  $login/CUSTOMER_TENANT_ID/adminconsent?client_id=$($app.AppId)&redirect_uri=$AfterConsent"
    Write-Output "  infra/grant-roles.ps1 -AppId $($app.AppId)"
}
