# A stand-in: signing in always works.
function Connect-MgGraph {
    [CmdletBinding()]
    param([string] $Environment, [switch] $NoWelcome, [string[]] $Scopes)
}
