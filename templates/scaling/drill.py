"""Loads the canary until its autoscaler wants another pod, and says how long that took.

Its last words are one JSON object, which stays with the pod as its termination message.
"""
import json
import os
import ssl
import sys
import threading
import time
import urllib.request

NAMESPACE = os.environ["NAMESPACE"]
LIMIT_SECONDS = int(os.environ["LIMIT_SECONDS"])
ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
API = "https://" + os.environ["KUBERNETES_SERVICE_HOST"] + ":" + os.environ["KUBERNETES_SERVICE_PORT"]
TRUST = ssl.create_default_context(cafile=ACCOUNT + "/ca.crt")
done = threading.Event()


def autoscaler():
    with open(ACCOUNT + "/token", encoding="ascii") as token:
        headers = {"Authorization": "Bearer " + token.read()}
    path = f"/apis/autoscaling/v2/namespaces/{NAMESPACE}/horizontalpodautoscalers/scaling-canary"
    request = urllib.request.Request(API + path, headers=headers)
    with urllib.request.urlopen(request, timeout=10, context=TRUST) as answer:
        found = json.load(answer)
    return found["spec"].get("minReplicas", 1), found.get("status", {}).get("desiredReplicas", 0)


def load():
    while not done.is_set():
        try:
            urllib.request.urlopen("http://scaling-canary:8080/", timeout=10).read()
        except OSError:
            time.sleep(0.5)


def finish(result):
    done.set()
    text = json.dumps(result)
    print(text, flush=True)
    with open("/dev/termination-log", "w", encoding="ascii") as log:
        log.write(text)
    sys.exit(0 if result["passed"] else 1)


# It starts from rest: what an earlier drill has started goes away within minutes.
for _ in range(60):
    least, wanted = autoscaler()
    if 0 < wanted <= least:
        break
    time.sleep(10)
else:
    finish({"passed": False, "reason": "the autoscaler of the canary isn't at rest"})

for _ in range(8):
    threading.Thread(target=load, daemon=True).start()
started = time.monotonic()
while True:
    seconds = round(time.monotonic() - started)
    least, wanted = autoscaler()
    if wanted > least:
        finish({"passed": True, "reaction_seconds": seconds, "wanted_replicas": wanted})
    if seconds > LIMIT_SECONDS:
        finish({"passed": False, "reaction_seconds": seconds, "reason": "it didn't react"})
    time.sleep(5)
