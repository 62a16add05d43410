//! What instances are launched with.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestLaunchTemplateData.html>

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::block_device::{self, BlockDevice};
use super::instance_requirements::{self, InstanceRequirements};
use super::launch_network_interface::{self, NetworkInterface};
use super::subnet::HostnameType;
use crate::kinds::Finding;
use crate::kinds::aws::tags;
use crate::model::FieldPath;

/// What instances are launched with; what is absent, whoever launches them says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LaunchTemplateData {
    /// The image, such as `ami-0a1b2c3d4e5f60718`, or `resolve:ssm:` and a parameter's name. EKS picks
    /// one that fits where it is absent.
    pub image_id: Option<String>,
    /// The type of instance, such as `m7g.xlarge`.
    pub instance_type: Option<String>,
    /// What an instance type must have, in the place of naming one.
    pub instance_requirements: Option<InstanceRequirements>,
    /// The key pair for SSH.
    pub key_name: Option<String>,
    /// The kernel, of paravirtual images.
    pub kernel_id: Option<String>,
    /// The RAM disk, of paravirtual images.
    pub ram_disk_id: Option<String>,
    /// What runs at the first start, in base 64; 16 KiB at most before encoding.
    pub user_data: Option<String>,
    /// Whether storage has bandwidth of its own, of types where it hasn't anyway.
    #[schemars(extend("default" = false))]
    pub ebs_optimized: Option<bool>,
    /// Whose rights programs on the instance have. EKS sets it itself.
    pub iam_instance_profile: Option<IamInstanceProfile>,
    /// The disks.
    #[schemars(extend("x-collection" = "list(device_name)"))]
    pub block_device_mappings: Option<Vec<BlockDevice>>,
    /// The network interfaces.
    #[schemars(extend("x-collection" = "list(device_index,network_card_index)"))]
    pub network_interfaces: Option<Vec<NetworkInterface>>,
    /// The security groups, where no network interface is described.
    #[schemars(extend("x-collection" = "set", "x-refers" = "aws.ec2.security_group"))]
    pub security_group_ids: Option<Vec<String>>,
    /// How programs on the instance learn about it.
    pub metadata_options: Option<MetadataOptions>,
    /// Whether CloudWatch has figures for each minute.
    pub monitoring: Option<Monitoring>,
    /// Where among AWS's machines instances run.
    pub placement: Option<Placement>,
    /// Whether the API refuses to terminate instances.
    #[schemars(extend("default" = false))]
    pub disable_api_termination: Option<bool>,
    /// Whether the API refuses to stop instances.
    #[schemars(extend("default" = false))]
    pub disable_api_stop: Option<bool>,
    /// What becomes of an instance that shuts itself down.
    #[schemars(extend("default" = "stop"))]
    pub instance_initiated_shutdown_behavior: Option<ShutdownBehavior>,
    /// Tags of what is launched, by type of resource.
    #[schemars(extend("x-collection" = "list(resource_type)"))]
    pub tag_specifications: Option<Vec<TagSpecification>>,
    /// How instances are paid for. EKS sets it itself.
    pub instance_market_options: Option<MarketOptions>,
    /// How burstable types pay for bursts.
    pub credit_specification: Option<CreditSpecification>,
    /// The processor's cores and features.
    pub cpu_options: Option<CpuOptions>,
    /// Which reserved capacity instances use.
    pub capacity_reservation_specification: Option<CapacityReservation>,
    /// The licences that instances count against.
    #[schemars(extend("x-collection" = "list(license_configuration_arn)"))]
    pub license_specifications: Option<Vec<License>>,
    /// Whether instances can hibernate.
    pub hibernation_options: Option<HibernationOptions>,
    /// Whether instances can have enclaves.
    pub enclave_options: Option<EnclaveOptions>,
    /// What host names are made of; the subnet says where this is absent.
    pub private_dns_name_options: Option<PrivateDnsNameOptions>,
    /// Whether AWS restarts an instance whose machine fails.
    pub maintenance_options: Option<MaintenanceOptions>,
    /// Whether network or storage gets more of the bandwidth.
    pub network_performance_options: Option<NetworkPerformance>,
}

/// A switch as EC2 spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    Enabled,
    Disabled,
}

/// An instance profile, by name or by ARN.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IamInstanceProfile {
    /// Its ARN.
    #[schemars(extend("x-refers" = "aws.iam.instance_profile"))]
    pub arn: Option<String>,
    /// Its name.
    #[schemars(extend("x-refers" = "aws.iam.instance_profile"))]
    pub name: Option<String>,
}

/// How programs on an instance learn about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetadataOptions {
    /// Whether a session token is needed (IMDSv2); the image's default where it is absent.
    #[schemars(extend("x-default" = "provider"))]
    pub http_tokens: Option<HttpTokens>,
    /// Whether there is an endpoint at all.
    #[schemars(extend("default" = "enabled"))]
    pub http_endpoint: Option<Switch>,
    /// Over how many hops an answer gets: with 1, not into containers.
    #[schemars(range(min = 1, max = 64), extend("x-default" = "provider"))]
    pub http_put_response_hop_limit: Option<i64>,
    /// Whether the endpoint has an IPv6 address.
    #[schemars(extend("default" = "disabled"))]
    pub http_protocol_ipv6: Option<Switch>,
    /// Whether tags are among what is told.
    #[schemars(extend("default" = "disabled"))]
    pub instance_metadata_tags: Option<Switch>,
}

/// Whether a session token is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HttpTokens {
    Optional,
    Required,
}

/// Figures for each minute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Monitoring {
    /// Whether there are figures for each minute; each five otherwise.
    pub enabled: bool,
}

/// Where among AWS's machines instances run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Placement {
    /// The zone.
    pub availability_zone: Option<String>,
    /// The zone by its id.
    pub availability_zone_id: Option<String>,
    /// Whether instances stay on their dedicated host.
    pub affinity: Option<Affinity>,
    /// The placement group by name.
    pub group_name: Option<String>,
    /// The placement group by id.
    pub group_id: Option<String>,
    /// The dedicated host.
    pub host_id: Option<String>,
    /// The group of dedicated hosts.
    pub host_resource_group_arn: Option<String>,
    /// The partition of the placement group.
    #[schemars(range(min = 1, max = 7))]
    pub partition_number: Option<i64>,
    /// Whose hardware it is.
    pub tenancy: Option<InstanceTenancy>,
}

/// Whether instances stay on their dedicated host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Affinity {
    Default,
    Host,
}

/// Whose hardware instances run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InstanceTenancy {
    Default,
    Dedicated,
    Host,
}

/// What becomes of an instance that shuts itself down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ShutdownBehavior {
    Stop,
    Terminate,
}

/// Tags of one type of resource that is launched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TagSpecification {
    /// The type of resource.
    pub resource_type: LaunchedResource,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
}

/// What is made with an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LaunchedResource {
    Instance,
    Volume,
    NetworkInterface,
    SpotInstancesRequest,
}

/// How instances are paid for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MarketOptions {
    /// The market.
    pub market_type: MarketType,
    /// What holds on the spot market.
    pub spot_options: Option<SpotOptions>,
}

/// A market for instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MarketType {
    Spot,
    CapacityBlock,
    InterruptibleCapacityReservation,
    OnDemand,
}

/// What holds on the spot market.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SpotOptions {
    /// The most that is paid an hour, in US dollars; the on-demand price where it is absent.
    #[schemars(regex(pattern = r"^\d+(\.\d+)?$"))]
    pub max_price: Option<String>,
    /// Whether the request outlives the instance.
    #[schemars(extend("default" = "one-time"))]
    pub spot_instance_type: Option<SpotInstanceType>,
    /// Until when a persistent request holds, such as `2027-01-01T00:00:00Z`.
    pub valid_until: Option<String>,
    /// What becomes of an instance that is taken back.
    #[schemars(extend("default" = "terminate"))]
    pub instance_interruption_behavior: Option<InterruptionBehavior>,
}

/// Whether a spot request outlives its instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SpotInstanceType {
    OneTime,
    Persistent,
}

/// What becomes of an instance that is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InterruptionBehavior {
    Hibernate,
    Stop,
    Terminate,
}

/// How burstable types pay for bursts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CreditSpecification {
    /// Whether bursts end with the credits or cost more.
    pub cpu_credits: CpuCredits,
}

/// Whether bursts end with the credits or cost more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CpuCredits {
    Standard,
    Unlimited,
}

/// The processor's cores and features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CpuOptions {
    /// How many cores.
    #[schemars(range(min = 1))]
    pub core_count: Option<i64>,
    /// How many threads a core runs; 1 switches hyper-threading off.
    #[schemars(range(min = 1, max = 2))]
    pub threads_per_core: Option<i64>,
    /// Whether memory is encrypted by AMD SEV-SNP.
    pub amd_sev_snp: Option<Switch>,
    /// Whether instances can run virtual machines of their own.
    pub nested_virtualization: Option<Switch>,
}

/// Which reserved capacity instances use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CapacityReservation {
    /// Whether they use any.
    pub capacity_reservation_preference: Option<CapacityPreference>,
    /// Which they use.
    pub capacity_reservation_target: Option<CapacityTarget>,
}

/// Whether instances use reserved capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CapacityPreference {
    CapacityReservationsOnly,
    Open,
    None,
}

/// A capacity reservation, or a group of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CapacityTarget {
    /// The reservation.
    pub capacity_reservation_id: Option<String>,
    /// The group of reservations.
    pub capacity_reservation_resource_group_arn: Option<String>,
}

/// A licence that instances count against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct License {
    /// The ARN of its configuration.
    pub license_configuration_arn: String,
}

/// Whether instances can hibernate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HibernationOptions {
    /// Whether they can.
    pub configured: bool,
}

/// Whether instances can have enclaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EnclaveOptions {
    /// Whether they can.
    pub enabled: bool,
}

/// What host names are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PrivateDnsNameOptions {
    /// The address or the instance's id.
    pub hostname_type: Option<HostnameType>,
    /// Whether names made of ids are answered with IPv4 addresses.
    pub enable_resource_name_dns_a_record: Option<bool>,
    /// Whether names made of ids are answered with IPv6 addresses.
    pub enable_resource_name_dns_aaaa_record: Option<bool>,
}

/// Whether AWS restarts an instance whose machine fails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MaintenanceOptions {
    /// Whether it does.
    #[schemars(extend("default" = "default"))]
    pub auto_recovery: Option<AutoRecovery>,
}

/// Whether an instance is restarted on another machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AutoRecovery {
    Default,
    Disabled,
}

/// Whether network or storage gets more of the bandwidth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkPerformance {
    /// Which gets more.
    #[schemars(extend("default" = "default"))]
    pub bandwidth_weighting: Option<BandwidthWeighting>,
}

/// Which gets more of the bandwidth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum BandwidthWeighting {
    #[serde(rename = "default")]
    Default,
    #[serde(rename = "vpc-1")]
    Network,
    #[serde(rename = "ebs-1")]
    Storage,
}

/// What is wrong with the data of a template.
pub(super) fn findings(data: &LaunchTemplateData) -> Vec<Finding> {
    let root = FieldPath::root().key("launch_template_data");
    let mut findings = Vec::new();
    for (index, device) in data.block_device_mappings.iter().flatten().enumerate() {
        findings.extend(block_device::findings(&root.key("block_device_mappings").index(index), device));
    }
    for (index, interface) in data.network_interfaces.iter().flatten().enumerate() {
        let path = root.key("network_interfaces").index(index);
        findings.extend(launch_network_interface::findings(&path, interface));
    }
    if let Some(requirements) = &data.instance_requirements {
        findings.extend(instance_requirements::findings(&root.key("instance_requirements"), requirements));
    }
    for (index, specification) in data.tag_specifications.iter().flatten().enumerate() {
        let path = root.key("tag_specifications").index(index).key("tags");
        findings.extend(tags::findings_at(&path, Some(&specification.tags)));
    }
    findings.extend(user_data_finding(&root, data));
    findings.extend(exclusive_findings(&root, data));
    findings.extend(dependent_findings(&root, data));
    findings
}

/// Fields of which only one can be set.
fn exclusive_findings(root: &FieldPath, data: &LaunchTemplateData) -> Vec<Finding> {
    let is_set = |list: Option<bool>| list.unwrap_or(false);
    let profile = data.iam_instance_profile.as_ref();
    let placement = data.placement.as_ref();
    let target = data
        .capacity_reservation_specification
        .as_ref()
        .and_then(|specification| specification.capacity_reservation_target.as_ref());
    let pairs = [
        (
            "instance_type",
            "instance_requirements",
            data.instance_type.is_some(),
            data.instance_requirements.is_some(),
        ),
        (
            "security_group_ids",
            "network_interfaces",
            is_set(data.security_group_ids.as_ref().map(|ids| !ids.is_empty())),
            is_set(data.network_interfaces.as_ref().map(|list| !list.is_empty())),
        ),
        (
            "iam_instance_profile.arn",
            "iam_instance_profile.name",
            profile.is_some_and(|profile| profile.arn.is_some()),
            profile.is_some_and(|profile| profile.name.is_some()),
        ),
        (
            "placement.availability_zone",
            "placement.availability_zone_id",
            placement.is_some_and(|placement| placement.availability_zone.is_some()),
            placement.is_some_and(|placement| placement.availability_zone_id.is_some()),
        ),
        (
            "placement.group_name",
            "placement.group_id",
            placement.is_some_and(|placement| placement.group_name.is_some()),
            placement.is_some_and(|placement| placement.group_id.is_some()),
        ),
        (
            "capacity_reservation_specification.capacity_reservation_target.capacity_reservation_id",
            "capacity_reservation_specification.capacity_reservation_target.capacity_reservation_resource_group_arn",
            target.is_some_and(|target| target.capacity_reservation_id.is_some()),
            target.is_some_and(|target| target.capacity_reservation_resource_group_arn.is_some()),
        ),
    ];
    pairs
        .into_iter()
        .filter(|(.., one, other)| *one && *other)
        .map(|(one, other, ..)| {
            Finding::on(&format!("{root}.{other}"), format!("`{one}` and `{other}` are both set"))
                .and(&format!("{root}.{one}"))
                .help(if one == "security_group_ids" {
                    "with network interfaces described, groups stand in each interface's `groups`"
                } else {
                    "set one of the two"
                })
        })
        .collect()
}

/// Fields that need another one.
fn dependent_findings(root: &FieldPath, data: &LaunchTemplateData) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(options) = &data.cpu_options
        && options.core_count.is_some() != options.threads_per_core.is_some()
    {
        let at = root.key("cpu_options");
        findings.push(
            Finding::at(at.key("core_count"), "`core_count` and `threads_per_core` go together")
                .and(&at.key("threads_per_core").to_string())
                .help("set both, or neither"),
        );
    }
    if let Some(market) = &data.instance_market_options {
        let at = root.key("instance_market_options");
        if market.market_type != MarketType::Spot && market.spot_options.is_some() {
            findings.push(
                Finding::at(at.key("spot_options"), "`spot_options` are for the spot market only")
                    .and(&at.key("market_type").to_string())
                    .help("set `market_type: spot`"),
            );
        }
        if let Some(spot) = &market.spot_options {
            let at = at.key("spot_options");
            let persistent = spot.spot_instance_type == Some(SpotInstanceType::Persistent);
            let stays =
                !matches!(spot.instance_interruption_behavior, None | Some(InterruptionBehavior::Terminate));
            for (field, set) in
                [("instance_interruption_behavior", stays), ("valid_until", spot.valid_until.is_some())]
            {
                if set && !persistent {
                    findings.push(
                        Finding::at(at.key(field), format!("`{field}` needs a persistent request"))
                            .and(&at.key("spot_instance_type").to_string())
                            .help("set `spot_instance_type: persistent`, or leave it out"),
                    );
                }
            }
        }
    }
    let hibernates = data.hibernation_options.as_ref().is_some_and(|options| options.configured);
    if hibernates && data.enclave_options.as_ref().is_some_and(|options| options.enabled) {
        findings.push(
            Finding::at(root.key("enclave_options"), "instances with enclaves can't hibernate")
                .and(&root.key("hibernation_options").to_string()),
        );
    }
    findings
}

/// EC2 takes 16 KiB before encoding.
const MOST_USER_DATA_BYTES: usize = 16 * 1024;

fn user_data_finding(root: &FieldPath, data: &LaunchTemplateData) -> Option<Finding> {
    let text = data.user_data.as_deref()?;
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    let alphabet = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
    if !text.len().is_multiple_of(4) || padding > 2 || !body.bytes().all(alphabet) {
        return Some(
            Finding::at(root.key("user_data"), "`user_data` isn't in base 64")
                .help("EC2 takes it encoded, without line breaks"),
        );
    }
    let bytes = text.len() / 4 * 3 - padding;
    (bytes > MOST_USER_DATA_BYTES).then(|| {
        Finding::at(
            root.key("user_data"),
            format!("`user_data` has {bytes} bytes, where {MOST_USER_DATA_BYTES} are allowed"),
        )
        .help("fetch the rest from a bucket when the instance starts")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn faults(data: Json) -> String {
        findings(&serde_json::from_value(data).unwrap())
            .into_iter()
            .map(|finding| format!("{} ({})\n", finding.message, finding.help.unwrap_or_default()))
            .collect()
    }

    #[test]
    fn user_data_is_encoded_and_short() {
        for fine in ["", "aGVsbG8=", "aGVsbA==", "aGVs"] {
            assert_eq!(faults(json!({"user_data": fine})), "", "{fine}");
        }
        for broken in ["hello", "a===", "aGVs\n", "#!/bin/sh -e"] {
            assert!(faults(json!({"user_data": broken})).contains("base 64"), "{broken}");
        }
        let encoded = |bytes: usize| "AAAA".repeat(bytes / 3);
        assert_eq!(faults(json!({"user_data": encoded(16383)})), "");
        assert!(faults(json!({"user_data": encoded(16386)})).contains("16386 bytes"));
    }

    #[test]
    fn what_excludes_each_other_is_told() {
        let target =
            json!({"capacity_reservation_id": "cr-1", "capacity_reservation_resource_group_arn": "arn:x"});
        for (broken, fault) in [
            (
                json!({"instance_type": "m7g.large", "instance_requirements": {"v_cpu_count": {"min": 2}, "memory_mib": {"min": 1}}}),
                "`instance_type` and `instance_requirements`",
            ),
            (
                json!({"security_group_ids": ["sg-1"], "network_interfaces": [{"device_index": 0}]}),
                "each interface's `groups`",
            ),
            (json!({"iam_instance_profile": {"arn": "a", "name": "b"}}), "set one of the two"),
            (
                json!({"placement": {"availability_zone": "a", "availability_zone_id": "b"}}),
                "set one of the two",
            ),
            (json!({"placement": {"group_name": "a", "group_id": "b"}}), "set one of the two"),
            (
                json!({"capacity_reservation_specification": {"capacity_reservation_target": target}}),
                "set one of the two",
            ),
            (
                json!({"hibernation_options": {"configured": true}, "enclave_options": {"enabled": true}}),
                "hibernate",
            ),
        ] {
            let found = faults(broken.clone());
            assert!(found.contains(fault), "{broken}: {found}");
        }
    }

    #[test]
    fn what_needs_each_other_is_told() {
        for fine in [
            json!({"cpu_options": {"core_count": 2, "threads_per_core": 1}}),
            json!({"cpu_options": {"amd_sev_snp": "enabled"}}),
            json!({"instance_market_options": {"market_type": "spot", "spot_options": {"max_price": "0.1"}}}),
            json!({"tag_specifications": [{"resource_type": "volume", "tags": {"a": "b"}}]}),
        ] {
            assert_eq!(faults(fine.clone()), "", "{fine}");
        }
        let spot = |options: Json| json!({"instance_market_options": {"market_type": "spot", "spot_options": options}});
        for (broken, fault) in [
            (json!({"cpu_options": {"core_count": 2}}), "go together"),
            (
                json!({"instance_market_options": {"market_type": "capacity-block", "spot_options": {}}}),
                "spot market",
            ),
            (spot(json!({"instance_interruption_behavior": "stop"})), "needs a persistent request"),
            (spot(json!({"valid_until": "2027-01-01T00:00:00Z"})), "needs a persistent request"),
            (json!({"tag_specifications": [{"resource_type": "volume", "tags": {"aws:a": "b"}}]}), "aws:"),
        ] {
            let found = faults(broken.clone());
            assert!(found.contains(fault), "{broken}: {found}");
        }
    }
}
