# A stand-in for the module's functions that grant-roles.ps1 calls, over the directory in the file that
# FAKE_GRAPH_STATE names (as tests/infra/fake_az.py has it). It refuses as the real ones do: with an error that
# ends nothing unless the call itself says -ErrorAction Stop.

function Read-State {
    Get-Content -Raw -Path $env:FAKE_GRAPH_STATE | ConvertFrom-Json
}

function Get-MgServicePrincipal {
    [CmdletBinding()]
    param([string] $Filter)

    $state = Read-State
    foreach ($app in $state.apps.PSObject.Properties) {
        if ($Filter -eq "appId eq '$($app.Name)'") {
            $app.Value
        }
    }
    foreach ($identity in $state.identities.PSObject.Properties) {
        $name = $identity.Name.Split('/')[1]
        if ($Filter -eq "displayName eq '$name' and servicePrincipalType eq 'ManagedIdentity'") {
            [pscustomobject] @{ Id = $identity.Value.principalId }
        }
    }
}

function Get-MgServicePrincipalAppRoleAssignment {
    [CmdletBinding()]
    param([string] $ServicePrincipalId, [switch] $All)

    $held = (Read-State).grants.PSObject.Properties | Where-Object { $_.Name -eq $ServicePrincipalId }
    if ($null -eq $held) {
        Write-Error "[Request_ResourceNotFound] : Resource '$ServicePrincipalId' does not exist. Status: 404"
        return
    }
    $held.Value
}

function New-MgServicePrincipalAppRoleAssignment {
    [CmdletBinding()]
    param([string] $ServicePrincipalId, [string] $PrincipalId, [string] $ResourceId, [string] $AppRoleId)

    $state = Read-State
    $entry = $state.grants.PSObject.Properties[$ServicePrincipalId]
    $held = @($entry.Value)
    if (-not $state.may_grant -or $held.Count -ge $state.breaks_after) {
        Write-Error '[Authorization_RequestDenied] : Insufficient privileges to complete the operation. Status: 403'
        return
    }
    $made = [pscustomobject] @{ principalId = $PrincipalId; resourceId = $ResourceId; appRoleId = $AppRoleId }
    $entry.Value = $held + $made
    $state | ConvertTo-Json -Depth 10 | Set-Content -Path $env:FAKE_GRAPH_STATE
    $made
}
