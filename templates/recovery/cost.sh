#!/usr/bin/env bash
# What yesterday has cost, by service, and the month so far; told to those who look after it.
set -euo pipefail

export AWS_PAGER=""
# Cost Explorer answers in one region only.
cost() { aws ce get-cost-and-usage --region us-east-1 --metrics UnblendedCost --output text "$@"; }
today=$(date -u +%F) yesterday=$(date -u --date yesterday +%F) first=$(date -u --date yesterday +%Y-%m-01)
day=$(cost --time-period "Start=$yesterday,End=$today" --granularity DAILY \
  --query 'ResultsByTime[0].Total.UnblendedCost.Amount')
month=$(cost --time-period "Start=$first,End=$today" --granularity MONTHLY \
  --query 'ResultsByTime[0].Total.UnblendedCost.Amount')
services=$(cost --time-period "Start=$yesterday,End=$today" --granularity DAILY --group-by Type=DIMENSION,Key=SERVICE \
  --query "reverse(sort_by(ResultsByTime[0].Groups, &to_number(Metrics.UnblendedCost.Amount)))[:10].[Metrics.UnblendedCost.Amount,Keys[0]]")
aws sns publish --region "$TOPIC_REGION" --topic-arn "$TOPIC" --subject "Cost of $ENVIRONMENT on $yesterday" \
  --message "$(printf 'Yesterday: %.2f USD. The month so far: %.2f USD.\n\n%s' "$day" "$month" "$services")" > /dev/null
printf '{"day_usd":%.2f,"month_usd":%.2f}\n' "$day" "$month" | tee /dev/termination-log
