//! `aws.lambda.function`: code that runs when it is called.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::arn::Arn;
use super::super::tags;
use super::code::Code;
use super::function_name;
use super::function_rules;
use super::function_settings::{
    AcceleratorConfig, Architecture, CapacityProviderConfig, DeadLetterConfig, DurableConfig, Environment,
    EphemeralStorage, FileSystemConfig, ImageConfig, LoggingConfig, RecursiveLoop, RuntimeConfig,
    RuntimeManagementConfig, SnapStart, TenancyConfig, TracingConfig, VpcConfig,
};
use super::runtime::Runtime;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// Code that runs when it is called: files or an archive with a runtime of Lambda's, or an image.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique in account and region.
    #[schemars(regex(pattern = r"^[a-zA-Z0-9\-_]{1,64}$"), extend("x-immutable" = true))]
    pub function_name: String,
    /// The ARN of the role that it runs with.
    #[schemars(extend("x-refers" = "aws.iam.role"))]
    pub role: String,
    /// Where its code comes from.
    pub code: Code,
    /// Whether that is an archive or an image.
    #[schemars(extend("x-immutable" = true, "default" = "Zip"))]
    pub package_type: Option<PackageType>,
    /// What an archive's code runs in.
    pub runtime: Option<Runtime>,
    /// What is called in an archive, such as `index.handler`.
    #[schemars(length(min = 1, max = 128))]
    pub handler: Option<String>,
    /// What it is for.
    #[schemars(length(max = 256))]
    pub description: Option<String>,
    /// For how many seconds a call may take: 900 at most on Lambda's own machines.
    #[schemars(range(min = 1, max = 5400), extend("default" = 3))]
    pub timeout: Option<i64>,
    /// How much memory it has in MiB, and processors with it; 10,240 at most on Lambda's own machines.
    #[schemars(range(min = 128, max = 32_768), extend("default" = 128))]
    pub memory_size: Option<i64>,
    /// Whether each change of it becomes a version that stays. Ours: it goes with the call.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub publish: Option<bool>,
    /// The network that it runs in.
    pub vpc_config: Option<VpcConfig>,
    /// What its process sees of its surroundings.
    pub environment: Option<Environment>,
    /// The ARN of the key that encrypts its variables.
    #[schemars(extend("x-refers" = "aws.kms.key|aws.kms.replica_key"))]
    pub kms_key_arn: Option<String>,
    /// Where asynchronous events go that it fails on.
    pub dead_letter_config: Option<DeadLetterConfig>,
    /// Whether calls are traced by X-Ray.
    #[schemars(extend("default" = {"mode": "PassThrough"}))]
    pub tracing_config: Option<TracingConfig>,
    /// Versions of layers, by their ARNs; later ones overwrite what earlier ones hold.
    pub layers: Option<Vec<String>>,
    /// File systems that it mounts.
    #[schemars(length(max = 1), extend("x-collection" = "list(local_mount_path)"))]
    pub file_system_configs: Option<Vec<FileSystemConfig>>,
    /// The ARN of the rules about who may have signed its code.
    #[schemars(length(max = 200))]
    pub code_signing_config_arn: Option<String>,
    /// What is started in an image instead of what it says itself.
    pub image_config: Option<ImageConfig>,
    /// The instruction set of its code: one.
    #[schemars(length(min = 1, max = 1), extend("default" = ["x86_64"]))]
    pub architectures: Option<Vec<Architecture>>,
    /// The folder `/tmp`.
    #[schemars(extend("default" = {"size": 512}))]
    pub ephemeral_storage: Option<EphemeralStorage>,
    /// Whether versions start from a picture of a function that has started already.
    #[schemars(extend("default" = {"apply_on": "None"}))]
    pub snap_start: Option<SnapStart>,
    /// What it logs, and to where.
    #[schemars(extend("x-default" = "provider"))]
    pub logging_config: Option<LoggingConfig>,
    /// Whether tenants get environments of their own.
    #[schemars(extend("x-immutable" = true))]
    pub tenancy_config: Option<TenancyConfig>,
    /// The machines of the account's own that it runs on.
    #[schemars(extend("x-immutable" = true))]
    pub capacity_provider_config: Option<CapacityProviderConfig>,
    /// How it remembers where it was, if it does.
    #[schemars(extend("x-immutable" = true))]
    pub durable_config: Option<DurableConfig>,
    /// A runtime of the account's own.
    pub runtime_config: Option<RuntimeConfig>,
    /// Its accelerator.
    #[schemars(extend("x-immutable" = true))]
    pub accelerator_config: Option<AcceleratorConfig>,
    /// How many calls it may handle at a time, and has kept free for it; 0 stops it, and absent it
    /// shares the account's.
    #[schemars(range(min = 0))]
    pub reserved_concurrent_executions: Option<i64>,
    /// When Lambda moves it to a newer runtime of the same name.
    #[schemars(extend("default" = {"update_runtime_on": "Auto"}))]
    pub runtime_management_config: Option<RuntimeManagementConfig>,
    /// What happens when it calls itself by way of queues, topics or buckets.
    #[schemars(extend("default" = "Terminate"))]
    pub recursive_loop: Option<RecursiveLoop>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// Whether a function's code is an archive or an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PackageType {
    Zip,
    Image,
}

/// A function as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its name.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// The digest of its code: SHA-256, in base 64.
    pub code_sha256: String,
    /// The last version that was published; `$LATEST` where none was.
    pub version: String,
    /// Whether it can be called.
    pub state: String,
    /// Whether its last change is in force.
    pub last_update_status: String,
}

/// The kind itself.
pub struct Function;

impl Kind for Function {
    const TYPE: &'static str = "aws.lambda.function";
    const IDENTITY: &'static [&'static str] = &["function_name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = function_rules::findings(spec);
        findings.extend(tags::findings(spec.tags.as_ref()));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    /// In a network, Lambda makes interfaces first and takes them away last.
    fn profile(spec: &Spec) -> Profile {
        let in_network = spec.vpc_config.as_ref().is_some_and(|vpc| !vpc.subnet_ids.is_empty());
        let (create, delete) = if in_network { (90, 60) } else { (10, 3) };
        let profile = Profile::seconds(create, 10, delete)
            .visible_after(30)
            .computes("id", "{spec.function_name}")
            .computes("arn", "arn:aws:lambda:{region}:{account}:function:{id}")
            .computes_from("code_sha256", "{hex:43}=", &["code"])
            .computes("state", "Active")
            .computes("last_update_status", "Successful");
        if spec.publish == Some(true) {
            profile.computes_from("version", "{digits:1}", &["code", "publish"])
        } else {
            profile.computes("version", "$LATEST")
        }
    }

    /// A name is taken once in a region; role, network and key are there.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let spec = match call {
            Call::Create { spec, .. } => {
                if find(cloud, &spec.function_name) {
                    return Err(Refusal::new(
                        "ResourceConflictException",
                        format!("Function already exist: {}", spec.function_name),
                    ));
                }
                spec
            }
            Call::Update { spec, .. } => spec,
            Call::Delete { .. } => return Ok(()),
        };
        let invalid = |message: &str| Err(Refusal::new("InvalidParameterValueException", message));
        if cloud.find("aws.iam.role", "arn", &spec.role).is_none() {
            return invalid("The role defined for the function cannot be assumed by Lambda.");
        }
        let Some(vpc) = &spec.vpc_config else {
            return Ok(());
        };
        let network = |kind: &str, id: &String| {
            let found = cloud
                .all(kind)
                .into_iter()
                .find(|one| one.region == cloud.region() && one.id.as_str() == *id);
            found.and_then(|found| found.attributes["vpc_id"].as_str().map(str::to_owned))
        };
        let networks: Option<std::collections::BTreeSet<String>> = vpc
            .subnet_ids
            .iter()
            .map(|id| network("aws.ec2.subnet", id))
            .chain(vpc.security_group_ids.iter().map(|id| network("aws.ec2.security_group", id)))
            .collect();
        match networks {
            None => invalid("A subnet or security group of the function does not exist in its region"),
            Some(networks) if networks.len() > 1 => {
                invalid("The subnets and security groups of a function are of one network")
            }
            Some(_) => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let name = function_name::of_arn(text).unwrap_or(text);
        if function_name::is_name(name) {
            Ok(PhysicalId::new(name))
        } else {
            Err(format!("`{text}` should be the name or ARN of a function"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
            "iam:PassRole",
            "kms:CreateGrant",
            "kms:Decrypt",
            "kms:Encrypt",
            "lambda:CreateFunction",
            "lambda:DeleteFunction",
            "lambda:DeleteFunctionCodeSigningConfig",
            "lambda:DeleteFunctionConcurrency",
            "lambda:GetFunction",
            "lambda:GetFunctionCodeSigningConfig",
            "lambda:GetFunctionConcurrency",
            "lambda:GetFunctionConfiguration",
            "lambda:GetFunctionRecursionConfig",
            "lambda:GetLayerVersion",
            "lambda:GetRuntimeManagementConfig",
            "lambda:ListFunctions",
            "lambda:ListTags",
            "lambda:PutFunctionCodeSigningConfig",
            "lambda:PutFunctionConcurrency",
            "lambda:PutFunctionRecursionConfig",
            "lambda:PutRuntimeManagementConfig",
            "lambda:TagResource",
            "lambda:UntagResource",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
            "s3:GetObject",
            "s3:GetObjectVersion",
        ]
    }
}

/// Whether a function of that name, or of that ARN's, is in the region that a call goes to.
pub(super) fn find(cloud: &dyn Cloud, name_or_arn: &str) -> bool {
    let name = function_name::of_arn(name_or_arn).unwrap_or(name_or_arn);
    let fits = Arn::of_service(name_or_arn, "lambda").is_none_or(|arn| arn.region == cloud.region());
    fits && cloud
        .all(Function::TYPE)
        .into_iter()
        .any(|other| other.region == cloud.region() && other.attributes["function_name"] == name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};
    use crate::model::Json;

    const ROLE: &str = "arn:aws:iam::123456789012:role/rotate";

    fn function() -> Json {
        json!({
            "function_name": "rotate", "role": ROLE, "runtime": "python3.13", "handler": "index.handler",
            "code": {"files": {"index.py": "def handler(event, context): pass"}},
            "architectures": ["arm64"],
            "vpc_config": {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]},
            "environment": {"variables": {"ENDPOINT": "https://example.com"}},
            "logging_config": {"log_format": "JSON", "system_log_level": "WARN"},
        })
    }

    fn image() -> [(&'static str, Json); 4] {
        [
            ("/package_type", json!("Image")),
            ("/runtime", Json::Null),
            ("/handler", Json::Null),
            ("/code", json!({"image_uri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/rotate:1.0.0"})),
        ]
    }

    #[test]
    fn code_comes_from_one_place() {
        assert_whole::<Function>(&function());
        let bucket = json!({"s3_bucket": "code", "s3_key": "rotate.zip", "s3_object_version": "1"});
        let with = |more: (&'static str, Json)| [&image()[..], &[more]].concat();
        assert_rules::<Function>(
            &function(),
            &[
                (&image(), ""),
                (&image()[..1], "has no `runtime`"),
                (&image()[..3], "go only together"),
                (&with(("/layers", json!([]))), "an image has no layers"),
                (&with(("/image_config", json!({"command": ["index.handler"]}))), ""),
                (&[("/image_config", json!({}))], "is for images"),
                (&[("/runtime", Json::Null)], "needs a `runtime`"),
                (&[("/handler", Json::Null)], "needs a `handler`"),
                (&[("/handler", json!("main.handler"))], "no file `main`"),
                (&[("/handler", json!("main.handler")), ("/runtime", json!("provided.al2023"))], ""),
                (&[("/code", json!({}))], "nowhere to take the code"),
                (&[("/code", bucket.clone())], ""),
                (&[("/code", bucket), ("/code/files", json!({"index.py": ""}))], "or from `s3_bucket`"),
                (&[("/code", json!({"s3_bucket": "code"}))], "`s3_key` go only together"),
                (&[("/code/s3_object_version", json!("1"))], "an archive in a bucket"),
                (&[("/code/files", json!({}))], "has no file"),
                (&[("/code/files", json!({"index.py": "", "../x": ""}))], "no path within"),
                (&[("/code/files", json!({"index.py": "x".repeat(5 << 20)}))], "more than 4194304"),
                (&[("/runtime", json!("python2.7"))], "none of"),
                (&[("/runtime", json!("custom"))], "`runtime_config` go only together"),
            ],
        );
    }

    #[test]
    fn settings_fit_each_other() {
        let variables = |map: Json| ("/environment/variables", map);
        let layer = "arn:aws:lambda:us-east-1:123456789012:layer:driver:3";
        let capacity =
            json!({"lambda_managed_instances_capacity_provider_config": {"capacity_provider_arn": "arn:a"}});
        assert_rules::<Function>(
            &function(),
            &[
                (&[("/function_name", json!("a.b"))], "doesn't match"),
                (&[("/role", json!("rotate"))], "no Amazon resource name"),
                (&[("/timeout", json!(901))], "more than 900"),
                (&[("/timeout", json!(901)), ("/capacity_provider_config", capacity)], ""),
                (&[("/timeout", json!(5401))], "1 to 5400"),
                (&[("/memory_size", json!(10_241))], "more than 10240"),
                (&[("/ephemeral_storage", json!({"size": 10_241}))], "more than 10240"),
                (&[variables(json!({"AWS_REGION": "x"}))], "itself"),
                (&[variables(json!({"1A": "x"}))], "can't be the name"),
                (&[variables(json!({"A": "x"}))], "can't be the name"),
                (&[variables(json!({"AB": "x".repeat(4095)}))], "where 4096"),
                (&[("/vpc_config/security_group_ids", json!([]))], "go only together"),
                (&[("/layers", json!([layer]))], ""),
                (&[("/layers", json!(["driver"]))], "no ARN of a layer"),
                (&[("/layers", json!([layer, layer, layer, layer, layer, layer]))], "at most 5"),
                (&[("/logging_config/log_format", json!("Text"))], "no `system_log_level`"),
                (
                    &[("/runtime_management_config", json!({"update_runtime_on": "Manual"}))],
                    "go only together",
                ),
                (&[("/dead_letter_config", json!({"target_arn": "jobs"}))], "queue or topic"),
                (&[("/architectures", json!(["arm64", "x86_64"]))], "exactly 1"),
                (
                    &[
                        ("/snap_start", json!({"apply_on": "PublishedVersions"})),
                        ("/ephemeral_storage", json!({"size": 600})),
                    ],
                    "its picture taken",
                ),
                (
                    &[
                        ("/file_system_configs", json!([{"arn": "arn:a", "local_mount_path": "/mnt/a"}])),
                        ("/vpc_config", Json::Null),
                    ],
                    "within its network",
                ),
            ],
        );
    }

    #[test]
    fn a_name_is_taken_once_and_role_and_network_are_there() {
        let refused = Err("InvalidParameterValueException".to_owned());
        let sky = World::default();
        assert_eq!(sky.create::<Function>(&function()), refused);
        let sky = sky.with("aws.iam.role", "rotate", "global", json!({"arn": ROLE}));
        assert_eq!(sky.create::<Function>(&function()), refused);
        let sky = sky.with("aws.ec2.subnet", "subnet-1", "us-east-1", json!({"vpc_id": "vpc-1"}));
        let other = json!({"vpc_id": "vpc-2"});
        let torn = World::default()
            .with("aws.iam.role", "rotate", "global", json!({"arn": ROLE}))
            .with("aws.ec2.subnet", "subnet-1", "us-east-1", json!({"vpc_id": "vpc-1"}))
            .with("aws.ec2.security_group", "sg-1", "us-east-1", other);
        assert_eq!(torn.create::<Function>(&function()), refused);
        let sky = sky.with("aws.ec2.security_group", "sg-1", "us-east-1", json!({"vpc_id": "vpc-1"}));
        assert!(sky.create::<Function>(&function()).is_ok());
        let sky = sky.with(Function::TYPE, "rotate", "us-east-1", function());
        assert_eq!(sky.create::<Function>(&function()), Err("ResourceConflictException".into()));
        assert!(sky.update::<Function>("rotate", &function()).is_ok());
    }

    #[test]
    fn it_is_imported_by_name_or_arn() {
        for text in ["rotate", "arn:aws:lambda:us-east-1:123456789012:function:rotate"] {
            assert_eq!(Function::import_id(text).unwrap().as_str(), "rotate");
        }
        assert!(Function::import_id("a.b").is_err());
    }
}
