"""Just enough of PostgreSQL's protocol to log in over TLS and to run a statement.

The runtime of Lambda brings no driver, and a layer with one would be somebody else's code between
a password and its database. https://www.postgresql.org/docs/17/protocol.html
"""

import base64
import hashlib
import hmac
import os
import secrets
import socket
import ssl
import struct

PROTOCOL = 196608  # 3.0
SSL_REQUEST = 80877103
ROUNDS = 4096
TIMEOUT_S = 10
LONGEST_MESSAGE = 1 << 20


class DatabaseError(Exception):
    """What the server, or the way to it, has against a request. It never holds a password."""


def verifier(password):
    """What the server keeps of a password: statements stand in logs, so only this is sent."""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", _ascii(password), salt, ROUNDS)
    stored = hashlib.sha256(_hmac(salted, b"Client Key")).digest()
    server = _hmac(salted, b"Server Key")
    return f"SCRAM-SHA-256${ROUNDS}:{_text(salt)}${_text(stored)}:{_text(server)}"


class Connection:
    """One session, whose server has proved itself by its certificate and by the password."""

    def __init__(self, host, port, database, user, password, authorities):
        context = ssl.create_default_context(cafile=authorities)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        plain = socket.create_connection((host, port), timeout=TIMEOUT_S)
        try:
            plain.sendall(struct.pack("!ii", 8, SSL_REQUEST))
            if plain.recv(1) != b"S":
                raise DatabaseError("the server offers no TLS")
            self._socket = context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise
        try:
            self._start(database, user, password)
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._send(b"X", b"")
        except OSError:
            pass  # The server may have gone first.
        self._socket.close()

    def run(self, statement):
        """Runs one statement, and gives the rows of texts that it returns."""
        self._send(b"Q", statement.encode() + b"\0")
        rows, error = [], None
        while True:
            kind, body = self._receive()
            if kind == b"D":
                rows.append(_row(body))
            elif kind == b"E":
                error = _error(body)
            elif kind == b"Z":
                if error:
                    raise DatabaseError(error)
                return rows

    def _start(self, database, user, password):
        settings = {"user": user, "database": database, "application_name": "rotation"}
        body = struct.pack("!i", PROTOCOL)
        body += b"".join(f"{name}\0{value}\0".encode() for name, value in settings.items()) + b"\0"
        self._socket.sendall(struct.pack("!i", len(body) + 4) + body)
        scram = None
        while True:
            kind, body = self._receive()
            if kind == b"E":
                raise DatabaseError(_error(body))
            if kind == b"Z":
                return
            if kind != b"R":
                continue  # Settings of the session, and the key to cancel it by.
            (method,) = struct.unpack("!i", body[:4])
            if method == 0:
                if scram is None or not scram.server_is_known:
                    raise DatabaseError("the server asked for no proof of the password")
            elif method == 10 and b"SCRAM-SHA-256" in body[4:].split(b"\0"):
                scram = _Scram(password)
                first = scram.first().encode()
                self._send(b"p", b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first)
            elif method == 11 and scram is not None:
                self._send(b"p", scram.answer(body[4:].decode()).encode())
            elif method == 12 and scram is not None:
                scram.check(body[4:].decode())
            else:
                raise DatabaseError(f"the server asks for authentication {method}, not SCRAM-SHA-256")

    def _send(self, kind, body):
        self._socket.sendall(kind + struct.pack("!i", len(body) + 4) + body)

    def _receive(self):
        kind, length = struct.unpack("!ci", self._exactly(5))
        if not 4 <= length <= LONGEST_MESSAGE:
            raise DatabaseError(f"the server sent a message of {length} bytes")
        return kind, self._exactly(length - 4)

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            more = self._socket.recv(count - len(data))
            if not more:
                raise DatabaseError("the server closed the connection")
            data += more
        return data


class _Scram:
    """https://www.rfc-editor.org/rfc/rfc5802 and 7677, without channel binding."""

    def __init__(self, password):
        self._password = _ascii(password)
        self._bare = "n=,r=" + _text(secrets.token_bytes(18))
        self._signature = None
        self.server_is_known = False

    def first(self):
        return "n,," + self._bare

    def answer(self, challenge):
        parts = dict(part.split("=", 1) for part in challenge.split(","))
        nonce, salt, rounds = parts["r"], base64.b64decode(parts["s"]), int(parts["i"])
        if not nonce.startswith(self._bare[5:]) or len(nonce) == len(self._bare) - 5:
            raise DatabaseError("the server answered another's request")
        if not 1 <= rounds <= 1_000_000:
            raise DatabaseError(f"the server asks for {rounds} rounds")
        final = "c=biws,r=" + nonce
        proven = f"{self._bare},{challenge},{final}".encode()
        salted = hashlib.pbkdf2_hmac("sha256", self._password, salt, rounds)
        key = _hmac(salted, b"Client Key")
        mask = _hmac(hashlib.sha256(key).digest(), proven)
        proof = bytes(left ^ right for left, right in zip(key, mask))
        self._signature = _hmac(_hmac(salted, b"Server Key"), proven)
        return f"{final},p={_text(proof)}"

    def check(self, final):
        expected = "v=" + _text(self._signature or b"")
        if self._signature is None or not hmac.compare_digest(final, expected):
            raise DatabaseError("the server doesn't know the password that it should")
        self.server_is_known = True


def _row(body):
    (count,) = struct.unpack("!h", body[:2])
    values, at = [], 2
    for _ in range(count):
        (length,) = struct.unpack("!i", body[at : at + 4])
        at += 4
        values.append(None if length < 0 else body[at : at + length].decode())
        at += max(length, 0)
    return values


def _error(body):
    fields = {part[:1]: part[1:].decode(errors="replace") for part in body.split(b"\0") if part}
    return f"{fields.get(b'C', '?????')}: {fields.get(b'M', 'the server gave no reason')}"


def _hmac(key, text):
    return hmac.new(key, text, hashlib.sha256).digest()


def _text(data):
    return base64.b64encode(data).decode()


def _ascii(password):
    # Other characters would have to be brought into one form first; ours are letters and digits.
    if not password.isascii():
        raise DatabaseError("the password has characters other than ASCII")
    return password.encode("ascii")
