#!/bin/sh
# SPDX-License-Identifier: MIT
# What an administrator would write in place of the job: one document by curl, jq and Debian's awscli, without history,
# components, leak guard or notifications. Arguments: Uptime Kuma, its API key, storage, status bucket, backup bucket.
set -eu
PATH=/usr/bin:/bin
kuma=$1 key=$2 storage=$3 status=$4 backups=$5
down=$(curl --silent --fail --user ":$key" "$kuma/metrics" | grep '^monitor_status' | grep -cv ' 1$' || true)
uptime=$(curl --silent --fail "$kuma/api/status-page/heartbeat/elytra" | jq '[.uptimeList[]] | add / length * 100')
newest=$(aws --endpoint-url "$storage" s3api list-objects-v2 --bucket "$backups" --output json |
    jq --raw-output '[.Contents[].LastModified] | max')
jq --null-input --argjson down "$down" --argjson uptime "$uptime" --arg newest "$newest" --arg now "$(date --utc +%FT%TZ)" '{
    updated_at: $now,
    platform_status: (if $down == 0 then "operational" else "outage" end),
    uptime: {last_24h: $uptime, last_7d: null, last_30d: null},
    backups: {last_backup_status: "success", last_backup_time: $newest}
}' >pipeline.json
aws --endpoint-url "$storage" s3 cp --quiet --acl public-read --content-type application/json --cache-control no-cache \
    pipeline.json "s3://$status/pipeline.json"
curl --silent --fail --header "Origin: https://www.example.com" "$storage/$status/pipeline.json" | cmp --quiet - pipeline.json
