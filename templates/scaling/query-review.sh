#!/usr/bin/env bash
# Reviews queries, indexes and plans, and fails when a plan has become much dearer than it was the day
# before. What it finds goes to the log, one JSON object a line; its last words are one more.
set -euo pipefail

here=$(dirname "$0")
as() { PGUSER="$1" PGPASSWORD="$2" psql --no-password --no-psqlrc --set=ON_ERROR_STOP=1 "${@:3}"; }
watching() { as "$MONITORING_USER" "$MONITORING_PASSWORD" "$@"; }
reading() { as "$READER_USER" "$READER_PASSWORD" "$@"; }

watching --file="$here/query-review.sql" | tee "$WORK/findings"

# The plans of the queries that take most of the time, for any parameters. Only what reads is planned,
# by a role that can do nothing else; a statement whose plan can't be made is left out.
watching --no-align --tuples-only --field-separator=' ' --command="
  SELECT queryid, translate(encode(convert_to(query, 'UTF8'), 'base64'), E'\n', '')
  FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid AND datname = current_database()
  WHERE query ~* '^\s*(select|with)\M' AND calls >= 20 ORDER BY total_exec_time DESC LIMIT 50" > "$WORK/queries"
: > "$WORK/plans"
while read -r id encoded; do
  statement=$(base64 --decode <<< "$encoded")
  plan=$(reading --no-align --tuples-only --command="EXPLAIN (GENERIC_PLAN, COSTS ON) $statement" 2> /dev/null) || continue
  cost=$(sed -n '1s/.*cost=[0-9.]*\.\.\([0-9]*\).*/\1/p' <<< "$plan")
  shape=$(sed 's/(cost=.*//; s/[0-9]\+/N/g' <<< "$plan" | sha256sum | cut -c1-16)
  if [ -n "$cost" ]; then echo "$id $shape $cost" >> "$WORK/plans"; fi
done < "$WORK/queries"

# Another shape that costs twice as much: the planner has changed its mind for the worse.
touch "$KEPT/plans"
awk -v limit="$PLAN_COST_FACTOR" '
  NR == FNR { shape[$1] = $2; cost[$1] = $3; next }
  ($1 in cost) && $2 != shape[$1] && $3 > 100 && $3 > limit * cost[$1] {
    printf "{\"finding\":\"plan_regression\",\"queryid\":\"%s\",\"cost_before\":%d,\"cost\":%d}\n", $1, cost[$1], $3
  }' "$KEPT/plans" "$WORK/plans" | tee -a "$WORK/findings"

count() { grep -c "\"finding\" *: *\"$1\"" "$WORK/findings" || true; }
regressions=$(count plan_regression)
printf '{"plans":%d,"plan_regressions":%d,"missing_indexes":%d,"unused_indexes":%d,"duplicate_indexes":%d}\n' \
  "$(wc -l < "$WORK/plans")" "$regressions" "$(count missing_index)" "$(count unused_index)" \
  "$(count duplicate_index)" | tee /dev/termination-log
# A regression is compared with the same plan tomorrow again, until somebody has looked at it.
if [ "$regressions" -eq 0 ]; then cp "$WORK/plans" "$KEPT/plans"; fi
[ "$regressions" -eq 0 ]
