#!/usr/bin/env bash
# Makes the roles of the database, or brings them up to date. A password reaches the server only as
# its SCRAM verifier: statements stand in logs.
set -euo pipefail

verifier() {
  PASSWORD="$1" perl -MDigest::SHA=hmac_sha256,sha256 -MMIME::Base64=encode_base64 -e '
    open(my $random, "<:raw", "/dev/urandom") or die "no randomness: $!";
    read($random, my $salt, 16) == 16 or die "too little randomness";
    my ($password, $rounds) = ($ENV{PASSWORD}, 4096);
    my $salted = my $u = hmac_sha256($salt . pack("N", 1), $password);
    for (2 .. $rounds) { $u = hmac_sha256($u, $password); $salted ^= $u; }
    my $stored = sha256(hmac_sha256("Client Key", $salted));
    my $server = hmac_sha256("Server Key", $salted);
    printf "SCRAM-SHA-256\$%d:%s\$%s:%s", $rounds, map { encode_base64($_, "") } $salt, $stored, $server;'
}

APPLICATION_VERIFIER=$(verifier "$APPLICATION_PASSWORD")
BACKUP_VERIFIER=$(verifier "$BACKUP_PASSWORD")
MONITORING_VERIFIER=$(verifier "$MONITORING_PASSWORD")
export APPLICATION_VERIFIER BACKUP_VERIFIER MONITORING_VERIFIER
unset APPLICATION_PASSWORD BACKUP_PASSWORD MONITORING_PASSWORD

psql --no-password --no-psqlrc --set=ON_ERROR_STOP=1 --single-transaction --file="$(dirname "$0")/roles.sql"
