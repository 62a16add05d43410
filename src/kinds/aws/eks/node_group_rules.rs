//! What a node group's types can't say.

use super::node_group::{AmiType, CapacityType, NodeRepairConfig, ScalingConfig, Spec};
use super::{names, version};
use crate::kinds::Finding;
use crate::kinds::aws::arn;
use crate::kinds::aws::instance_type::InstanceType;
use crate::model::FieldPath;

/// Every fault of a spec beyond its schema.
pub(super) fn findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = arn::findings("node_role", &spec.node_role, "iam", &["role"]);
    findings.extend(spec.scaling_config.iter().flat_map(sizes));
    findings.extend(instance_types(spec));
    findings.extend(launch_template(spec));
    findings.extend(labels_and_taints(spec));
    findings.extend(update(spec));
    findings.extend(spec.node_repair_config.iter().flat_map(repair));
    findings.extend(warm_pool(spec));
    if let Some(version) = &spec.version {
        findings.extend(version::findings("version", version));
    }
    findings
}

fn sizes(scaling: &ScalingConfig) -> Vec<Finding> {
    let sizes = [
        ("min_size", scaling.min_size),
        ("desired_size", scaling.desired_size),
        ("max_size", scaling.max_size),
    ];
    let mut findings = Vec::new();
    for (position, (low_name, low)) in sizes.iter().enumerate() {
        for (high_name, high) in &sizes[position + 1..] {
            if let (Some(low), Some(high)) = (low, high)
                && low > high
            {
                findings.push(
                    Finding::on(
                        &format!("scaling_config.{low_name}"),
                        format!("`{low_name}` is {low}, above `{high_name}`, which is {high}"),
                    )
                    .and(&format!("scaling_config.{high_name}"))
                    .help("min_size ≤ desired_size ≤ max_size"),
                );
            }
        }
    }
    findings
}

fn instance_types(spec: &Spec) -> Vec<Finding> {
    let types = spec.instance_types.as_deref().unwrap_or_default();
    let mut findings = Vec::new();
    let mut first: Option<(usize, bool)> = None;
    for (position, text) in types.iter().enumerate() {
        let field = format!("instance_types[{position}]");
        let Some(parsed) = InstanceType::parse(text) else {
            findings.push(
                Finding::on(&field, format!("{text:?} is no instance type"))
                    .help("it looks like `m7g.xlarge`"),
            );
            continue;
        };
        let Some(is_arm) = parsed.is_arm() else {
            continue;
        };
        if let Some(image_is_arm) = spec.ami_type.and_then(AmiType::is_arm)
            && image_is_arm != is_arm
        {
            findings.push(
                Finding::on(&field, format!("the image of `ami_type` doesn't run on {text}"))
                    .and("ami_type")
                    .help(if is_arm { "it has an ARM processor" } else { "it has an x86 processor" }),
            );
        }
        match first {
            None => first = Some((position, is_arm)),
            Some((other, other_is_arm)) if other_is_arm != is_arm => findings.push(
                Finding::on(&field, format!("{text} and {} have different processors", types[other]))
                    .and(&format!("instance_types[{other}]"))
                    .help("one group has one image: make a second group"),
            ),
            Some(_) => {}
        }
    }
    if let (Some(image), Some(minor)) = (spec.ami_type, spec.version.as_deref().and_then(version::minor))
        && image.is_amazon_linux_2()
        && minor > 32
    {
        findings.push(
            Finding::on(
                "ami_type",
                format!("there are no images of Amazon Linux 2 for Kubernetes 1.{minor}"),
            )
            .and("version")
            .help("choose one of Amazon Linux 2023 or Bottlerocket"),
        );
    }
    findings
}

fn launch_template(spec: &Spec) -> Vec<Finding> {
    let Some(template) = &spec.launch_template else {
        let is_block = spec.capacity_type == Some(CapacityType::CapacityBlock);
        let fault = || Finding::on("capacity_type", "a capacity block needs a launch template that names it");
        return is_block.then(fault).into_iter().collect();
    };
    let mut findings = Vec::new();
    match (&template.id, &template.name) {
        (Some(_), Some(_)) => findings.push(
            Finding::on("launch_template.name", "a launch template goes by its id or by its name, not both")
                .and("launch_template.id"),
        ),
        (None, None) => findings.push(Finding::on("launch_template", "`id` or `name` is missing")),
        _ => {}
    }
    for (field, is_set) in
        [("disk_size", spec.disk_size.is_some()), ("remote_access", spec.remote_access.is_some())]
    {
        if is_set {
            findings.push(
                Finding::on(field, format!("`{field}` and a launch template exclude each other"))
                    .and("launch_template")
                    .help("set it in the template"),
            );
        }
    }
    findings
}

fn labels_and_taints(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (key, value) in spec.labels.iter().flatten() {
        let field = FieldPath::root().key("labels").key(key);
        if !names::is_label_key(key) {
            findings.push(
                Finding::at(field.clone(), format!("{key:?} is no key of a Kubernetes label"))
                    .help("letters, digits, `-`, `_`, `.`, with a domain and a slash before it at most"),
            );
        }
        if !names::is_label_value(value) {
            findings.push(
                Finding::at(field, format!("{value:?} is no value of a Kubernetes label"))
                    .help("up to 63 letters, digits, `-`, `_`, `.`, a letter or digit at both ends"),
            );
        }
    }
    for (position, taint) in spec.taints.iter().flatten().enumerate() {
        if !names::is_label_key(&taint.key) {
            findings.push(Finding::on(
                &format!("taints[{position}].key"),
                format!("{:?} is no key of a Kubernetes taint", taint.key),
            ));
        }
        if let Some(value) = taint.value.as_deref().filter(|value| !names::is_label_value(value)) {
            findings.push(Finding::on(
                &format!("taints[{position}].value"),
                format!("{value:?} is no value of a Kubernetes taint"),
            ));
        }
    }
    findings
}

fn update(spec: &Spec) -> Option<Finding> {
    let config = spec.update_config.as_ref()?;
    (config.max_unavailable.is_some() && config.max_unavailable_percentage.is_some()).then(|| {
        Finding::on("update_config.max_unavailable", "a count and a percentage exclude each other")
            .and("update_config.max_unavailable_percentage")
    })
}

fn repair(config: &NodeRepairConfig) -> Vec<Finding> {
    let pairs = [
        (
            "max_unhealthy_node_threshold",
            config.max_unhealthy_node_threshold_count.is_some(),
            config.max_unhealthy_node_threshold_percentage.is_some(),
        ),
        (
            "max_parallel_nodes_repaired",
            config.max_parallel_nodes_repaired_count.is_some(),
            config.max_parallel_nodes_repaired_percentage.is_some(),
        ),
    ];
    pairs
        .into_iter()
        .filter(|(_, count, percentage)| *count && *percentage)
        .map(|(name, ..)| {
            Finding::on(
                &format!("node_repair_config.{name}_count"),
                "a count and a percentage exclude each other",
            )
            .and(&format!("node_repair_config.{name}_percentage"))
        })
        .collect()
}

fn warm_pool(spec: &Spec) -> Vec<Finding> {
    let Some(pool) = spec.warm_pool_config.as_ref().filter(|pool| pool.enabled == Some(true)) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    if spec.capacity_type == Some(CapacityType::Spot) {
        findings.push(
            Finding::on("warm_pool_config.enabled", "spot instances can't wait in a warm pool")
                .and("capacity_type"),
        );
    }
    if pool.reuse_on_scale_in == Some(true) && spec.ami_type.is_some_and(AmiType::is_bottlerocket) {
        findings.push(
            Finding::on(
                "warm_pool_config.reuse_on_scale_in",
                "nodes of Bottlerocket can't go back to the pool",
            )
            .and("ami_type"),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::node_group::NodeGroup;
    use crate::kinds::testing::{assert_rules, assert_whole};
    use crate::model::Json;
    use serde_json::json;

    fn base() -> Json {
        json!({
            "cluster_name": "prod",
            "nodegroup_name": "general",
            "node_role": "arn:aws:iam::123456789012:role/node",
            "subnets": ["subnet-1", "subnet-2"],
            "scaling_config": {"min_size": 3, "max_size": 10, "desired_size": 3},
            "instance_types": ["m7g.xlarge", "m8g.xlarge"],
            "capacity_type": "SPOT",
            "ami_type": "AL2023_ARM_64_STANDARD",
            "labels": {"example.com/pool": "general"},
            "taints": [
                {"key": "dedicated", "value": "db", "effect": "NO_SCHEDULE"},
                {"key": "dedicated", "effect": "NO_EXECUTE"},
            ],
            "update_config": {"max_unavailable_percentage": 33},
            "node_repair_config": {"enabled": true, "max_unhealthy_node_threshold_count": 2},
        })
    }

    #[test]
    fn sizes_are_in_order() {
        assert_rules::<NodeGroup>(
            &base(),
            &[
                (&[("/scaling_config/desired_size", json!(2))], "`min_size` is 3, above `desired_size`"),
                (&[("/scaling_config/desired_size", json!(11))], "`desired_size` is 11, above `max_size`"),
                (&[("/scaling_config/min_size", json!(11))], "above `max_size`, which is 10"),
                (&[("/scaling_config/max_size", json!(0))], "at least 1"),
                (&[("/scaling_config/desired_size", json!(10))], ""),
            ],
        );
    }

    #[test]
    fn image_and_types_fit_each_other() {
        assert_rules::<NodeGroup>(
            &base(),
            &[
                (&[("/instance_types", json!(["large"]))], "no instance type"),
                (&[("/instance_types", json!(["m7g.large", "m7i.large"]))], "different processors"),
                (&[("/ami_type", json!("AL2023_x86_64_STANDARD"))], "doesn't run on m7g.xlarge"),
                (
                    &[("/ami_type", json!("AL2_ARM_64")), ("/version", json!("1.35"))],
                    "no images of Amazon Linux 2",
                ),
                (&[("/ami_type", json!("AL2_ARM_64")), ("/version", json!("1.32"))], ""),
                (&[("/ami_type", json!("AL2024"))], "none of"),
                (&[("/version", json!("latest"))], "no Kubernetes version"),
                (&[("/node_role", json!("node"))], "no Amazon resource name"),
            ],
        );
    }

    #[test]
    fn a_launch_template_replaces_some_settings() {
        assert_rules::<NodeGroup>(
            &base(),
            &[
                (&[("/launch_template", json!({"id": "lt-1", "version": "3"}))], ""),
                (&[("/launch_template", json!({"id": "lt-1", "name": "x"}))], "not both"),
                (&[("/launch_template", json!({"version": "3"}))], "`id` or `name` is missing"),
                (
                    &[("/launch_template", json!({"id": "lt-1"})), ("/disk_size", json!(50))],
                    "`disk_size` and a launch template exclude",
                ),
                (
                    &[("/launch_template", json!({"id": "lt-1"})), ("/remote_access", json!({}))],
                    "`remote_access` and a launch template exclude",
                ),
                (&[("/disk_size", json!(50))], ""),
                (&[("/capacity_type", json!("CAPACITY_BLOCK"))], "needs a launch template"),
            ],
        );
    }

    #[test]
    fn labels_and_taints_are_kubernetes_words() {
        assert_rules::<NodeGroup>(
            &base(),
            &[
                (&[("/labels", json!({"a b": "c"}))], "no key of a Kubernetes label"),
                (&[("/labels", json!({"a": "b c"}))], "no value of a Kubernetes label"),
                (&[("/taints/0/key", json!("-x"))], "no key of a Kubernetes taint"),
                (&[("/taints/0/value", json!("x y"))], "no value of a Kubernetes taint"),
                (&[("/taints/1/effect", json!("NO_SCHEDULE"))], "twice"),
                (&[("/taints/1/effect", json!("NoSchedule"))], "none of NO_SCHEDULE"),
            ],
        );
    }

    #[test]
    fn counts_and_percentages_exclude_each_other() {
        assert_rules::<NodeGroup>(
            &base(),
            &[
                (&[("/update_config/max_unavailable", json!(1))], "exclude each other"),
                (&[("/update_config", json!({"max_unavailable": 1}))], ""),
                (&[("/update_config", json!({"max_unavailable": 101}))], "1 to 100"),
                (
                    &[("/node_repair_config/max_unhealthy_node_threshold_percentage", json!(20))],
                    "exclude each other",
                ),
                (
                    &[
                        ("/node_repair_config/max_parallel_nodes_repaired_count", json!(1)),
                        ("/node_repair_config/max_parallel_nodes_repaired_percentage", json!(10)),
                    ],
                    "exclude each other",
                ),
            ],
        );
    }

    #[test]
    fn not_every_node_can_wait() {
        assert_rules::<NodeGroup>(
            &base(),
            &[
                (&[("/warm_pool_config", json!({"enabled": true}))], "spot instances can't wait"),
                (
                    &[
                        ("/warm_pool_config", json!({"enabled": true})),
                        ("/capacity_type", json!("ON_DEMAND")),
                    ],
                    "",
                ),
                (
                    &[
                        ("/warm_pool_config", json!({"enabled": true, "reuse_on_scale_in": true})),
                        ("/capacity_type", json!("ON_DEMAND")),
                        ("/ami_type", json!("BOTTLEROCKET_ARM_64")),
                    ],
                    "can't go back to the pool",
                ),
            ],
        );
    }

    #[test]
    fn spec_and_profile_make_it_whole() {
        assert_whole::<NodeGroup>(&base());
    }
}
