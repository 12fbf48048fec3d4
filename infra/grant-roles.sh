#!/usr/bin/env bash
# Grants the app's identity the application roles it needs on Defender for Endpoint and Microsoft Graph; with
# --app-id, in a customer's tenant, the multi-tenant app of its provider (docs/tenants.md).
#
# Run it after the identity exists and BEFORE the app first starts: the platform caches an identity's tokens
# for about a day per API, with the roles of the moment when the first one was asked for. A role granted later
# shows up to a day late; nothing can hurry it
# (https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/managed-identity-best-practice-recommendations).
#
# Roles are looked up by name: public lists of their ids contradict each other. Safe to repeat.
set -euo pipefail

readonly DEFENDER_APP=fc780465-2017-40d4-a0c5-307022471b92 # WindowsDefenderATP
readonly GRAPH_APP=00000003-0000-0000-c000-000000000000    # Microsoft Graph

# Needed, with the default source of alerts.
readonly DEFENDER_ROLES=(Alert.Read.All)
readonly GRAPH_ROLES=(ThreatHunting.Read.All)
# Each optional one adds its part to the rows; without it that part says so.
readonly DEFENDER_ENRICHMENT=(Machine.Read.All File.Read.All Ip.Read.All Url.Read.All User.Read.All)
# Instead of Alert.Read.All, where ALERT_SOURCE is graph.
readonly GRAPH_SOURCE_ROLES=(SecurityAlert.Read.All)
# Only with --write-back, for the setting WRITE_BACK: whoever has them can change every alert of the tenant.
readonly DEFENDER_WRITE_ROLES=(Alert.ReadWrite.All)
readonly GRAPH_WRITE_ROLES=(SecurityAlert.ReadWrite.All)

usage() {
  cat <<'TEXT'
Usage: grant-roles.sh (--identity NAME --resource-group GROUP | --principal-id ID | --app-id ID) [options]

  --identity NAME          the user-assigned identity (output identityName of main.bicep)
  --resource-group GROUP   its resource group
  --principal-id ID        or its object id (output identityPrincipalId); not its client id
  --app-id ID              or, run by a customer of a provider: the application id of the provider's app, which is
                           added to the tenant you are signed in to where it is not there yet
  --source defender|graph  where the app reads alerts (its setting ALERT_SOURCE); default defender
  --write-back             also the role that the setting WRITE_BACK takes: the app could then change, close and
                           assign every alert of the tenant (docs/write-back.md)
  --without-enrichment     leave out the roles for looking up devices, files, addresses, domains and users
  --cloud CLOUD            the parameter cloud of main.bicep; only usgov-dod makes a difference: its Microsoft
                           Graph is not the one of the Azure CLI's cloud
  --graph-host URL         another address of Microsoft Graph
  --dry-run                say what would be granted, grant nothing

You need: the Azure CLI, signed in (az login) as Privileged Role Administrator or Global Administrator. It stops
at the first refusal.
TEXT
}

fail() {
  printf 'Error: %s\n' "$1" >&2
  exit "${2:-1}"
}

argument() {
  [[ -n ${2:-} && $2 != --* ]] || fail "$1 needs a value." 2
}

identity='' group='' principal='' app_id='' tenant='' graph='' cloud=public source=defender enrichment=yes write_back=no dry_run=no
while (($#)); do
  case $1 in
    --identity) argument "$1" "${2:-}"; identity=$2; shift 2 ;;
    --resource-group) argument "$1" "${2:-}"; group=$2; shift 2 ;;
    --principal-id) argument "$1" "${2:-}"; principal=$2; shift 2 ;;
    --app-id) argument "$1" "${2:-}"; app_id=$2; shift 2 ;;
    --source) argument "$1" "${2:-}"; source=$2; shift 2 ;;
    --cloud) argument "$1" "${2:-}"; cloud=$2; shift 2 ;;
    --graph-host) argument "$1" "${2:-}"; graph=$2; shift 2 ;;
    --without-enrichment) enrichment=no; shift ;;
    --write-back) write_back=yes; shift ;;
    --dry-run) dry_run=yes; shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; fail "unknown option $1" 2 ;;
  esac
done
[[ $source == defender || $source == graph ]] || fail "--source is defender or graph, not '$source'." 2
case $cloud in
  public | usgov-gcc | usgov-high) ;;
  usgov-dod) graph=${graph:-https://dod-graph.microsoft.us} ;;
  *) fail "--cloud is public, usgov-gcc, usgov-high or usgov-dod, not '$cloud'." 2 ;;
esac
if [[ -z $app_id && -z $principal && (-z $identity || -z $group) ]]; then
  usage >&2
  fail 'say whom to grant to: --identity with --resource-group, --principal-id, or --app-id.' 2
fi
[[ -z $app_id || -z $principal$identity ]] || fail '--app-id goes without --identity and --principal-id.' 2
[[ -z $app_id || $app_id =~ ^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$ ]] || fail "'$app_id' is not an application id." 2

command -v az >/dev/null || fail 'the Azure CLI (az) is not installed: https://aka.ms/install-azure-cli'
az account show --output none || fail 'nobody is signed in. Sign in first: az login'
[[ -n $graph ]] || graph=$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv) \
  || fail 'the Azure CLI does not say which cloud it is in: az cloud show'
graph=${graph%/}
[[ $graph =~ ^https://[a-z0-9.-]+$ ]] || fail "'$graph' is no address for Microsoft Graph; give one with --graph-host." 2

# directory METHOD PATH [ARGUMENT...]: a call to Microsoft Graph, with a token for that very host.
directory() {
  local method=$1 path=$2
  shift 2
  az rest --method "$method" --url "$graph/v1.0/$path" --resource "$graph" "$@"
}

if [[ -n $app_id ]]; then
  tenant=$(az account show --query tenantId --output tsv) || fail 'the Azure CLI does not say which tenant you are signed in to.'
  printf 'tenant        %s\n' "$tenant"
  principal=$(directory GET "servicePrincipals?\$filter=appId%20eq%20'$app_id'" --query 'value[].id' --output tsv) \
    || fail 'the applications of this tenant cannot be read by you.'
  if [[ -n $principal ]]; then
    printf 'there already %-24s in this tenant\n' 'the app'
  elif [[ $dry_run == yes ]]; then
    printf 'would add     %-24s to this tenant\n' 'the app'
  else
    principal=$(directory POST servicePrincipals --headers 'Content-Type=application/json' \
      --body "{\"appId\":\"$app_id\"}" --query id --output tsv) \
      || fail "the app $app_id was not added to this tenant. Is the id the provider's? It takes a Cloud Application Administrator; see the answer above."
    printf 'added         %-24s to this tenant\n' 'the app'
  fi
elif [[ -z $principal ]]; then
  principal=$(az identity show --name "$identity" --resource-group "$group" --query principalId --output tsv) \
    || fail "there is no identity '$identity' in resource group '$group' that you may read. Deploy infra/main.bicep first."
fi
[[ $principal =~ ^[0-9a-fA-F-]{36}$ || -n $app_id && $dry_run == yes ]] || fail "'$principal' is not an object id."
# Grants by API in the words "resource id/role id", one a line; none of an app that is not there yet.
held=''
[[ -z $principal ]] || held=$(directory GET "servicePrincipals/$principal/appRoleAssignments" \
  --query "value[].join('/', [resourceId, appRoleId])" --output tsv) \
  || fail "no service principal has the object id $principal, or you may not read it. Is it the client id by mistake?"

granted=0 present=0

# grant APP-ID API-NAME ROLE...: each role that the identity does not hold yet.
grant() {
  local app=$1 api=$2 answer resource role id body
  shift 2
  # The API's object id on the first line, then each of its application roles as "name/role id".
  answer=$(directory GET "servicePrincipals(appId='$app')" --output tsv \
    --query "[[id], appRoles[?contains(allowedMemberTypes, 'Application')].join('/', [value, id])][]") \
    || fail "$api is not in this tenant. For Defender: the tenant needs a Defender for Endpoint licence, and somebody must have opened security.microsoft.com once."
  resource=${answer%%$'\n'*}
  for role in "$@"; do
    id=$(sed -n "s|^${role//./\\.}/||p" <<<"$answer")
    [[ -n $id ]] || fail "$api has no application role named $role."
    if grep -qixF "$resource/$id" <<<"$held"; then
      printf 'has already   %-24s %s\n' "$role" "$api"
      present=$((present + 1))
    elif [[ $dry_run == yes ]]; then
      printf 'would grant   %-24s %s\n' "$role" "$api"
      granted=$((granted + 1))
    else
      body="{\"principalId\":\"$principal\",\"resourceId\":\"$resource\",\"appRoleId\":\"$id\"}"
      directory POST "servicePrincipals/$principal/appRoleAssignments" \
        --headers 'Content-Type=application/json' --body "$body" --output none \
        || fail "$role was not granted, nor is anything after it. It takes a Privileged Role Administrator or Global Administrator; see the answer above."
      printf 'granted       %-24s %s\n' "$role" "$api"
      granted=$((granted + 1))
    fi
  done
}

defender=() microsoft_graph=("${GRAPH_ROLES[@]}")
if [[ $source == defender ]]; then
  defender+=("${DEFENDER_ROLES[@]}")
else
  microsoft_graph+=("${GRAPH_SOURCE_ROLES[@]}")
fi
if [[ $enrichment == yes ]]; then
  defender+=("${DEFENDER_ENRICHMENT[@]}")
fi
if [[ $write_back == yes && $source == defender ]]; then
  defender+=("${DEFENDER_WRITE_ROLES[@]}")
elif [[ $write_back == yes ]]; then
  microsoft_graph+=("${GRAPH_WRITE_ROLES[@]}")
fi
if ((${#defender[@]})); then
  grant "$DEFENDER_APP" 'Defender for Endpoint' "${defender[@]}"
fi
grant "$GRAPH_APP" 'Microsoft Graph' "${microsoft_graph[@]}"

if [[ $dry_run == yes ]]; then
  printf 'Nothing was changed: %d to grant, %d there already.\n' "$granted" "$present"
  exit 0
fi
printf 'Done: %d granted, %d there already.\n' "$granted" "$present"
if [[ -n $app_id ]]; then
  printf 'Now tell your provider the id of this tenant: %s\n' "$tenant"
elif ((granted)); then
  cat <<'TEXT'
Now publish the app. If it has run already, its tokens may lack these roles for up to a day; an identity of
a new name does not have to wait (deploy main.bicep with another `name`, and grant to that one).
TEXT
fi
