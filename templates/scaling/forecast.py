"""Looks at the last four weeks at this hour and the ones to come, and says how many pods tomorrow takes.

With RAISE=true it raises each autoscaler's floor to that, within its own limits, so that the pods are
there before the load is. It never lowers a floor below the least that is configured.
"""
import json
import os
import ssl
import urllib.parse
import urllib.request

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
API = "https://" + os.environ["KUBERNETES_SERVICE_HOST"] + ":" + os.environ["KUBERNETES_SERVICE_PORT"]
TRUST = ssl.create_default_context(cafile=ACCOUNT + "/ca.crt")
PROMETHEUS = os.environ["PROMETHEUS_URL"]
WORKLOADS = json.loads(os.environ["WORKLOADS"])
DAY, WEEK = 86_400, 7 * 86_400


def figure(query):
    url = PROMETHEUS + "/api/v1/query?" + urllib.parse.urlencode({"query": query})
    with urllib.request.urlopen(url, timeout=30) as answer:
        found = json.load(answer)["data"]["result"]
    return float(found[0]["value"][1]) if found else None


def floor_of(name, workload):
    """The most pods that the same day of one of the last four weeks took, and a tenth more."""
    wanted = "kube_horizontalpodautoscaler_status_desired_replicas"
    labels = f'{{horizontalpodautoscaler="{name}",namespace="{workload["namespace"]}"}}'
    past = [figure(f"max(max_over_time({wanted}{labels}[{DAY}s] offset {week * WEEK - DAY}s))") for week in range(1, 5)]
    seen = [pods for pods in past if pods is not None]
    if not seen:
        return workload["minReplicas"], 0
    floor = -(-int(max(seen) * 11) // 10)
    return max(workload["minReplicas"], min(floor, workload["maxReplicas"])), len(seen)


def raise_floor(name, workload, floor):
    with open(ACCOUNT + "/token", encoding="ascii") as token:
        headers = {"Authorization": "Bearer " + token.read(), "Content-Type": "application/merge-patch+json"}
    path = f"/apis/autoscaling/v2/namespaces/{workload['namespace']}/horizontalpodautoscalers/{name}"
    body = json.dumps({"spec": {"minReplicas": floor}}).encode()
    request = urllib.request.Request(API + path, data=body, headers=headers, method="PATCH")
    urllib.request.urlopen(request, timeout=30, context=TRUST).read()


report = {}
for name, workload in WORKLOADS.items():
    floor, weeks = floor_of(name, workload)
    # One week is no pattern.
    raises = os.environ["RAISE"] == "true" and weeks >= 2
    if raises:
        raise_floor(name, workload, floor)
    at_limit = floor >= workload["maxReplicas"]
    report[name] = {"floor": floor, "weeks": weeks, "raised": raises, "at_limit": at_limit}

text = json.dumps({"forecast": report, "at_limit": sum(one["at_limit"] for one in report.values())})
print(text, flush=True)
with open("/dev/termination-log", "w", encoding="ascii") as log:
    log.write(text)
