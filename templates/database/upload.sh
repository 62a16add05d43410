#!/usr/bin/env bash
# Uploads the dump in $SCRATCH, and last of all says which is the newest: a dump that arrived only
# in part is never taken for one.
set -euo pipefail

cd "$SCRATCH"
finished=$(cat finished)
key="dumps/${finished:0:4}/${finished:4:2}/$DATABASE-$finished.dump"
aws s3 cp --only-show-errors dump "s3://$BUCKET/$key"
printf '%s\n%s\n' "$key" "$(cut -d' ' -f1 dump.sha256)" > newest
aws s3 cp --only-show-errors newest "s3://$BUCKET/dumps/newest"
cat evidence.json > /dev/termination-log
echo "uploaded s3://$BUCKET/$key"
