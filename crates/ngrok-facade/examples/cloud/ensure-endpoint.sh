#!/bin/sh
# Makes sure that a domain and a cloud endpoint on it exist, however often it runs.
# usage: ensure-endpoint.sh DOMAIN POLICY-FILE
set -eu
domain=$1 policy=$2
cloud() { ngrok-rs --quiet cloud "$@"; }

id=$(cloud reserved-domains list --filter "obj.domain == \"$domain\"" --query id)
[ -n "$id" ] || cloud reserved-domains create "domain=$domain" --query id >&2

id=$(cloud endpoints list --filter "obj.url == \"https://$domain\"" --query id)
if [ -n "$id" ]; then
    cloud endpoints update "$id" "traffic_policy=@$policy" --query url
else
    cloud endpoints create "url=https://$domain" "traffic_policy=@$policy" --query url
fi
