"""Rotates passwords in a PostgreSQL of its own, with the function as the workspace has it.

Needs Debian's `postgresql` and `openssl`. Secrets Manager is played by a dictionary; the database, the
certificates and the protocol between are real.
"""

import glob
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import types
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "templates/database/rotation"))
sys.dont_write_bytecode = True
sys.modules["boto3"] = types.ModuleType("boto3")  # The runtime of Lambda brings it.

import postgres  # noqa: E402
import rotate  # noqa: E402


class Missing(Exception):
    pass


class Store:
    """Secrets Manager, as far as one secret with one version to come asks it."""

    class exceptions:
        ResourceNotFoundException = Missing

    def __init__(self, user, password):
        self.calls = []
        current = json.dumps({"username": user, "password": password, "dbname": "postgres"})
        self.versions = {"v1": ({"AWSCURRENT"}, current), "v2": ({"AWSPENDING"}, None)}

    def describe_secret(self, SecretId):
        return {"VersionIdsToStages": {id: sorted(stages) for id, (stages, _) in self.versions.items()}}

    def get_secret_value(self, SecretId, VersionStage, VersionId=None):
        for id, (stages, value) in self.versions.items():
            if VersionStage in stages and VersionId in (None, id) and value:
                return {"SecretString": value}
        raise Missing(VersionStage)

    def put_secret_value(self, SecretId, ClientRequestToken, SecretString, VersionStages):
        self.calls.append("put")
        self.versions[ClientRequestToken] = (set(VersionStages), SecretString)

    def update_secret_version_stage(self, SecretId, VersionStage, MoveToVersionId, RemoveFromVersionId):
        self.calls.append("move")
        self.versions[RemoveFromVersionId][0].discard(VersionStage)
        self.versions[RemoveFromVersionId][0].add("AWSPREVIOUS")
        self.versions[MoveToVersionId][0].add(VersionStage)

    def password(self, version):
        return json.loads(self.versions[version][1])["password"]


class Rotation(unittest.TestCase):
    def setUp(self):
        server.sql("DROP ROLE IF EXISTS reader")
        server.sql("CREATE ROLE reader LOGIN PASSWORD 'before'")
        # As phase 5 has it: a role that only reads has to be able to change its own password.
        server.sql("ALTER ROLE reader SET default_transaction_read_only = on")
        self.store = Store("reader", "before")
        sys.modules["boto3"].client = lambda name: self.store

    def step(self, step, version="v2"):
        rotate.handler({"SecretId": "s", "ClientRequestToken": version, "Step": step}, None)

    def opens(self, password):
        return rotate.can_log_in({"username": "reader", "password": password, "dbname": "postgres"})

    def test_every_step_can_be_repeated(self):
        for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
            self.step(step)
            self.step(step)
        self.assertEqual(self.store.calls, ["put", "move"])
        self.assertFalse(self.opens("before"))
        self.assertTrue(self.opens(self.store.password("v2")))
        self.assertRegex(self.store.password("v2"), r"^[A-Za-z0-9]{40}$")

    def test_a_rotation_that_was_broken_off_is_taken_up_again(self):
        self.step("createSecret")
        self.step("setSecret")
        # The secret still says the old password, which opens nothing any more; then comes a new version.
        self.store.versions["v3"] = ({"AWSPENDING"}, None)
        self.store.versions["v1"][0].add("AWSPREVIOUS")
        broken_off = self.store.versions.pop("v2")
        self.store.versions["v2"] = ({"AWSPREVIOUS"}, broken_off[1])
        self.store.versions["v1"] = ({"AWSCURRENT"}, self.store.versions["v1"][1])
        for step in ("createSecret", "setSecret", "testSecret"):
            self.step(step, "v3")
        self.assertTrue(self.opens(self.store.password("v3")))

    def test_the_server_never_sees_a_password(self):
        self.step("createSecret")
        self.step("setSecret")
        self.assertNotIn(self.store.password("v2"), server.log())
        self.assertIn("SCRAM-SHA-256$", server.log())

    def test_what_is_wrong_is_refused(self):
        with self.assertRaisesRegex(ValueError, "no version"):
            self.step("createSecret", "v9")
        with self.assertRaisesRegex(ValueError, "no step"):
            self.step("dance")
        self.step("createSecret")
        with self.assertRaisesRegex(postgres.DatabaseError, "28P01"):
            self.step("testSecret")
        server.sql("ALTER ROLE reader PASSWORD 'unknown'")
        with self.assertRaisesRegex(postgres.DatabaseError, "no version of s opens"):
            self.step("setSecret")

    def test_a_server_that_nobody_vouches_for_is_not_spoken_to(self):
        with self.assertRaises(OSError):
            postgres.Connection("localhost", server.port, "postgres", "reader", "before", server.others)


class Server:
    """A PostgreSQL with TLS and SCRAM on a free port, which writes down every statement."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="rotation-")
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not found:
            sys.exit("there is no PostgreSQL: apt-get install postgresql")
        self.bin = found[-1]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.certificate, self.others = self.certified("own"), self.certified("others")
        with open(f"{self.folder}/boss", "w", encoding="ascii") as file:
            file.write("boss")
        # PostgreSQL doesn't run as root.
        self.user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.user:
            subprocess.run(["chown", "-R", "postgres", self.folder], check=True)
        data = f"{self.folder}/data"
        self.run(f"{self.bin}/initdb", "-D", data, "-A", "scram-sha-256", "-U", "boss", f"--pwfile={self.folder}/boss")
        options = (
            f"-p {self.port} -k {self.folder} -c listen_addresses=localhost -c log_statement=all "
            f"-c ssl=on -c ssl_cert_file={self.certificate} -c ssl_key_file={self.folder}/own.key"
        )
        self.run(f"{self.bin}/pg_ctl", "-D", data, "-w", "-l", f"{self.folder}/log", "-o", options, "start")

    def certified(self, name):
        path = f"{self.folder}/{name}.pem"
        command = "openssl req -new -x509 -days 2 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost"
        files = ["-keyout", f"{self.folder}/{name}.key", "-out", path]
        subprocess.run([*command.split(), *files], check=True, capture_output=True)
        return path

    def run(self, *command):
        done = subprocess.run([*self.user, *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        if done.returncode:
            sys.exit(f"{command[0]}: {done.stderr.decode()}")

    def sql(self, statement):
        with postgres.Connection("localhost", self.port, "postgres", "boss", "boss", self.certificate) as boss:
            boss.run(statement)

    def log(self):
        with open(f"{self.folder}/log", encoding="utf-8") as log:
            return log.read()

    def stop(self):
        self.run(f"{self.bin}/pg_ctl", "-D", f"{self.folder}/data", "-m", "fast", "stop")
        shutil.rmtree(self.folder)


if __name__ == "__main__":
    server = Server()
    os.environ.update(DATABASE_HOST="localhost", DATABASE_PORT=str(server.port), DATABASE_NAME="postgres")
    rotate.AUTHORITIES = server.certificate
    try:
        unittest.main()
    finally:
        server.stop()
