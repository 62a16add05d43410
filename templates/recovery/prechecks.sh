#!/usr/bin/env bash
# Whether each emergency procedure could be carried out now, as far as this region has to do with it. It
# only reads, and asks no other region.
set -uo pipefail

export AWS_PAGER="" AWS_MAX_ATTEMPTS=3
rds() { aws rds describe-db-clusters --db-cluster-identifier "$DATABASE" --output text --query "DBClusters[0].$1"; }
secret() { aws secretsmanager describe-secret --secret-id "$ENVIRONMENT/database/$1" --output text --query "$2"; }
seconds_since() { echo $(($(date +%s) - $(date --date "$1" +%s))); }
failed=()
result=""
say() { # the procedure, whether it could be carried out, why not
  result+="${result:+,}\"$1\":$2"
  [ "$2" -eq 1 ] || failed+=("$1: $3")
}

members=$(rds 'length(DBClusterMembers)')
status=$(rds Status)
[ "$status" = available ] && [ "${members:-0}" -ge "$MEMBERS" ]
say database_failure $((!$?)) "$DATABASE is $status with ${members:-no} instances, where $MEMBERS are needed"

# A region can take over with its own copy of everything: data, versions, secrets, key, cache.
versions=$(aws rds describe-global-clusters --global-cluster-identifier "$ENVIRONMENT" --output text \
  --query 'GlobalClusters[0].[Status,EngineVersion]' | tr '\t' ' ')
own="available $(rds EngineVersion)"
copies=$(secret application ARN)
key=$(aws kms describe-key --key-id "$KEY" --output text --query KeyMetadata.Enabled)
cache=$(aws elasticache describe-replication-groups --replication-group-id "$CACHE" --output text \
  --query 'ReplicationGroups[0].[Status,GlobalReplicationGroupInfo.GlobalReplicationGroupMemberRole]' | tr '\t' ' ')
# Of one region alone, none is a member of anything.
follows='available (PRIMARY|SECONDARY)'
[ "$REPLICATED" = yes ] || follows='available None'
[ "$versions" = "$own" ] && [ -n "$copies" ] && [ "$key" = True ] && [[ $cache =~ ^$follows$ ]]
say region_failure $((!$?)) \
  "global: $versions, here: $own; secret ${copies:-missing}; key enabled: ${key:-unknown}; cache: ${cache:-unknown}"

restorable=$(rds LatestRestorableTime)
[ -n "$restorable" ] && [ "$restorable" != None ] && [ "$(seconds_since "$restorable")" -lt 900 ]
say data_corruption $((!$?)) "the last second that can be restored is ${restorable:-unknown}"

zones=$(aws ec2 describe-instances --filters "Name=tag:eks:cluster-name,Values=$CLUSTER" \
  Name=instance-state-name,Values=running --output text \
  --query 'Reservations[].Instances[].Placement.AvailabilityZone' | tr '\t' '\n' | sort -u | grep -c .)
[ "${zones:-0}" -ge 2 ]
say zone_failure $((!$?)) "nodes run in ${zones:-no} zones"

changed=$(secret application LastChangedDate)
[ -n "$changed" ] && [ "$(seconds_since "$changed")" -lt $((90 * 86400)) ]
say credential_compromise $((!$?)) "the application's password is of ${changed:-an unknown day}: nobody has tried its rotation"

cluster=$(aws eks describe-cluster --name "$CLUSTER" --output text --query cluster.status)
faults=$(aws eks list-insights --cluster-name "$CLUSTER" --output text --query 'length(insights)' \
  --filter '{"categories":["UPGRADE_READINESS"],"statuses":["ERROR"]}')
[ "$cluster" = ACTIVE ] && [ "$faults" = 0 ]
say cluster_upgrade $((!$?)) "the cluster is ${cluster:-unknown} with ${faults:-unknown} faults that stop an update"

printf '{%s}\n' "$result" | tee /dev/termination-log
[ ${#failed[@]} -eq 0 ] && exit 0
printf '%s\n' "${failed[@]}" >&2
exit 1
