#!/usr/bin/env bash
# Restores the dump in $SCRATCH into a server of its own, which lives and dies with this pod, and
# fails when a table is missing or when it took longer than $LIMIT_SECONDS, download included.
set -euo pipefail

cd "$SCRATCH"
export PGHOST="$SCRATCH/socket" PGUSER=postgres
mkdir -p socket
initdb --pgdata=data --username=postgres --auth=peer --auth-local=trust --encoding=UTF8 --no-sync > initdb.log
trap 'pg_ctl --pgdata=data --mode=immediate stop > /dev/null' EXIT
# What is lost when this server crashes is nothing, so it needn't wait for its disk.
pg_ctl --pgdata=data --log=server.log --wait --timeout=60 start -o "-c listen_addresses='' \
  -c unix_socket_directories=$PGHOST -c fsync=off -c full_page_writes=off -c synchronous_commit=off \
  -c max_wal_size=8GB -c maintenance_work_mem=256MB" > /dev/null
createdb restored
pg_restore --dbname=restored --jobs=4 --no-owner --no-privileges --exit-on-error dump

expected=$(pg_restore --list dump | grep -c ' TABLE [^D]' || true)
found=$(psql --dbname=restored --no-align --tuples-only --command="
  SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relkind IN ('r', 'p') AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\_%'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')")
seconds=$(($(date +%s) - $(cat started)))
passed=false
if [ "$found" -eq "$expected" ] && [ "$seconds" -lt "$LIMIT_SECONDS" ]; then passed=true; fi
printf '{"restore_seconds":%d,"limit_seconds":%d,"tables":%d,"tables_expected":%d,"passed":%s}\n' \
  "$seconds" "$LIMIT_SECONDS" "$found" "$expected" "$passed" | tee /dev/termination-log
[ "$passed" = true ]
