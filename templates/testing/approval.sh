#!/usr/bin/env bash
# Whether somebody who may has approved what is tested here: the signature is of one of the allowed
# signers, over this very text, and the text is about this environment and still valid.
set -euo pipefail

cd "${APPROVAL:-/approval}"
finish() {
  printf '{"approved":%d,"reason":"%s"}\n' "$1" "$2" | tee "${RESULT:-/dev/termination-log}"
  [ "$1" -eq 1 ] && exit 0 || exit 1
}
field() { sed -n "s/^$1: *//p" statement.txt | head -n 1; }

[ "$(field environment)" = "$ENVIRONMENT" ] || finish 0 "the statement is about another environment"
[ "$(field state)" = approved ] || finish 0 "nobody has approved it yet"
signer=$(field approver)
[ "$(field release)" = "$RELEASE" ] || finish 0 "it was approved for another release"
[[ $(date -u +%F) < $(field valid_until) ]] || finish 0 "the approval is no longer valid"
ssh-keygen -Y verify -f allowed_signers -I "$signer" -n ninefold-uat -s signature < statement.txt \
  || finish 0 "the signature isn't of $signer over this text"
finish 1 "approved by $signer"
