"""How much of the cluster is asked for, and what is left if the largest zone goes."""

from cluster import every, finish


def cores(text):
    return float(text[:-1]) / 1000 if text.endswith("m") else float(text)


zones, total, asked = {}, 0.0, 0.0
for node in every("/api/v1/nodes"):
    if node["spec"].get("unschedulable"):
        continue
    room = cores(node["status"]["allocatable"]["cpu"])
    zone = node["metadata"]["labels"].get("topology.kubernetes.io/zone", "unknown")
    zones[zone] = zones.get(zone, 0.0) + room
    total += room
for pod in every("/api/v1/pods"):
    if pod["status"].get("phase") in ("Pending", "Running"):
        for container in pod["spec"]["containers"]:
            asked += cores(container.get("resources", {}).get("requests", {}).get("cpu", "0"))
largest = max(zones.values(), default=0.0)
finish(
    {
        "cores": round(total, 2),
        "asked_percent": round(100 * asked / total, 1) if total else 0,
        "asked_without_a_zone_percent": round(100 * asked / (total - largest), 1) if total > largest else 999,
        "zones": len(zones),
    },
    total > 0,
)
