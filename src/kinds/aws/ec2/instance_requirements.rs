//! What an instance type must have, in the place of naming one.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceRequirementsRequest.html>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::Finding;
use crate::model::FieldPath;

/// What an instance type must have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InstanceRequirements {
    /// How many virtual processors.
    pub v_cpu_count: AtLeast,
    /// How many MiB of memory.
    pub memory_mib: AtLeast,
    /// How many GiB of memory for each virtual processor.
    pub memory_gib_per_v_cpu: Option<Amount>,
    /// Who made the processor.
    #[schemars(extend("x-collection" = "set"))]
    pub cpu_manufacturers: Option<Vec<CpuManufacturer>>,
    /// The only types that count, such as `m7g.*`.
    #[schemars(length(max = 400), extend("x-collection" = "set"))]
    pub allowed_instance_types: Option<Vec<String>>,
    /// Types that don't count, such as `t*`.
    #[schemars(length(max = 400), extend("x-collection" = "set"))]
    pub excluded_instance_types: Option<Vec<String>>,
    /// Whether types of the current generation or earlier ones count.
    #[schemars(extend("x-collection" = "set"))]
    pub instance_generations: Option<Vec<InstanceGeneration>>,
    /// Whether bare metal counts.
    #[schemars(extend("default" = "excluded"))]
    pub bare_metal: Option<Inclusion>,
    /// Whether burstable types count.
    #[schemars(extend("default" = "excluded"))]
    pub burstable_performance: Option<Inclusion>,
    /// Whether types with disks of their own count.
    #[schemars(extend("default" = "included"))]
    pub local_storage: Option<Inclusion>,
    /// The type of such disks.
    #[schemars(extend("x-collection" = "set"))]
    pub local_storage_types: Option<Vec<LocalStorageType>>,
    /// How many GB such disks have together.
    #[serde(rename = "total_local_storage_gb")]
    pub total_local_storage: Option<Amount>,
    /// Whether the type must be able to hibernate.
    #[schemars(extend("default" = false))]
    pub require_hibernate_support: Option<bool>,
    /// Whether traffic between instances must be encrypted.
    #[schemars(extend("default" = false))]
    pub require_encryption_in_transit: Option<bool>,
    /// How many network interfaces.
    pub network_interface_count: Option<Count>,
    /// How many Gbit a second of network.
    pub network_bandwidth_gbps: Option<Amount>,
    /// How many Mbit a second of storage, without bursts.
    pub baseline_ebs_bandwidth_mbps: Option<Count>,
    /// How many accelerators; 0 as maximum for types without.
    pub accelerator_count: Option<Count>,
    /// The accelerators' types.
    #[schemars(extend("x-collection" = "set"))]
    pub accelerator_types: Option<Vec<AcceleratorType>>,
    /// Who made the accelerators.
    #[schemars(extend("x-collection" = "set"))]
    pub accelerator_manufacturers: Option<Vec<AcceleratorManufacturer>>,
    /// The accelerators' names, such as `h100`.
    #[schemars(extend("x-collection" = "set"))]
    pub accelerator_names: Option<Vec<String>>,
    /// How many MiB of memory the accelerators have together.
    pub accelerator_total_memory_mib: Option<Count>,
    /// How many per cent the spot price may lie over the lowest.
    #[schemars(range(min = 0))]
    pub spot_max_price_percentage_over_lowest_price: Option<i64>,
    /// How many per cent of the on-demand price the spot price may be.
    #[schemars(range(min = 1))]
    pub max_spot_price_as_percentage_of_optimal_on_demand_price: Option<i64>,
    /// How many per cent the on-demand price may lie over the lowest.
    #[schemars(range(min = 0))]
    pub on_demand_max_price_percentage_over_lowest_price: Option<i64>,
    /// A family whose processors are the least that will do, such as `c6i`.
    pub baseline_instance_family: Option<String>,
}

/// A whole number from a least one on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AtLeast {
    /// The least.
    #[schemars(range(min = 0))]
    pub min: i64,
    /// The most; any where it is absent.
    #[schemars(range(min = 0))]
    pub max: Option<i64>,
}

/// A whole number within bounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Count {
    /// The least; any where it is absent.
    #[schemars(range(min = 0))]
    pub min: Option<i64>,
    /// The most; any where it is absent.
    #[schemars(range(min = 0))]
    pub max: Option<i64>,
}

/// An amount within bounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Amount {
    /// The least; any where it is absent.
    #[schemars(range(min = 0))]
    pub min: Option<f64>,
    /// The most; any where it is absent.
    #[schemars(range(min = 0))]
    pub max: Option<f64>,
}

/// Who makes processors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CpuManufacturer {
    Intel,
    Amd,
    AmazonWebServices,
    Apple,
}

/// Which generations of types count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InstanceGeneration {
    Current,
    Previous,
}

/// Whether something counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Inclusion {
    Included,
    Required,
    Excluded,
}

/// A type of disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LocalStorageType {
    Hdd,
    Ssd,
}

/// A type of accelerator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AcceleratorType {
    Gpu,
    Fpga,
    Inference,
    Media,
}

/// Who makes accelerators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AcceleratorManufacturer {
    AmazonWebServices,
    Amd,
    Nvidia,
    Xilinx,
    Habana,
}

/// What is wrong with the requirements at a path.
pub(super) fn findings(path: &FieldPath, requirements: &InstanceRequirements) -> Vec<Finding> {
    let mut findings = Vec::new();
    let counts = [
        ("v_cpu_count", Some((Some(requirements.v_cpu_count.min), requirements.v_cpu_count.max))),
        ("memory_mib", Some((Some(requirements.memory_mib.min), requirements.memory_mib.max))),
        ("network_interface_count", bounds(requirements.network_interface_count.as_ref())),
        ("baseline_ebs_bandwidth_mbps", bounds(requirements.baseline_ebs_bandwidth_mbps.as_ref())),
        ("accelerator_count", bounds(requirements.accelerator_count.as_ref())),
        ("accelerator_total_memory_mib", bounds(requirements.accelerator_total_memory_mib.as_ref())),
    ];
    for (field, range) in counts {
        if let Some((Some(min), Some(max))) = range
            && min > max
        {
            findings.push(inverted(path, field, &min.to_string(), &max.to_string()));
        }
    }
    let amounts = [
        ("memory_gib_per_v_cpu", &requirements.memory_gib_per_v_cpu),
        ("total_local_storage_gb", &requirements.total_local_storage),
        ("network_bandwidth_gbps", &requirements.network_bandwidth_gbps),
    ];
    for (field, amount) in amounts {
        if let Some(Amount { min: Some(min), max: Some(max) }) = amount
            && min > max
        {
            findings.push(inverted(path, field, &min.to_string(), &max.to_string()));
        }
    }
    let pairs = [
        (
            "allowed_instance_types",
            requirements.allowed_instance_types.is_some(),
            "excluded_instance_types",
            requirements.excluded_instance_types.is_some(),
        ),
        (
            "spot_max_price_percentage_over_lowest_price",
            requirements.spot_max_price_percentage_over_lowest_price.is_some(),
            "max_spot_price_as_percentage_of_optimal_on_demand_price",
            requirements.max_spot_price_as_percentage_of_optimal_on_demand_price.is_some(),
        ),
    ];
    for (one, has_one, other, has_other) in pairs {
        if has_one && has_other {
            findings.push(
                Finding::at(path.key(other), format!("`{path}` has both `{one}` and `{other}`"))
                    .and(&path.key(one).to_string())
                    .help("set one of the two"),
            );
        }
    }
    findings
}

fn bounds(count: Option<&Count>) -> Option<(Option<i64>, Option<i64>)> {
    count.map(|count| (count.min, count.max))
}

fn inverted(path: &FieldPath, field: &str, min: &str, max: &str) -> Finding {
    let at = path.key(field);
    Finding::at(at.key("min"), format!("`{at}` is {min} at least and {max} at most"))
        .and(&at.key("max").to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::edited;

    #[test]
    fn bounds_are_in_order_and_choices_are_single() {
        let base = json!({"v_cpu_count": {"min": 2, "max": 4}, "memory_mib": {"min": 4096}});
        for (changes, fault) in [
            (vec![("/memory_gib_per_v_cpu", json!({"min": 2.0, "max": 4.0}))], ""),
            (vec![("/accelerator_count", json!({"max": 0}))], ""),
            (vec![("/v_cpu_count/min", json!(8))], "`x.v_cpu_count` is 8 at least and 4 at most"),
            (vec![("/accelerator_count", json!({"min": 1, "max": 0}))], "`x.accelerator_count`"),
            (vec![("/total_local_storage_gb", json!({"min": 2.5, "max": 1.0}))], "2.5 at least"),
            (
                vec![("/allowed_instance_types", json!(["m*"])), ("/excluded_instance_types", json!(["t*"]))],
                "both `allowed_instance_types`",
            ),
            (
                vec![
                    ("/spot_max_price_percentage_over_lowest_price", json!(20)),
                    ("/max_spot_price_as_percentage_of_optimal_on_demand_price", json!(60)),
                ],
                "both `spot_max_price",
            ),
        ] {
            let requirements = serde_json::from_value(edited(&base, &changes)).unwrap();
            let found = findings(&"x".parse().unwrap(), &requirements);
            match fault {
                "" => assert_eq!(found, []),
                fault => assert!(format!("{found:?}").contains(fault), "{changes:?}: {found:?}"),
            }
        }
    }
}
