"""Answers each request after as much work as a small one of the application's takes."""
import hashlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Canary(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/healthz":
            digest = b"canary"
            for _ in range(40_000):
                digest = hashlib.sha256(digest).digest()
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("", 8080), Canary).serve_forever()
