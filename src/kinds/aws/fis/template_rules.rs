//! What the parts of an experiment template demand of each other.

use std::collections::BTreeMap;

use super::super::arn::Arn;
use super::actions::{self, ACTIONS, TARGET_TYPES};
use super::experiment_template::{Action, Spec, StopSource, Target};
use crate::kinds::Finding;
use crate::model::{FieldPath, closest};

/// The longest that an action may take.
const MOST_SECONDS: u64 = 12 * 3600;

/// What is wrong with a template.
pub(super) fn findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = stop_findings(spec);
    let none = BTreeMap::new();
    let targets = spec.targets.as_ref().unwrap_or(&none);
    for (name, target) in targets {
        findings.extend(target_findings(&FieldPath::root().key("targets").key(name), target));
    }
    if spec.actions.is_empty() {
        findings.push(Finding::on("actions", "the template has no actions"));
    }
    for (name, action) in &spec.actions {
        let path = FieldPath::root().key("actions").key(name);
        findings.extend(action_findings(&path, action, targets));
        for (index, before) in action.start_after.iter().flatten().enumerate() {
            let path = path.key("start_after").index(index);
            if !spec.actions.contains_key(before) {
                findings.push(with_closest(
                    Finding::at(path, format!("there is no action `{before}`")),
                    before,
                    spec.actions.keys().map(String::as_str),
                ));
            } else if reaches(&spec.actions, before, name) {
                findings.push(Finding::at(path, format!("`{name}` would wait for itself")));
            }
        }
    }
    findings.extend(log_findings(spec));
    findings
}

/// Whether an action waits for another one, or is it.
fn reaches(actions: &BTreeMap<String, Action>, from: &str, to: &str) -> bool {
    let mut seen = Vec::new();
    let mut queue = vec![from];
    while let Some(name) = queue.pop() {
        if name == to {
            return true;
        }
        if !seen.contains(&name) {
            seen.push(name);
            let before = actions.get(name).and_then(|action| action.start_after.as_ref());
            queue.extend(before.into_iter().flatten().map(String::as_str));
        }
    }
    false
}

fn stop_findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, stop) in spec.stop_conditions.iter().enumerate() {
        let path = format!("stop_conditions[{index}]");
        match (stop.source, &stop.value) {
            (StopSource::None, None) if spec.stop_conditions.len() > 1 => findings.push(Finding::on(
                &path,
                "`none` means that nothing stops an experiment, and other conditions do",
            )),
            (StopSource::None, Some(_)) => {
                findings.push(Finding::on(&format!("{path}.value"), "`none` has no `value`").and(&path));
            }
            (StopSource::Alarm, None) => {
                findings.push(Finding::on(&format!("{path}.value"), "the alarm isn't named").and(&path));
            }
            (StopSource::Alarm, Some(value)) => {
                let arn = Arn::of_service(value, "cloudwatch");
                if !arn.is_some_and(|arn| arn.resource.starts_with("alarm:")) {
                    findings.push(
                        Finding::on(&format!("{path}.value"), format!("{value:?} is no ARN of an alarm"))
                            .help("refer to the `arn` of an aws.cloudwatch.alarm"),
                    );
                }
            }
            (StopSource::None, None) => {}
        }
    }
    findings
}

fn target_findings(path: &FieldPath, target: &Target) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !actions::is_target_type(&target.resource_type) {
        let types = ACTIONS.iter().filter_map(|action| action.target).map(|(_, resource)| resource);
        findings.push(with_closest(
            Finding::at(
                path.key("resource_type"),
                format!("no action is done to `{}`", target.resource_type),
            ),
            &target.resource_type,
            types,
        ));
    }
    if !is_selection_mode(&target.selection_mode) {
        findings.push(
            Finding::at(
                path.key("selection_mode"),
                format!("`{}` doesn't say how many", target.selection_mode),
            )
            .help("write ALL, COUNT(1) or PERCENT(50)"),
        );
    }
    let arns = target.resource_arns.is_some();
    let tags = target.resource_tags.as_ref().is_some_and(|tags| !tags.is_empty());
    if arns && (tags || target.filters.is_some()) {
        findings.push(
            Finding::at(path.key("resource_arns"), "what is named by ARNs has neither tags nor filters")
                .and_at(path.key(if tags { "resource_tags" } else { "filters" })),
        );
    }
    let facts = TARGET_TYPES.iter().find(|facts| facts.id == target.resource_type);
    if !arns && !tags && facts.is_none_or(|facts| facts.required.is_empty()) {
        findings.push(
            Finding::at(path.clone(), "the target names nothing")
                .help("set `resource_arns` or `resource_tags`"),
        );
    }
    let (required, optional) = facts.map_or((&[][..], &[][..]), |facts| (facts.required, facts.optional));
    let of = format!("a target of {}", target.resource_type);
    findings.extend(parameter_findings(path, target.parameters.as_ref(), required, optional, &of));
    findings
}

fn is_selection_mode(text: &str) -> bool {
    let number = |name: &str| -> Option<u32> {
        text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')')?.parse().ok()
    };
    text == "ALL"
        || number("COUNT").is_some_and(|count| count > 0)
        || number("PERCENT").is_some_and(|percent| (1..=100).contains(&percent))
}

fn action_findings(path: &FieldPath, action: &Action, targets: &BTreeMap<String, Target>) -> Vec<Finding> {
    let Some(facts) = actions::find(&action.action_id) else {
        let finding = Finding::at(path.key("action_id"), format!("FIS has no action `{}`", action.action_id));
        return vec![with_closest(finding, &action.action_id, ACTIONS.iter().map(|action| action.id))];
    };
    let parameters = action.parameters.as_ref();
    let mut findings = parameter_findings(path, parameters, facts.required, facts.optional, facts.id);
    for (name, text) in parameters.into_iter().flatten() {
        findings.extend(value_fault(facts.id, name, text).map(|fault| {
            Finding::at(path.key("parameters").key(name), format!("`{name}` is {text:?}, where {fault}"))
        }));
    }
    findings.extend(scope_finding(path, action));
    let given = action.targets.as_ref();
    match facts.target {
        None if given.is_some_and(|given| !given.is_empty()) => {
            findings.push(Finding::at(path.key("targets"), format!("{} has no target", facts.id)));
        }
        None => {}
        Some((key, resource_type)) => match given.and_then(|given| given.get(key)) {
            None => findings.push(
                Finding::at(path.key("targets"), format!("{} has no `{key}`", facts.id))
                    .help(format!("name a target of {resource_type}: `targets: {{ {key}: … }}`")),
            ),
            Some(name) => {
                findings.extend(use_finding(&path.key("targets").key(key), name, resource_type, targets));
            }
        },
    }
    findings
}

/// Whether an action's target is there, and of the action's type.
fn use_finding(
    path: &FieldPath,
    name: &str,
    resource_type: &str,
    targets: &BTreeMap<String, Target>,
) -> Option<Finding> {
    let Some(target) = targets.get(name) else {
        let finding = Finding::at(path.clone(), format!("there is no target `{name}`")).and("targets");
        return Some(with_closest(finding, name, targets.keys().map(String::as_str)));
    };
    (target.resource_type != resource_type).then(|| {
        Finding::at(
            path.clone(),
            format!("`{name}` is of {}, where one of {resource_type} is needed", target.resource_type),
        )
        .and_at(FieldPath::root().key("targets").key(name))
    })
}

fn parameter_findings(
    path: &FieldPath,
    given: Option<&BTreeMap<String, String>>,
    required: &[&'static str],
    optional: &[&'static str],
    of: &str,
) -> Vec<Finding> {
    let path = path.key("parameters");
    let is_known = |name: &str| required.contains(&name) || optional.contains(&name);
    let mut findings = Vec::new();
    for name in given.into_iter().flatten().map(|(name, _)| name).filter(|name| !is_known(name)) {
        let finding = Finding::at(path.key(name), format!("{of} has no parameter `{name}`"));
        findings.push(with_closest(finding, name, required.iter().chain(optional).copied()));
    }
    for name in required.iter().filter(|name| !given.is_some_and(|given| given.contains_key(**name))) {
        findings.push(Finding::at(path.clone(), format!("{of} needs the parameter `{name}`")));
    }
    findings
}

/// What a parameter should have been.
fn value_fault(action: &str, name: &str, text: &str) -> Option<String> {
    let least = match (action, name) {
        (_, "durationBeforeInterruption") => 120,
        ("aws:ebs:pause-volume-io" | "aws:ebs:volume-io-latency", "duration") => 1,
        ("aws:directconnect:virtual-interface-disconnect", "duration") => 600,
        (_, "duration" | "maxDuration" | "startInstancesAfterDuration") => 60,
        _ => return percent_fault(name, text),
    };
    let most = if name == "durationBeforeInterruption" { 15 * 60 } else { MOST_SECONDS };
    match seconds(text) {
        None => Some("a length of time such as PT10M is needed".into()),
        Some(length) if !(least..=most).contains(&length) => {
            Some(format!("{least} seconds to {} minutes are allowed", most / 60))
        }
        Some(_) => None,
    }
}

fn percent_fault(name: &str, text: &str) -> Option<String> {
    let whole = [
        "percentage",
        "drainagePercentage",
        "instanceTerminationPercentage",
        "invocationPercentage",
        "lossPercent",
        "flowsPercent",
    ];
    let is_percent =
        || text.trim_end_matches('%').parse::<u32>().is_ok_and(|share| (1..=100).contains(&share));
    (whole.contains(&name) && !is_percent()).then(|| "1 to 100 is allowed".into())
}

/// What traffic is denied, and its list of addresses where it needs one.
fn scope_finding(path: &FieldPath, action: &Action) -> Option<Finding> {
    const SCOPES: [&str; 7] =
        ["all", "availability-zone", "dynamodb", "prefix-list", "s3", "s3express", "vpc"];
    let parameters = action.parameters.as_ref()?;
    let scope =
        (action.action_id == "aws:network:disrupt-connectivity").then(|| parameters.get("scope"))??;
    let path = path.key("parameters");
    if !SCOPES.contains(&scope.as_str()) {
        return Some(with_closest(
            Finding::at(path.key("scope"), format!("there is no scope `{scope}`")),
            scope,
            SCOPES.into_iter(),
        ));
    }
    let has_list = parameters.contains_key("prefixListIdentifier");
    ((scope == "prefix-list") != has_list).then(|| {
        Finding::at(path, "`prefixListIdentifier` belongs to the scope `prefix-list`, and to no other one")
    })
}

/// The seconds of a length of time as ISO 8601 has it: `PT1H30M`.
fn seconds(text: &str) -> Option<u64> {
    let mut rest = text.strip_prefix("PT").filter(|rest| !rest.is_empty())?;
    let mut total = 0_u64;
    for (unit, factor) in [('H', 3600), ('M', 60), ('S', 1)] {
        if let Some((count, after)) = rest.split_once(unit) {
            let count: u64 = count.parse().ok()?;
            total = total.checked_add(count.checked_mul(factor)?)?;
            rest = after;
        }
    }
    rest.is_empty().then_some(total)
}

fn log_findings(spec: &Spec) -> Vec<Finding> {
    let Some(log) = &spec.log_configuration else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    if log.cloud_watch_logs_configuration.is_none() && log.s3_configuration.is_none() {
        findings.push(
            Finding::on("log_configuration", "the log goes nowhere")
                .help("set `cloud_watch_logs_configuration` or `s3_configuration`"),
        );
    }
    if let Some(group) = &log.cloud_watch_logs_configuration {
        let path = "log_configuration.cloud_watch_logs_configuration.log_group_arn";
        match Arn::parse(&group.log_group_arn) {
            Some(arn) if arn.service == "logs" && arn.resource.ends_with(":*") => {}
            Some(arn) if arn.service == "logs" => findings.push(
                Finding::on(path, "the ARN of a log group for FIS ends with `:*`")
                    .help(format!("write `{}:*`", group.log_group_arn)),
            ),
            _ => findings
                .push(Finding::on(path, format!("{:?} is no ARN of a log group", group.log_group_arn))),
        }
    }
    findings
}

fn with_closest<'a>(finding: Finding, name: &str, names: impl Iterator<Item = &'a str>) -> Finding {
    match closest(name, names) {
        Some(close) => finding.help(format!("did you mean `{close}`?")),
        None => finding,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::experiment_template::ExperimentTemplate;
    use crate::kinds::testing::{assert_rules, assert_whole};
    use crate::model::Json;

    fn template() -> Json {
        json!({"description": "A zone without power", "role_arn": "arn:aws:iam::123456789012:role/fis",
            "stop_conditions": [{"source": "aws:cloudwatch:alarm",
                "value": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors"}],
            "targets": {
                "subnets": {"resource_type": "aws:ec2:subnet", "resource_tags": {"zone": "a"}, "selection_mode": "ALL"},
                "pods": {"resource_type": "aws:eks:pod", "selection_mode": "COUNT(1)", "parameters": {
                    "clusterIdentifier": "production", "namespace": "platform", "selectorType": "labelSelector",
                    "selectorValue": "app=api"}},
            },
            "actions": {
                "cut": {"action_id": "aws:network:disrupt-connectivity", "targets": {"Subnets": "subnets"},
                    "parameters": {"scope": "all", "duration": "PT10M"}},
                "kill": {"action_id": "aws:eks:pod-delete", "targets": {"Pods": "pods"}, "start_after": ["cut"],
                    "parameters": {"kubernetesServiceAccount": "fis"}},
            },
            "log_configuration": {"log_schema_version": 2, "cloud_watch_logs_configuration":
                {"log_group_arn": "arn:aws:logs:us-east-1:123456789012:log-group:/aws/fis/a:*"}}})
    }

    #[test]
    fn conditions_and_logs_are_what_the_api_takes() {
        let alarm = template()["stop_conditions"][0].clone();
        assert_rules::<ExperimentTemplate>(
            &template(),
            &[
                (&[("/stop_conditions", json!([]))], "0 elements"),
                (&[("/stop_conditions", json!([{"source": "none"}]))], ""),
                (&[("/stop_conditions/0/source", json!("none"))], "has no `value`"),
                (&[("/stop_conditions", json!([{"source": "none"}, alarm]))], "and other conditions do"),
                (&[("/stop_conditions/0/value", json!(null))], "isn't named"),
                (
                    &[("/stop_conditions/0/value", json!("arn:aws:sns:us-east-1:123456789012:x"))],
                    "no ARN of an alarm",
                ),
                (&[("/log_configuration", json!({"log_schema_version": 2}))], "goes nowhere"),
                (
                    &[(
                        "/log_configuration/cloud_watch_logs_configuration/log_group_arn",
                        json!("arn:aws:logs:us-east-1:123456789012:log-group:/aws/fis/a"),
                    )],
                    "ends with `:*`",
                ),
                (&[("/log_configuration/log_schema_version", json!(3))], "1 to 2"),
                (&[("/role_arn", json!("arn:aws:iam::123456789012:user/a"))], "a role of iam is needed"),
            ],
        );
        assert_whole::<ExperimentTemplate>(&template());
    }

    #[test]
    fn actions_are_those_of_the_reference_with_their_parameters() {
        let cut = |name: &str, text: &str| [("/actions/cut/parameters".to_owned() + name, json!(text))];
        let check = |changes: &[(String, Json)], fault: &str| {
            let changes: Vec<(&str, Json)> =
                changes.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
            assert_rules::<ExperimentTemplate>(&template(), &[(&changes, fault)]);
        };
        check(
            &[("/actions/cut/action_id".into(), json!("aws:eks:pod-delet"))],
            "did you mean `aws:eks:pod-delete`?",
        );
        check(&cut("/durations", "PT1M"), "did you mean `duration`?");
        check(&cut("/duration", "10m"), "such as PT10M");
        check(&cut("/duration", "PT30S"), "60 seconds to 720 minutes");
        check(&cut("/duration", "PT13H"), "60 seconds to 720 minutes");
        check(&cut("/duration", "PT1H30M"), "");
        check(&cut("/scope", "zone"), "there is no scope");
        check(&cut("/scope", "prefix-list"), "`prefixListIdentifier` belongs to");
        check(
            &[("/actions/cut/parameters".into(), json!({"scope": "all"}))],
            "needs the parameter `duration`",
        );
        check(&[("/actions/cut/targets".into(), json!({}))], "has no `Subnets`");
        check(&[("/actions/cut/targets/Subnets".into(), json!("subnet"))], "did you mean `subnets`?");
        check(&[("/actions/cut/targets/Subnets".into(), json!("pods"))], "one of aws:ec2:subnet is needed");
        check(&[("/actions/kill/start_after".into(), json!(["cuts"]))], "did you mean `cut`?");
        check(&[("/actions/cut/start_after".into(), json!(["kill"]))], "would wait for itself");
        check(&[("/actions".into(), json!({}))], "has no actions");
    }

    #[test]
    fn targets_name_something_and_say_how_much_of_it() {
        assert_rules::<ExperimentTemplate>(
            &template(),
            &[
                (
                    &[("/targets/subnets/resource_type", json!("aws:ec2:subnets"))],
                    "did you mean `aws:ec2:subnet`?",
                ),
                (&[("/targets/subnets/selection_mode", json!("SOME"))], "write ALL"),
                (&[("/targets/subnets/selection_mode", json!("PERCENT(101)"))], "write ALL"),
                (&[("/targets/subnets/selection_mode", json!("PERCENT(50)"))], ""),
                (&[("/targets/subnets/resource_tags", json!(null))], "names nothing"),
                (
                    &[(
                        "/targets/subnets/resource_arns",
                        json!(["arn:aws:ec2:us-east-1:123456789012:subnet/a"]),
                    )],
                    "neither tags nor filters",
                ),
                (
                    &[("/targets/pods/parameters", json!({"namespace": "a"}))],
                    "needs the parameter `clusterIdentifier`",
                ),
                (&[("/targets/subnets/parameters", json!({"zone": "a"}))], "has no parameter `zone`"),
            ],
        );
    }
}
