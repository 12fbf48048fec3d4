# A stand-in: signing in always works, to the tenant of the directory in the file that FAKE_GRAPH_STATE names.
function Connect-MgGraph {
    [CmdletBinding()]
    param([string] $Environment, [switch] $NoWelcome, [string[]] $Scopes)
}

function Get-MgContext {
    [CmdletBinding()]
    param()

    $state = Get-Content -Raw -Path $env:FAKE_GRAPH_STATE | ConvertFrom-Json
    [pscustomobject] @{ TenantId = $state.tenant }
}
