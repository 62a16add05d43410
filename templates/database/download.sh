#!/usr/bin/env bash
# Downloads the newest dump into $SCRATCH and checks that it is whole.
set -euo pipefail

cd "$SCRATCH"
date +%s > started
aws s3 cp --only-show-errors "s3://$BUCKET/dumps/newest" newest
key=$(sed -n 1p newest)
aws s3 cp --only-show-errors "s3://$BUCKET/$key" dump
echo "$(sed -n 2p newest)  dump" | sha256sum --check --quiet
echo "downloaded s3://$BUCKET/$key"
