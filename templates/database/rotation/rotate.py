"""Renews the password of one role of the database, in the four steps that Secrets Manager calls.

Every step can be called again at any time: a step that finds its work done does nothing. No
password is ever logged. https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
"""

import json
import logging
import os
import secrets
import string

import boto3

from postgres import Connection, DatabaseError, verifier

LENGTH = 40
LETTERS = string.ascii_letters + string.digits  # They go into URLs as they are.
AUTHORITIES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rds-ca.pem")

log = logging.getLogger()
log.setLevel(logging.INFO)


def handler(event, _context):
    store = boto3.client("secretsmanager")
    arn, version, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    stages = store.describe_secret(SecretId=arn)["VersionIdsToStages"].get(version)
    if stages is None:
        raise ValueError(f"{arn} has no version {version}")
    if "AWSCURRENT" in stages:
        log.info("version %s of %s is the current one already", version, arn)
        return
    if "AWSPENDING" not in stages:
        raise ValueError(f"version {version} of {arn} isn't the one to come")
    steps = {
        "createSecret": create_secret,
        "setSecret": set_secret,
        "testSecret": test_secret,
        "finishSecret": finish_secret,
    }
    if step not in steps:
        raise ValueError(f"there is no step {step}")
    steps[step](store, arn, version)
    log.info("%s of %s is done", step, arn)


def create_secret(store, arn, version):
    """Makes up a password, unless an earlier call has."""
    current = read(store, arn, "AWSCURRENT")
    try:
        read(store, arn, "AWSPENDING", version)
    except store.exceptions.ResourceNotFoundException:
        current["password"] = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        store.put_secret_value(
            SecretId=arn,
            ClientRequestToken=version,
            SecretString=json.dumps(current),
            VersionStages=["AWSPENDING"],
        )


def set_secret(store, arn, version):
    """Gives the role the new password. It logs in as the role itself, so it can change no other."""
    pending = read(store, arn, "AWSPENDING", version)
    if can_log_in(pending):
        return
    current = read(store, arn, "AWSCURRENT")
    if current["username"] != pending["username"]:
        raise ValueError(f"{arn} would go to another role: {pending['username']}")
    with connect(log_in_with(store, arn, current)) as database:
        # Roles that only read have to say that they don't, for once.
        database.run("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE")
        database.run(f"ALTER ROLE CURRENT_USER PASSWORD '{verifier(pending['password'])}'")


def log_in_with(store, arn, current):
    """The password that is in force: after a rotation that was broken off, the one before."""
    if can_log_in(current):
        return current
    try:
        previous = read(store, arn, "AWSPREVIOUS")
    except store.exceptions.ResourceNotFoundException:
        previous = None
    if previous and previous["username"] == current["username"] and can_log_in(previous):
        return previous
    raise DatabaseError(f"no version of {arn} opens the database")


def test_secret(store, arn, version):
    """Logs in with what is to come, and asks the database who that is."""
    pending = read(store, arn, "AWSPENDING", version)
    with connect(pending) as database:
        if database.run("SELECT current_user") != [[pending["username"]]]:
            raise DatabaseError(f"the password of {arn} opens another role")


def finish_secret(store, arn, version):
    """From here on, whoever asks for the secret gets the new password."""
    versions = store.describe_secret(SecretId=arn)["VersionIdsToStages"]
    current = next((id for id, stages in versions.items() if "AWSCURRENT" in stages), None)
    if current == version:
        return
    store.update_secret_version_stage(
        SecretId=arn,
        VersionStage="AWSCURRENT",
        MoveToVersionId=version,
        RemoveFromVersionId=current,
    )


def read(store, arn, stage, version=None):
    which = {"VersionId": version} if version else {}
    value = store.get_secret_value(SecretId=arn, VersionStage=stage, **which)
    secret = json.loads(value["SecretString"])
    for field in ("username", "password"):
        if not secret.get(field):
            raise ValueError(f"the {stage} of {arn} has no {field}")
    return secret


def can_log_in(secret):
    try:
        with connect(secret):
            return True
    except DatabaseError as error:
        # Wrong password; anything else is no answer to the question.
        if str(error).startswith(("28P01", "28000")):
            return False
        raise


def connect(secret):
    return Connection(
        host=os.environ["DATABASE_HOST"],
        port=int(os.environ["DATABASE_PORT"]),
        database=secret.get("dbname") or os.environ["DATABASE_NAME"],
        user=secret["username"],
        password=secret["password"],
        authorities=AUTHORITIES,
    )
