#!/usr/bin/env bash
# Loads the fixtures, and proves that they came over an encrypted connection to the server that the
# certificates name.
set -euo pipefail

psql --no-password --no-psqlrc --set=ON_ERROR_STOP=1 --single-transaction --file=/scripts/fixtures.sql
version=$(psql --no-password --no-psqlrc --no-align --tuples-only \
  --command="SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl")
rows=$(psql --no-password --no-psqlrc --no-align --tuples-only --command="SELECT count(*) FROM fixtures.runs")
encrypted=0
case $version in TLSv1.2 | TLSv1.3) encrypted=1 ;; esac
printf '{"rows":%d,"encrypted":%d,"protocol":"%s"}\n' "$rows" "$encrypted" "$version" | tee /dev/termination-log
[ "$encrypted" -eq 1 ] && [ "$rows" -gt 0 ]
