//! The rules between a function's fields.

use super::super::arn;
use super::function::{PackageType, Spec};
use super::function_settings::{LogFormat, SnapStartApplyOn, UpdateRuntimeOn};
use super::runtime::Runtime;
use crate::kinds::Finding;
use crate::model::FieldPath;

/// Of functions on Lambda's own machines.
const MOST_MEMORY_MB: i64 = 10_240;
const MOST_SECONDS: i64 = 900;
const MOST_STORAGE_MB: i64 = 10_240;

/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MOST_LAYERS: usize = 5;
const MOST_ENVIRONMENT_BYTES: usize = 4_096;

/// Names that Lambda sets itself; those beside them it merely fills in where they are absent.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
const RESERVED: &[&str] = &[
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
];

/// What is wrong with a function.
pub(super) fn findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = arn::findings("role", &spec.role, "iam", &["role"]);
    findings.extend(spec.code.findings(spec.package_type == Some(PackageType::Image)));
    findings.extend(package_findings(spec));
    findings.extend(size_findings(spec));
    findings.extend(environment_findings(spec));
    findings.extend(network_findings(spec));
    findings.extend(setting_findings(spec));
    findings
}

/// An archive needs a runtime and a handler; an image brings both with it.
fn package_findings(spec: &Spec) -> Vec<Finding> {
    let is_image = spec.package_type == Some(PackageType::Image);
    let mut findings = Vec::new();
    for (field, set) in [("runtime", spec.runtime.is_some()), ("handler", spec.handler.is_some())] {
        if is_image && set {
            findings.push(
                Finding::on(field, format!("a function of an image has no `{field}`")).and("package_type"),
            );
        }
        if !is_image && !set {
            findings.push(
                Finding::on(field, format!("a function of an archive needs a `{field}`"))
                    .and("package_type")
                    .help(if field == "runtime" { "such as python3.13" } else { "such as index.handler" }),
            );
        }
    }
    if !is_image && spec.image_config.is_some() {
        findings.push(Finding::on("image_config", "`image_config` is for images").and("package_type"));
    }
    if is_image && spec.layers.is_some() {
        findings.push(
            Finding::on("layers", "an image has no layers")
                .and("package_type")
                .help("copy what they hold into the image"),
        );
    }
    if let (Some(files), Some(handler), Some(runtime)) = (&spec.code.files, &spec.handler, spec.runtime)
        && !runtime.is_provided()
        && let Some((module, _)) = handler.rsplit_once('.')
    {
        let found = files.keys().any(|file| file.rsplit_once('.').is_some_and(|(stem, _)| stem == module));
        if !found {
            findings.push(
                Finding::on("handler", format!("`handler` is {handler:?}, and there is no file `{module}`"))
                    .and("code.files")
                    .help("it is the file's path without its ending, a dot and the name of the function"),
            );
        }
    }
    if (spec.runtime == Some(Runtime::Custom)) != spec.runtime_config.is_some() {
        findings.push(
            Finding::on("runtime_config", "`runtime: custom` and `runtime_config` go only together")
                .and("runtime"),
        );
    }
    findings
}

fn size_findings(spec: &Spec) -> Vec<Finding> {
    let storage = spec.ephemeral_storage.as_ref().map(|storage| storage.size);
    let own_machines = spec.capacity_provider_config.is_some();
    let accelerated = spec.accelerator_config.is_some();
    let mut findings = Vec::new();
    for (field, value, most, lifted, by) in [
        ("memory_size", spec.memory_size, MOST_MEMORY_MB, own_machines, "capacity_provider_config"),
        ("timeout", spec.timeout, MOST_SECONDS, own_machines, "capacity_provider_config"),
        ("ephemeral_storage.size", storage, MOST_STORAGE_MB, accelerated, "accelerator_config"),
    ] {
        if value.is_some_and(|value| value > most) && !lifted {
            findings.push(
                Finding::on(field, format!("`{field}` is more than {most}, the most without `{by}`")).and(by),
            );
        }
    }
    findings
}

fn environment_findings(spec: &Spec) -> Vec<Finding> {
    let Some(variables) = spec.environment.as_ref().and_then(|environment| environment.variables.as_ref())
    else {
        return Vec::new();
    };
    let path = FieldPath::root().key("environment").key("variables");
    let mut findings = Vec::new();
    for name in variables.keys() {
        let mut letters = name.bytes();
        let fits = name.len() >= 2
            && letters.next().is_some_and(|first| first.is_ascii_alphabetic())
            && letters.all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if RESERVED.contains(&name.as_str()) {
            findings.push(Finding::at(path.key(name), format!("Lambda sets `{name}` itself")));
        } else if !fits {
            findings.push(
                Finding::at(path.key(name), format!("`{name}` can't be the name of a variable"))
                    .help("a letter, then letters, digits and _, two characters at least"),
            );
        }
    }
    let bytes: usize = variables.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > MOST_ENVIRONMENT_BYTES {
        findings.push(Finding::at(
            path,
            format!("the variables have {bytes} bytes together, where {MOST_ENVIRONMENT_BYTES} are allowed"),
        ));
    }
    findings
}

fn network_findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(vpc) = &spec.vpc_config
        && vpc.subnet_ids.is_empty() != vpc.security_group_ids.is_empty()
    {
        findings.push(
            Finding::on("vpc_config", "subnets and security groups go only together")
                .and("vpc_config.subnet_ids")
                .and("vpc_config.security_group_ids"),
        );
    }
    let in_network = spec.vpc_config.as_ref().is_some_and(|vpc| !vpc.subnet_ids.is_empty());
    if spec.file_system_configs.as_ref().is_some_and(|systems| !systems.is_empty()) && !in_network {
        findings.push(
            Finding::on("file_system_configs", "a file system is reached from within its network only")
                .and("vpc_config")
                .help("set `vpc_config`"),
        );
    }
    findings
}

fn setting_findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    if spec.layers.as_ref().is_some_and(|layers| layers.len() > MOST_LAYERS) {
        findings.push(Finding::on("layers", format!("a function has at most {MOST_LAYERS} layers")));
    }
    if let Some(logging) = &spec.logging_config
        && logging.log_format != Some(LogFormat::Json)
    {
        for (field, set) in [
            ("application_log_level", logging.application_log_level.is_some()),
            ("system_log_level", logging.system_log_level.is_some()),
        ] {
            if set {
                findings.push(
                    Finding::on(
                        &format!("logging_config.{field}"),
                        format!("lines of text have no `{field}`"),
                    )
                    .and("logging_config.log_format")
                    .help("set `log_format: JSON`"),
                );
            }
        }
    }
    if let Some(management) = &spec.runtime_management_config {
        let manual = management.update_runtime_on == UpdateRuntimeOn::Manual;
        if manual != management.runtime_version_arn.is_some() {
            findings.push(
                Finding::on(
                    "runtime_management_config.runtime_version_arn",
                    "`update_runtime_on: Manual` and `runtime_version_arn` go only together",
                )
                .and("runtime_management_config.update_runtime_on"),
            );
        }
    }
    let snaps =
        spec.snap_start.as_ref().is_some_and(|snap| snap.apply_on == SnapStartApplyOn::PublishedVersions);
    if snaps && spec.ephemeral_storage.as_ref().is_some_and(|storage| storage.size > 512) {
        findings.push(
            Finding::on(
                "snap_start.apply_on",
                "a function with more than 512 MB in /tmp can't have its picture taken",
            )
            .and("ephemeral_storage.size"),
        );
    }
    if snaps && spec.file_system_configs.as_ref().is_some_and(|systems| !systems.is_empty()) {
        findings.push(
            Finding::on("snap_start.apply_on", "a function with a file system can't have its picture taken")
                .and("file_system_configs"),
        );
    }
    if let Some(dead) = &spec.dead_letter_config {
        let fits = arn::Arn::parse(&dead.target_arn).is_some_and(|arn| matches!(arn.service, "sqs" | "sns"));
        if !fits {
            findings.push(
                Finding::on(
                    "dead_letter_config.target_arn",
                    format!("{:?} is no ARN of a queue or topic", dead.target_arn),
                )
                .help("refer to the `arn` of an aws.sqs.queue"),
            );
        }
    }
    for (index, layer) in spec.layers.iter().flatten().enumerate() {
        let fits = arn::Arn::of_service(layer, "lambda").is_some_and(|arn| {
            let mut parts = arn.resource.split(':');
            parts.next() == Some("layer")
                && parts.next().is_some_and(|name| !name.is_empty())
                && parts.next().is_some_and(|version| version.parse::<u64>().is_ok())
        });
        if !fits {
            findings.push(
                Finding::on(&format!("layers[{index}]"), format!("{layer:?} is no ARN of a layer's version"))
                    .help("it looks like arn:aws:lambda:us-east-1:123456789012:layer:name:1"),
            );
        }
    }
    findings
}
