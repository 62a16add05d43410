"""Kills one pod of a deployment without warning, and measures until all replicas are ready again."""

import os
import random
import time

from cluster import call, finish

namespace, name = os.environ["NAMESPACE"], os.environ["DEPLOYMENT"]
limit = int(os.environ["LIMIT_SECONDS"])
deployment = f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"


def state():
    """The labels of its pods, how many are wanted and how many are ready."""
    found = call(deployment)
    labels = found["spec"]["selector"]["matchLabels"]
    return labels, found["spec"].get("replicas", 1), found["status"].get("readyReplicas", 0)


labels, wanted, ready = state()
if ready < wanted or wanted < 2:
    # A fault on top of another one, or of the only replica, would show nothing.
    finish({"wanted": wanted, "ready": ready, "killed": 0, "reason": "not whole to begin with"}, False)
selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items())).replace("/", "%2F")
pods = call(f"/api/v1/namespaces/{namespace}/pods?labelSelector={selector}")["items"]
victim = random.choice([pod for pod in pods if pod["status"].get("phase") == "Running"])
pod = f"/api/v1/namespaces/{namespace}/pods/{victim['metadata']['name']}"
started = time.monotonic()
call(pod, "DELETE", {"gracePeriodSeconds": 0, "preconditions": {"uid": victim["metadata"]["uid"]}})

# It is whole again once it was seen broken, or has another pod in the victim's place.
while time.monotonic() - started < limit:
    time.sleep(1)
    now = call(f"/api/v1/namespaces/{namespace}/pods?labelSelector={selector}")["items"]
    gone = all(other["metadata"]["uid"] != victim["metadata"]["uid"] for other in now)
    _, wanted, ready = state()
    if gone and ready >= wanted:
        seconds = round(time.monotonic() - started, 1)
        finish({"wanted": wanted, "ready": ready, "killed": 1, "recovery_seconds": seconds}, True)
finish({"wanted": wanted, "ready": ready, "killed": 1, "recovery_seconds": limit}, False)
