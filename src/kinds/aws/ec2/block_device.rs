//! A disk that an instance is launched with.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateEbsBlockDeviceRequest.html>

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::Finding;
use crate::model::FieldPath;

/// What stands behind the name of a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BlockDevice {
    /// The device, such as `/dev/xvda`.
    pub device_name: String,
    /// A volume of EBS.
    pub ebs: Option<Ebs>,
    /// A disk of the machine itself: `ephemeral0` and so on.
    pub virtual_name: Option<String>,
    /// Whether the image's own disk of that name is left out: `true`, or absent.
    pub no_device: Option<bool>,
}

/// A volume of EBS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ebs {
    /// Its type; the account's default where it is absent.
    pub volume_type: Option<VolumeType>,
    /// Its size in GiB; the snapshot's where it is absent.
    #[schemars(range(min = 1, max = 65536))]
    pub volume_size: Option<i64>,
    /// The operations a second that are provided.
    #[schemars(range(min = 100, max = 256000))]
    pub iops: Option<i64>,
    /// The MiB a second that are provided, of gp3.
    #[schemars(range(min = 125, max = 2000))]
    pub throughput: Option<i64>,
    /// Whether it is encrypted; as the account's default says where it is absent.
    pub encrypted: Option<bool>,
    /// The key that encrypts it.
    #[schemars(extend("x-refers" = "aws.kms.key|aws.kms.replica_key|aws.kms.alias"))]
    pub kms_key_id: Option<String>,
    /// The snapshot that it is made of; the image's where it is absent.
    pub snapshot_id: Option<String>,
    /// The MiB a second at which the snapshot is loaded.
    #[schemars(range(min = 100, max = 300))]
    pub volume_initialization_rate: Option<i64>,
    /// Whether it goes away with the instance.
    pub delete_on_termination: Option<bool>,
    /// Which of several EBS cards it hangs on.
    #[schemars(range(min = 0))]
    pub ebs_card_index: Option<i64>,
}

/// A type of volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VolumeType {
    Gp3,
    Gp2,
    Io1,
    Io2,
    St1,
    Sc1,
    Standard,
}

impl VolumeType {
    fn sizes_gib(self) -> RangeInclusive<i64> {
        match self {
            VolumeType::Gp3 => 1..=65_536,
            VolumeType::Gp2 => 1..=16_384,
            VolumeType::Io1 => 4..=16_384,
            VolumeType::Io2 => 4..=65_536,
            VolumeType::St1 | VolumeType::Sc1 => 125..=16_384,
            VolumeType::Standard => 1..=1_024,
        }
    }

    /// The operations a second that can be asked for; `None` where they can't.
    fn iops(self) -> Option<RangeInclusive<i64>> {
        match self {
            VolumeType::Gp3 => Some(3_000..=80_000),
            VolumeType::Io1 => Some(100..=64_000),
            VolumeType::Io2 => Some(100..=256_000),
            VolumeType::Gp2 | VolumeType::St1 | VolumeType::Sc1 | VolumeType::Standard => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            VolumeType::Gp3 => "gp3",
            VolumeType::Gp2 => "gp2",
            VolumeType::Io1 => "io1",
            VolumeType::Io2 => "io2",
            VolumeType::St1 => "st1",
            VolumeType::Sc1 => "sc1",
            VolumeType::Standard => "standard",
        }
    }
}

/// What is wrong with the device at a path.
pub(super) fn findings(path: &FieldPath, device: &BlockDevice) -> Vec<Finding> {
    let mut findings = Vec::new();
    let set = [device.ebs.is_some(), device.virtual_name.is_some(), device.no_device == Some(true)];
    if set.into_iter().filter(|set| *set).count() != 1 {
        findings.push(
            Finding::at(path.clone(), format!("`{path}` should be one thing"))
                .help("set one of ebs, virtual_name, or no_device: true"),
        );
    }
    if let Some(ebs) = &device.ebs {
        ebs_findings(&path.key("ebs"), ebs, &mut findings);
    }
    findings
}

fn ebs_findings(path: &FieldPath, ebs: &Ebs, findings: &mut Vec<Finding>) {
    if ebs.kms_key_id.is_some() && ebs.encrypted != Some(true) {
        findings.push(
            Finding::at(path.key("kms_key_id"), format!("`{path}.kms_key_id` needs `encrypted: true`"))
                .and(&path.key("encrypted").to_string()),
        );
    }
    if ebs.throughput.is_some() && ebs.volume_type != Some(VolumeType::Gp3) {
        findings.push(
            Finding::at(path.key("throughput"), format!("`{path}.throughput` is for gp3 only"))
                .and(&path.key("volume_type").to_string())
                .help("set `volume_type: gp3`, or leave it out"),
        );
    }
    let Some(volume_type) = ebs.volume_type else {
        return;
    };
    let name = volume_type.name();
    let mut bound = |field: &str, value: Option<i64>, range: RangeInclusive<i64>| {
        if let Some(value) = value
            && !range.contains(&value)
        {
            findings.push(
                Finding::at(
                    path.key(field),
                    format!(
                        "`{path}.{field}` is {value}, where {name} has {} to {}",
                        range.start(),
                        range.end()
                    ),
                )
                .and(&path.key("volume_type").to_string()),
            );
        }
    };
    bound("volume_size", ebs.volume_size, volume_type.sizes_gib());
    match (volume_type.iops(), ebs.iops) {
        (Some(range), iops) => bound("iops", iops, range),
        (None, Some(_)) => findings.push(
            Finding::at(path.key("iops"), format!("`{path}.iops` can't be set of {name}"))
                .and(&path.key("volume_type").to_string())
                .help("set `volume_type: gp3`, io1 or io2, or leave it out"),
        ),
        (None, None) => {}
    }
    if matches!(volume_type, VolumeType::Io1 | VolumeType::Io2) && ebs.iops.is_none() {
        findings.push(
            Finding::at(path.key("iops"), format!("`iops` is missing in `{path}`"))
                .help(format!("{name} needs it")),
        );
    }
    if volume_type == VolumeType::Gp3 {
        gp3_findings(path, ebs, findings);
    }
}

/// What gp3 gives without being asked.
const GP3_IOPS: i64 = 3_000;

/// gp3 gives at most 500 operations a GiB, and a MiB for every four operations.
/// <https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html>
fn gp3_findings(path: &FieldPath, ebs: &Ebs, findings: &mut Vec<Finding>) {
    let iops = ebs.iops.unwrap_or(GP3_IOPS);
    if let Some(size) = ebs.volume_size
        && iops > GP3_IOPS
        && iops > size.saturating_mul(500)
    {
        findings.push(
            Finding::at(
                path.key("iops"),
                format!("`{path}.iops` is {iops}, which is too much for {size} GiB"),
            )
            .and(&path.key("volume_size").to_string())
            .help("gp3 gives at most 500 operations a GiB"),
        );
    }
    if let Some(throughput) = ebs.throughput
        && throughput.saturating_mul(4) > iops
    {
        findings.push(
            Finding::at(
                path.key("throughput"),
                format!(
                    "`{path}.throughput` is {throughput}, which is too much for {iops} operations a second"
                ),
            )
            .and(&path.key("iops").to_string())
            .help(format!("set `iops` to {} or more", throughput.saturating_mul(4))),
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn faults(device: Json) -> String {
        let path = "launch_template_data.block_device_mappings[0]".parse().unwrap();
        findings(&path, &serde_json::from_value(device).unwrap())
            .into_iter()
            .map(|finding| format!("{} ({})\n", finding.message, finding.help.unwrap_or_default()))
            .collect()
    }

    #[test]
    fn a_name_stands_for_one_thing() {
        for fine in [json!({"ebs": {}}), json!({"virtual_name": "ephemeral0"}), json!({"no_device": true})] {
            let mut device = fine;
            device["device_name"] = json!("/dev/xvdb");
            assert_eq!(faults(device.clone()), "", "{device}");
        }
        assert!(faults(json!({"device_name": "a"})).contains("one thing"));
        assert!(faults(json!({"device_name": "a", "ebs": {}, "no_device": true})).contains("one thing"));
    }

    #[test]
    fn volumes_have_what_their_type_has() {
        let of = |ebs: Json| faults(json!({"device_name": "/dev/xvda", "ebs": ebs}));
        for fine in [
            json!({"volume_type": "gp3", "volume_size": 50, "encrypted": true, "kms_key_id": "k"}),
            json!({"volume_type": "gp3", "volume_size": 50, "iops": 4000, "throughput": 1000}),
            json!({"volume_type": "gp3", "volume_size": 1}),
            json!({"volume_type": "io2", "volume_size": 4, "iops": 100}),
        ] {
            assert_eq!(of(fine.clone()), "", "{fine}");
        }
        for (broken, fault) in [
            (json!({"kms_key_id": "k"}), "needs `encrypted: true`"),
            (json!({"volume_type": "gp2", "throughput": 125}), "for gp3 only"),
            (json!({"volume_type": "gp2", "iops": 3000}), "can't be set of gp2"),
            (json!({"volume_type": "gp2", "volume_size": 20000}), "gp2 has 1 to 16384"),
            (json!({"volume_type": "gp3", "iops": 2000}), "gp3 has 3000 to 80000"),
            (json!({"volume_type": "io1", "volume_size": 8}), "`iops` is missing"),
            (json!({"volume_type": "st1", "volume_size": 100}), "st1 has 125 to"),
            (json!({"volume_type": "gp3", "volume_size": 8, "iops": 5000}), "500 operations a GiB"),
            (json!({"volume_type": "gp3", "throughput": 1000}), "set `iops` to 4000"),
        ] {
            let found = of(broken.clone());
            assert!(found.contains(fault), "{broken}: {found}");
        }
    }
}
