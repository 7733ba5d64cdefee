#!/bin/sh
# Replaces the authtoken that has a description: the new one is made and printed first, then the old ones are deleted.
# usage: rotate-credential.sh DESCRIPTION
set -eu
description=$1
cloud() { ngrok-rs --quiet cloud "$@"; }

old=$(cloud credentials list --all --filter "obj.description == \"$description\"" --query id)
cloud credentials create "description=$description" --query token
for id in $old; do
    cloud credentials delete "$id"
done
