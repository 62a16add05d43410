"""Exercises a rollback in one cluster, and measures it.

A version is rolled out over another, and asked all the while: no request may fail. Then comes a
version whose analysis can't succeed: it has to be taken back by itself. What was measured goes into
the pod's termination message. https://argo-rollouts.readthedocs.io/en/stable/features/analysis/
"""

import http.client
import json
import os
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
MESSAGE = "/dev/termination-log"
NAMESPACE = os.environ["NAMESPACE"]
NAME = "rollback-drill"
STEP_S = 2
LONGEST_S = 420

# What a pod of each version runs: it answers its version, and ends without cutting anybody off.
SUBJECT = """
import http.server, os, signal, threading
class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = os.environ["VERSION"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("", 8080), Answer)
signal.signal(signal.SIGTERM, lambda *_: threading.Timer(10, server.shutdown).start())
server.serve_forever()
"""


def main():
    results = {}
    delete()
    try:
        call("POST", "", rollout("one", "1"))
        wait("the first version runs", lambda now: healthy(now))
        asker = Asker()
        asker.start()
        patch("two", "1")
        wait("the second version has taken over", lambda now: healthy(now) and runs(now, "two"))
        failed = asker.stop()
        results["failed_requests"] = failed
        results["requests"] = asker.asked
        since = time.monotonic()
        patch("three", "0")
        wait("the third version is taken back", taken_back)
        results["rollback_seconds"] = round(time.monotonic() - since, 1)
    finally:
        delete()
        with open(MESSAGE, "w", encoding="utf-8") as message:
            json.dump(results, message)
    print(json.dumps(results))
    if results["failed_requests"] or not results["requests"]:
        sys.exit("requests failed during the rollout, or none was made")


class Asker(threading.Thread):
    """Asks the service several times a second, and counts what isn't answered."""

    def __init__(self):
        super().__init__(daemon=True)
        self.asked, self.failed, self._over = 0, 0, threading.Event()

    def run(self):
        while not self._over.wait(0.2):
            self.asked += 1
            connection = http.client.HTTPConnection(NAME, 8080, timeout=5)
            try:
                connection.request("GET", "/")
                if connection.getresponse().status != 200:
                    self.failed += 1
            except (OSError, http.client.HTTPException) as error:
                self.failed += 1
                print(f"a request failed: {error}", flush=True)
            finally:
                connection.close()

    def stop(self):
        self._over.set()
        self.join(timeout=30)
        return self.failed


def rollout(version, ceiling):
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "spec": {
            "replicas": 3,
            "progressDeadlineSeconds": 180,
            "progressDeadlineAbort": True,
            "selector": {"matchLabels": {"drill": "subject"}},
            "template": template(version),
            "strategy": strategy(ceiling),
        },
    }


def strategy(ceiling):
    return {
        "canary": {
            "maxUnavailable": 0,
            "maxSurge": 1,
            "steps": [
                {"setWeight": 34},
                {
                    "analysis": {
                        "templates": [{"templateName": NAME}],
                        "args": [{"name": "ceiling", "value": ceiling}],
                    }
                },
            ],
        }
    }


def template(version):
    return {
        "metadata": {"labels": {"drill": "subject"}},
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 30,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 65532,
                "runAsGroup": 65532,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "subject",
                    "image": os.environ["IMAGE"],
                    "command": ["python", "-c", SUBJECT],
                    "env": [{"name": "VERSION", "value": version}],
                    "ports": [{"name": "http", "containerPort": 8080}],
                    "readinessProbe": {
                        "httpGet": {"path": "/", "port": "http"},
                        "periodSeconds": 2,
                    },
                    # The gateways hear of its end some seconds after it does.
                    "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
                    "resources": {
                        "requests": {"cpu": "25m", "memory": "32Mi"},
                        "limits": {"memory": "64Mi"},
                    },
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "readOnlyRootFilesystem": True,
                        "capabilities": {"drop": ["ALL"]},
                    },
                }
            ],
        },
    }


def healthy(now):
    status, spec = now.get("status", {}), now["spec"]
    return (
        status.get("phase") == "Healthy"
        and status.get("observedGeneration") == str(now["metadata"]["generation"])
        and status.get("availableReplicas", 0) >= spec["replicas"]
    )


def runs(now, version):
    status = now.get("status", {})
    wanted = now["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"]
    return wanted == version and status.get("stableRS") == status.get("currentPodHash")


def taken_back(now):
    status = now.get("status", {})
    aborted = status.get("abort") is True and status.get("phase") == "Degraded"
    # The version before has all of its pods again, and the new one none.
    return aborted and status.get("updatedReplicas", 0) == 0 and status.get("availableReplicas", 0) >= 3


def wait(what, is_so):
    deadline = time.monotonic() + LONGEST_S
    while time.monotonic() < deadline:
        now = call("GET", f"/{NAME}")
        if is_so(now):
            print(f"{what}", flush=True)
            return
        time.sleep(STEP_S)
    sys.exit(f"not within {LONGEST_S} seconds: {what}: {json.dumps(now.get('status', {}))}")


def patch(version, ceiling):
    change = {"spec": {"template": template(version), "strategy": strategy(ceiling)}}
    call("PATCH", f"/{NAME}", change)


def delete():
    try:
        call("DELETE", f"/{NAME}", {"propagationPolicy": "Foreground"})
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            call("GET", f"/{NAME}")
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return
            raise
        time.sleep(STEP_S)
    sys.exit("what an earlier drill has left doesn't go away")


def call(method, path, body=None):
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
    url = f"https://{host}:{port}/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/rollouts{path}"
    with open(f"{ACCOUNT}/token", encoding="utf-8") as token:
        headers = {"Authorization": f"Bearer {token.read().strip()}", "Content-Type": "application/json"}
    if method == "PATCH":
        headers["Content-Type"] = "application/merge-patch+json"
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    context = ssl.create_default_context(cafile=f"{ACCOUNT}/ca.crt")
    with urllib.request.urlopen(request, context=context, timeout=20) as answer:
        return json.load(answer)


if __name__ == "__main__":
    main()
