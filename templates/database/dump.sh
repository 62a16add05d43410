#!/usr/bin/env bash
# Writes a logical dump of the database into $SCRATCH, with its digest and the time it took.
# It reads only, so it runs against a reader, in any region.
set -euo pipefail

started=$(date +%s)
pg_dump --format=custom --compress=zstd:3 --lock-wait-timeout=60s --no-password --file="$SCRATCH/dump"
seconds=$(($(date +%s) - started))

cd "$SCRATCH"
sha256sum dump > dump.sha256
date -u +%Y%m%dT%H%M%SZ > finished
printf '{"database":"%s","dump_seconds":%d,"bytes":%d,"sha256":"%s"}\n' \
  "$PGDATABASE" "$seconds" "$(stat -c %s dump)" "$(cut -d' ' -f1 dump.sha256)" | tee evidence.json
