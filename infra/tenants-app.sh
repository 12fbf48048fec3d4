#!/usr/bin/env bash
# Makes the multi-tenant app by which further tenants are reached, and lets it trust the app's managed identity.
#
# The provider runs it once, in the tenant of the identity. No secret is made: the identity's own token stands for
# the app (https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity,
# read 2026-11). App and identity must be of one tenant: Entra refuses any other pair with AADSTS700236.
#
# Each customer's administrator then consents, by the link that it prints or by grant-roles.sh --app-id
# (docs/tenants.md). Safe to repeat: what is there is found by its name, and mended.
set -euo pipefail

readonly DEFENDER_APP=fc780465-2017-40d4-a0c5-307022471b92 # WindowsDefenderATP
readonly GRAPH_APP=00000003-0000-0000-c000-000000000000    # Microsoft Graph
readonly MOST_CREDENTIALS=20                               # that an app can have
# Where a browser ends after the consent: https://learn.microsoft.com/defender-endpoint/api/exposed-apis-create-app-partners
readonly AFTER_CONSENT=https://portal.azure.com

# What a customer is asked to consent to: the same roles as grant-roles.sh grants.
readonly DEFENDER_ROLES=(Alert.Read.All)
readonly GRAPH_ROLES=(ThreatHunting.Read.All)
readonly DEFENDER_ENRICHMENT=(Machine.Read.All File.Read.All Ip.Read.All Url.Read.All User.Read.All)
readonly GRAPH_SOURCE_ROLES=(SecurityAlert.Read.All)
readonly DEFENDER_WRITE_ROLES=(Alert.ReadWrite.All)
readonly GRAPH_WRITE_ROLES=(SecurityAlert.ReadWrite.All)

usage() {
  cat <<'TEXT'
Usage: tenants-app.sh --identity NAME --resource-group GROUP [options]

  --identity NAME          the user-assigned identity (output identityName of main.bicep)
  --resource-group GROUP   its resource group
  --name NAME              the app's display name, which your customers see; default defender-alerts
  --source defender|graph  where the app reads alerts (its setting ALERT_SOURCE); default defender
  --write-back             also the role that the setting WRITE_BACK takes (docs/write-back.md)
  --without-enrichment     leave out the roles for looking up devices, files, addresses, domains and users
  --cloud CLOUD            the parameter cloud of main.bicep
  --dry-run                say what would be made, make nothing

You need: the Azure CLI, signed in (az login) to the identity's tenant as Cloud Application Administrator or
Application Administrator, and Reader on the resource group. It stops at the first refusal.
TEXT
}

fail() {
  printf 'Error: %s\n' "$1" >&2
  exit "${2:-1}"
}

argument() {
  [[ -n ${2:-} && $2 != --* ]] || fail "$1 needs a value." 2
}

identity='' group='' name=defender-alerts cloud=public source=defender enrichment=yes write_back=no dry_run=no graph=''
while (($#)); do
  case $1 in
    --identity) argument "$1" "${2:-}"; identity=$2; shift 2 ;;
    --resource-group) argument "$1" "${2:-}"; group=$2; shift 2 ;;
    --name) argument "$1" "${2:-}"; name=$2; shift 2 ;;
    --source) argument "$1" "${2:-}"; source=$2; shift 2 ;;
    --cloud) argument "$1" "${2:-}"; cloud=$2; shift 2 ;;
    --without-enrichment) enrichment=no; shift ;;
    --write-back) write_back=yes; shift ;;
    --dry-run) dry_run=yes; shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; fail "unknown option $1" 2 ;;
  esac
done
[[ $source == defender || $source == graph ]] || fail "--source is defender or graph, not '$source'." 2
# It becomes part of a filter and of JSON.
[[ $name =~ ^[A-Za-z0-9][A-Za-z0-9\ ._-]{0,63}$ ]] || fail "--name is 1 to 64 letters, digits, spaces, dots, hyphens and underscores." 2
case $cloud in
  public | usgov-gcc) audience=api://AzureADTokenExchange ;;
  usgov-high) audience=api://AzureADTokenExchangeUSGov ;;
  usgov-dod) audience=api://AzureADTokenExchangeUSGov graph=https://dod-graph.microsoft.us ;;
  *) fail "--cloud is public, usgov-gcc, usgov-high or usgov-dod, not '$cloud'." 2 ;;
esac
if [[ -z $identity || -z $group ]]; then
  usage >&2
  fail 'say which identity the app is to trust: --identity with --resource-group.' 2
fi

command -v az >/dev/null || fail 'the Azure CLI (az) is not installed: https://aka.ms/install-azure-cli'
signed_in=$(az account show --query tenantId --output tsv) || fail 'nobody is signed in. Sign in first: az login'
login=$(az cloud show --query endpoints.activeDirectory --output tsv) \
  || fail 'the Azure CLI does not say which cloud it is in: az cloud show'
[[ -n $graph ]] || graph=$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv)
login=${login%/} graph=${graph%/}

# directory METHOD PATH [ARGUMENT...]: a call to Microsoft Graph, with a token for that very host.
directory() {
  local method=$1 path=$2
  shift 2
  az rest --method "$method" --url "$graph/v1.0/$path" --resource "$graph" "$@"
}

found=$(az identity show --name "$identity" --resource-group "$group" --query '[principalId, tenantId]' --output tsv) \
  || fail "there is no identity '$identity' in resource group '$group' that you may read. Deploy infra/main.bicep first."
subject=${found%%[[:space:]]*} tenant=${found##*[[:space:]]}
[[ ${tenant,,} == "${signed_in,,}" ]] \
  || fail "you are signed in to tenant $signed_in, and the identity is of $tenant: an app of another tenant cannot trust it. Sign in there: az login --tenant $tenant"
issuer=$login/$tenant/v2.0

# access APP-ID API-NAME ROLE...: what the app asks for of one API, as JSON. Its ids go to `wanted` beside it.
wanted=()
access=''
access() {
  local app=$1 api=$2 answer role id parts=''
  shift 2
  answer=$(directory GET "servicePrincipals(appId='$app')" --output tsv \
    --query "appRoles[?contains(allowedMemberTypes, 'Application')].join('/', [value, id])") \
    || fail "$api is not in this tenant, so its roles have no ids here. Add it, which costs nothing: az ad sp create --id $app"
  for role in "$@"; do
    id=$(sed -n "s|^${role//./\\.}/||p" <<<"$answer")
    [[ -n $id ]] || fail "$api has no application role named $role."
    wanted+=("$id")
    parts+="${parts:+,}{\"id\":\"$id\",\"type\":\"Role\"}"
  done
  access+="${access:+,}{\"resourceAppId\":\"$app\",\"resourceAccess\":[$parts]}"
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
  access "$DEFENDER_APP" 'Defender for Endpoint' "${defender[@]}"
fi
access "$GRAPH_APP" 'Microsoft Graph' "${microsoft_graph[@]}"

# step DONE WOULD WHAT: one line of what happens.
step() {
  if [[ $dry_run == yes ]]; then
    printf '%-14s%s\n' "$2" "$3"
  else
    printf '%-14s%s\n' "$1" "$3"
  fi
}

# The app: its object id, application id and audience, on a line each.
known=$(directory GET "applications?\$filter=displayName%20eq%20'${name// /%20}'" \
  --query 'value[].[id, appId, signInAudience][]' --output tsv) || fail 'the app registrations of this tenant cannot be read by you.'
mapfile -t app <<<"$known"
if ((${#app[@]} > 3)); then
  fail "several apps are named '$name': give yours another name with --name."
fi
if [[ -z $known ]]; then
  if [[ $dry_run == no ]]; then
    body="{\"displayName\":\"$name\",\"signInAudience\":\"AzureADMultipleOrgs\",\"web\":{\"redirectUris\":[\"$AFTER_CONSENT\"]},\"requiredResourceAccess\":[$access]}"
    known=$(directory POST applications --headers 'Content-Type=application/json' --body "$body" --query '[id, appId]' --output tsv) \
      || fail 'the app was not made. It takes a Cloud Application Administrator or Application Administrator; see the answer above.'
    mapfile -t app <<<"${known//$'\t'/$'\n'}"
  fi
  step 'made' 'would make' "the app $name, for ${#wanted[@]} roles"
else
  [[ ${app[2]} == AzureADMultipleOrgs ]] \
    || fail "the app '$name' is for ${app[2]} alone, so no customer can consent to it: give yours another name with --name."
  asked=$(directory GET "applications/${app[0]}" --query 'requiredResourceAccess[].resourceAccess[].id' --output tsv) \
    || fail "the app '$name' cannot be read by you."
  lacking=0
  for id in "${wanted[@]}"; do
    grep -qixF "$id" <<<"$asked" || lacking=$((lacking + 1))
  done
  if ((lacking)); then
    if [[ $dry_run == no ]]; then
      directory PATCH "applications/${app[0]}" --headers 'Content-Type=application/json' \
        --body "{\"requiredResourceAccess\":[$access]}" --output none || fail "the roles of the app '$name' were not changed; see the answer above."
    fi
    step 'changed' 'would change' "the roles of the app $name: $lacking were missing. Customers that consented before consent anew"
  else
    printf '%-14s%s\n' 'there already' "the app $name, with ${#wanted[@]} roles"
  fi
fi

# The trust: issuer, subject and audience, each compared letter by letter.
trusts=''
if [[ -n $known ]]; then
  trusts=$(directory GET "applications/${app[0]}/federatedIdentityCredentials" \
    --query "value[].join(' ', [issuer, subject, audiences[0]])" --output tsv) || trusts=''
fi
if grep -qxF "$issuer $subject $audience" <<<"$trusts"; then
  printf '%-14s%s\n' 'there already' "its trust in the identity $identity"
else
  (($(grep -c . <<<"$trusts" || true) < MOST_CREDENTIALS)) \
    || fail "the app '$name' has $MOST_CREDENTIALS credentials, and an app can have no more: remove one."
  if [[ $dry_run == no ]]; then
    body="{\"name\":\"$identity\",\"issuer\":\"$issuer\",\"subject\":\"$subject\",\"audiences\":[\"$audience\"]}"
    tries=1
    # An app that was just made may take some seconds to be known everywhere.
    until directory POST "applications/${app[0]}/federatedIdentityCredentials" \
      --headers 'Content-Type=application/json' --body "$body" --output none; do
      ((tries++ < 3)) || fail "the app does not trust the identity; see the answer above. Run this again: it goes on where it stopped."
      sleep 5
    done
  fi
  step 'made' 'would make' "its trust in the identity $identity"
fi

if [[ $dry_run == yes ]]; then
  printf 'Nothing was changed.\n'
  exit 0
fi
cat <<TEXT
Done. Set the app's setting TENANTS_APP_ID (environment TENANTS_APP_ID of main.bicepparam) to
  ${app[1]}
and send each customer's administrator this link, with the customer's tenant id in it, or let them run grant-roles:
  $login/CUSTOMER_TENANT_ID/adminconsent?client_id=${app[1]}&redirect_uri=$AFTER_CONSENT
  infra/grant-roles.sh --app-id ${app[1]}
TEXT
