#!/usr/bin/env bash
# How old the newest backup in this region's vault is, and what the newest drill has shown: its report
# lies outside of every region that it is about.
set -euo pipefail

export AWS_PAGER="" AWS_MAX_ATTEMPTS=3
hours_since() { echo $((($(date +%s) - $(date --date "$1" +%s)) / 3600)); }
newest=$(aws backup list-recovery-points-by-backup-vault --backup-vault-name "$VAULT" --output text \
  --query "sort_by(RecoveryPoints[?Status=='COMPLETED'], &CreationDate)[-1].CreationDate")
age=99999
[ "$newest" = None ] || age=$(hours_since "$newest")

days=99999 rto=99999 rpo=99999
drill=$(aws s3api list-objects-v2 --region "$EVIDENCE_REGION" --bucket "$EVIDENCE" --prefix drills/ --output text \
  --query "sort_by(Contents || \`[]\`, &LastModified)[-1].Key")
if [ "$drill" != None ]; then
  aws s3 cp --region "$EVIDENCE_REGION" --quiet "s3://$EVIDENCE/$drill" /tmp/drill.json
  figure() { grep -o "\"$1\": *[0-9]*" /tmp/drill.json | head -n 1 | grep -o '[0-9]*$'; }
  days=$((($(date +%s) - $(figure finished_unix_s)) / 86400))
  rto=$(figure rto_seconds)
  rpo=$(figure rpo_seconds)
fi
printf '{"backup_age_hours":%d,"days_since_drill":%d,"rto_seconds":%d,"rpo_seconds":%d}\n' \
  "$age" "$days" "$rto" "$rpo" | tee /dev/termination-log
[ "$age" -lt 26 ] && [ "$days" -lt 92 ]
