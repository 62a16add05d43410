#!/usr/bin/env bash
# Whether the other regions answer at their own entries, as this one sees it.
set -uo pipefail

export AWS_PAGER="" AWS_MAX_ATTEMPTS=2
for region in $REGIONS; do
  reachable=0
  # Three tries of three seconds: one lost packet is no lost region.
  for _ in 1 2 3; do
    if timeout 3 bash -c "exec 3<> /dev/tcp/$region.$ENTRY_HOST/443" 2> /dev/null; then reachable=1 && break; fi
  done
  aws cloudwatch put-metric-data --namespace Ninefold/Failover --metric-name Reachable --value "$reachable" \
    --dimensions "Environment=$ENVIRONMENT,Region=$region"
done
