#!/bin/sh
# Copies all IP policies with their rules to another account; what is there already is left alone.
# usage: FROM=api-key TO=api-key copy-ip-policies.sh
set -eu
from() { NGROK_API_KEY=$FROM NGROK_API_URL=${FROM_URL-} ngrok-rs --quiet cloud "$@"; }
to() { NGROK_API_KEY=$TO NGROK_API_URL=${TO_URL-} ngrok-rs --quiet cloud "$@"; }
tab=$(printf '\t')

from ip-policies list --all --columns id,description | while IFS=$tab read -r id description; do
    copy=$(to ip-policies list --filter "obj.description == \"$description\"" --query id)
    [ -n "$copy" ] || copy=$(to ip-policies create "description=$description" --query id)
    from ip-policy-rules list --all --filter "obj.ip_policy == \"$id\"" --columns cidr,action |
        while IFS=$tab read -r cidr action; do
            same="obj.ip_policy == \"$copy\" && obj.cidr == \"$cidr\""
            [ -n "$(to ip-policy-rules list --filter "$same" --query id)" ] ||
                to ip-policy-rules create "ip_policy_id=$copy" "cidr=$cidr" "action=$action" --query id
        done
done
