//! The actions of AWS Fault Injection Service: what each is done to, and its parameters.
//! <https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html>

/// What an action is done to, and its parameters.
pub(super) struct Action {
    pub id: &'static str,
    /// The key of its target in the template and the type of resource; absent where it has none.
    pub target: Option<(&'static str, &'static str)>,
    pub required: &'static [&'static str],
    pub optional: &'static [&'static str],
}

/// A type of target that has parameters of its own.
pub(super) struct TargetType {
    pub id: &'static str,
    pub required: &'static [&'static str],
    pub optional: &'static [&'static str],
}

const fn action(
    id: &'static str,
    target: (&'static str, &'static str),
    required: &'static [&'static str],
    optional: &'static [&'static str],
) -> Action {
    Action { id, target: Some(target), required, optional }
}

const fn alone(
    id: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
) -> Action {
    Action { id, target: None, required, optional }
}

const CLUSTERS: (&str, &str) = ("Clusters", "aws:ecs:cluster");
const FUNCTIONS: (&str, &str) = ("Functions", "aws:lambda:function");
const INSTANCES: (&str, &str) = ("Instances", "aws:ec2:instance");
const PODS: (&str, &str) = ("Pods", "aws:eks:pod");
const ROLES: (&str, &str) = ("Roles", "aws:iam:role");
const STREAMS: (&str, &str) = ("KinesisStreams", "aws:kinesis:stream");
const SUBNETS: (&str, &str) = ("Subnets", "aws:ec2:subnet");
const TASKS: (&str, &str) = ("Tasks", "aws:ecs:task");
const VOLUMES: (&str, &str) = ("Volumes", "aws:ec2:ebs-volume");

const API_FAULT: &[&str] = &["duration", "service", "percentage", "operations"];
const TIMED_POD: &[&str] = &["duration", "kubernetesServiceAccount"];
const STRESSED_POD: &[&str] = &[
    "percent",
    "workers",
    "fisPodContainerImage",
    "maxErrorsPercent",
    "fisPodLabels",
    "fisPodAnnotations",
    "fisPodSecurityPolicy",
];

/// All of them, by their ids.
pub(super) const ACTIONS: &[Action] = &[
    action(
        "aws:arc:start-zonal-autoshift",
        ("ManagedResources", "aws:arc:zonal-shift-managed-resource"),
        &["duration", "availabilityZoneIdentifier"],
        &["managedResourceTypes", "zonalAutoshiftStatus"],
    ),
    alone("aws:cloudwatch:assert-alarm-state", &["alarmArns", "alarmStates"], &[]),
    action(
        "aws:directconnect:virtual-interface-disconnect",
        ("VirtualInterfaces", "aws:directconnect:virtual-interface"),
        &["duration"],
        &[],
    ),
    action(
        "aws:dsql:cluster-connection-failure",
        ("Clusters", "aws:dsql:cluster"),
        &["duration", "percentage"],
        &[],
    ),
    action(
        "aws:dynamodb:global-table-pause-replication",
        ("Tables", "aws:dynamodb:global-table"),
        &["duration"],
        &[],
    ),
    action("aws:ebs:pause-volume-io", VOLUMES, &["duration"], &[]),
    action(
        "aws:ebs:volume-io-latency",
        VOLUMES,
        &["duration"],
        &["readIOPercentage", "readIOLatencyMilliseconds", "writeIOPercentage", "writeIOLatencyMilliseconds"],
    ),
    action(
        "aws:ec2:api-insufficient-instance-capacity-error",
        ROLES,
        &["duration", "availabilityZoneIdentifiers", "percentage"],
        &[],
    ),
    action(
        "aws:ec2:asg-insufficient-instance-capacity-error",
        ("AutoScalingGroups", "aws:ec2:autoscaling-group"),
        &["duration", "availabilityZoneIdentifiers"],
        &["percentage"],
    ),
    action("aws:ec2:reboot-instances", INSTANCES, &[], &[]),
    action(
        "aws:ec2:send-spot-instance-interruptions",
        ("SpotInstances", "aws:ec2:spot-instance"),
        &["durationBeforeInterruption"],
        &[],
    ),
    action(
        "aws:ec2:stop-instances",
        INSTANCES,
        &[],
        &["startInstancesAfterDuration", "completeIfInstancesTerminated"],
    ),
    action("aws:ec2:terminate-instances", INSTANCES, &[], &[]),
    action("aws:ecs:drain-container-instances", CLUSTERS, &["drainagePercentage", "duration"], &[]),
    action("aws:ecs:stop-task", TASKS, &[], &[]),
    action("aws:ecs:task-cpu-stress", TASKS, &["duration"], &["percent", "workers", "installDependencies"]),
    action("aws:ecs:task-io-stress", TASKS, &["duration"], &["percent", "workers", "installDependencies"]),
    action("aws:ecs:task-kill-process", TASKS, &["processName"], &["signal", "installDependencies"]),
    action(
        "aws:ecs:task-network-blackhole-port",
        TASKS,
        &["duration", "port", "trafficType"],
        &["protocol", "installDependencies", "useEcsFaultInjectionEndpoints"],
    ),
    action(
        "aws:ecs:task-network-latency",
        TASKS,
        &["duration"],
        &[
            "delayMilliseconds",
            "jitterMilliseconds",
            "flowsPercent",
            "sources",
            "installDependencies",
            "useEcsFaultInjectionEndpoints",
        ],
    ),
    action(
        "aws:ecs:task-network-packet-loss",
        TASKS,
        &["duration"],
        &["lossPercent", "flowsPercent", "sources", "installDependencies", "useEcsFaultInjectionEndpoints"],
    ),
    action(
        "aws:eks:inject-kubernetes-custom-resource",
        ("Cluster", "aws:eks:cluster"),
        &["kubernetesApiVersion", "kubernetesKind", "kubernetesNamespace", "kubernetesSpec", "maxDuration"],
        &[],
    ),
    action("aws:eks:pod-cpu-stress", PODS, TIMED_POD, STRESSED_POD),
    action(
        "aws:eks:pod-delete",
        PODS,
        &["kubernetesServiceAccount"],
        &[
            "gracePeriodSeconds",
            "fisPodContainerImage",
            "maxErrorsPercent",
            "fisPodLabels",
            "fisPodAnnotations",
            "fisPodSecurityPolicy",
        ],
    ),
    action("aws:eks:pod-io-stress", PODS, TIMED_POD, STRESSED_POD),
    action("aws:eks:pod-memory-stress", PODS, TIMED_POD, STRESSED_POD),
    action(
        "aws:eks:pod-network-blackhole-port",
        PODS,
        &["duration", "kubernetesServiceAccount", "protocol", "trafficType", "port"],
        &["fisPodContainerImage", "maxErrorsPercent", "fisPodLabels", "fisPodAnnotations"],
    ),
    action(
        "aws:eks:pod-network-latency",
        PODS,
        TIMED_POD,
        &[
            "interface",
            "delayMilliseconds",
            "jitterMilliseconds",
            "flowsPercent",
            "sources",
            "fisPodContainerImage",
            "maxErrorsPercent",
            "fisPodLabels",
            "fisPodAnnotations",
        ],
    ),
    action(
        "aws:eks:pod-network-packet-loss",
        PODS,
        TIMED_POD,
        &[
            "interface",
            "lossPercent",
            "flowsPercent",
            "sources",
            "fisPodContainerImage",
            "maxErrorsPercent",
            "fisPodLabels",
            "fisPodAnnotations",
        ],
    ),
    action(
        "aws:eks:terminate-nodegroup-instances",
        ("Nodegroups", "aws:eks:nodegroup"),
        &["instanceTerminationPercentage"],
        &[],
    ),
    action(
        "aws:elasticache:replicationgroup-interrupt-az-power",
        ("ReplicationGroups", "aws:elasticache:replicationgroup"),
        &["duration"],
        &[],
    ),
    action("aws:fis:inject-api-internal-error", ROLES, API_FAULT, &[]),
    action("aws:fis:inject-api-throttle-error", ROLES, API_FAULT, &[]),
    action("aws:fis:inject-api-unavailable-error", ROLES, API_FAULT, &[]),
    alone("aws:fis:wait", &["duration"], &[]),
    action("aws:kinesis:stream-expired-iterator-exception", STREAMS, &["duration", "percentage"], &[]),
    action("aws:kinesis:stream-provisioned-throughput-exception", STREAMS, &["duration", "percentage"], &[]),
    action(
        "aws:lambda:invocation-add-delay",
        FUNCTIONS,
        &["duration"],
        &["invocationPercentage", "startupDelayMilliseconds"],
    ),
    action(
        "aws:lambda:invocation-error",
        FUNCTIONS,
        &["duration", "preventExecution"],
        &["invocationPercentage"],
    ),
    action(
        "aws:lambda:invocation-http-integration-response",
        FUNCTIONS,
        &["contentTypeHeader", "duration", "preventExecution", "statusCode"],
        &["invocationPercentage"],
    ),
    action(
        "aws:memorydb:multi-region-cluster-pause-replication",
        ("MultiRegionClusters", "aws:memorydb:multi-region-cluster"),
        &["duration"],
        &[],
    ),
    action("aws:network:disrupt-connectivity", SUBNETS, &["scope", "duration"], &["prefixListIdentifier"]),
    action("aws:network:disrupt-vpc-endpoint", ("VPCEndpoints", "aws:ec2:vpc-endpoint"), &["duration"], &[]),
    action(
        "aws:network:route-table-disrupt-cross-region-connectivity",
        SUBNETS,
        &["region", "duration"],
        &[],
    ),
    action(
        "aws:network:transit-gateway-disrupt-cross-region-connectivity",
        ("TransitGateways", "aws:ec2:transit-gateway"),
        &["region", "duration"],
        &[],
    ),
    action("aws:rds:failover-db-cluster", ("Clusters", "aws:rds:cluster"), &[], &[]),
    action("aws:rds:reboot-db-instances", ("DBInstances", "aws:rds:db"), &[], &["forceFailover"]),
    action(
        "aws:s3:bucket-pause-replication",
        ("Buckets", "aws:s3:bucket"),
        &["duration", "region"],
        &["destinationBuckets", "prefixes"],
    ),
    action(
        "aws:ssm:send-command",
        INSTANCES,
        &["documentArn", "duration"],
        &["documentVersion", "documentParameters"],
    ),
    alone(
        "aws:ssm:start-automation-execution",
        &["documentArn", "maxDuration"],
        &["documentVersion", "documentParameters"],
    ),
];

/// The types of targets that have parameters; the others have none.
/// <https://docs.aws.amazon.com/fis/latest/userguide/targets.html>
pub(super) const TARGET_TYPES: &[TargetType] = &[
    TargetType { id: "aws:ec2:ebs-volume", required: &[], optional: &["availabilityZoneIdentifier"] },
    TargetType { id: "aws:ec2:subnet", required: &[], optional: &["availabilityZoneIdentifier", "vpc"] },
    TargetType { id: "aws:ecs:task", required: &[], optional: &["cluster", "service"] },
    TargetType {
        id: "aws:eks:pod",
        required: &["clusterIdentifier", "namespace", "selectorType", "selectorValue"],
        optional: &["availabilityZoneIdentifier", "targetContainerName"],
    },
    TargetType {
        id: "aws:elasticache:replicationgroup",
        required: &["availabilityZoneIdentifier"],
        optional: &[],
    },
    TargetType { id: "aws:lambda:function", required: &[], optional: &["functionQualifier"] },
    TargetType { id: "aws:rds:cluster", required: &[], optional: &["writerAvailabilityZoneIdentifiers"] },
    TargetType { id: "aws:rds:db", required: &[], optional: &["availabilityZoneIdentifiers"] },
];

/// The facts of an action.
pub(super) fn find(id: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.id == id)
}

/// Whether some action is done to a type of resource.
pub(super) fn is_target_type(id: &str) -> bool {
    ACTIONS.iter().any(|action| action.target.is_some_and(|(_, resource)| resource == id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_order_and_no_parameter_stands_twice() {
        assert!(ACTIONS.is_sorted_by(|one, other| one.id < other.id));
        for action in ACTIONS {
            let mut all: Vec<&str> = [action.required, action.optional].concat();
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), count, "{}", action.id);
        }
        for target in TARGET_TYPES {
            assert!(is_target_type(target.id), "{}", target.id);
        }
    }
}
