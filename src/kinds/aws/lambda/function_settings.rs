//! The parts of a function's settings.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The network that a function runs in; it reaches nothing else then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VpcConfig {
    /// Its subnets, of one network.
    #[schemars(length(max = 16), extend("x-collection" = "set", "x-refers" = "aws.ec2.subnet", "x-holds" = true))]
    pub subnet_ids: Vec<String>,
    /// The security groups of its interfaces.
    #[schemars(length(max = 5), extend("x-collection" = "set", "x-refers" = "aws.ec2.security_group", "x-holds" = true))]
    pub security_group_ids: Vec<String>,
    /// Whether it may use IPv6 in subnets that have both.
    #[schemars(extend("default" = false))]
    pub ipv6_allowed_for_dual_stack: Option<bool>,
}

/// What a function's process sees of its surroundings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Environment {
    /// Variables by name. A value is never shown or stored: secrets are better read from where they
    /// are kept, and yet here some find them.
    #[schemars(extend("additionalProperties" = {"type": "string", "x-sensitive": true}))]
    pub variables: Option<BTreeMap<String, String>>,
}

/// Where asynchronous events go that the function fails on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeadLetterConfig {
    /// The ARN of a queue or topic.
    #[schemars(extend("x-refers" = "aws.sqs.queue"))]
    pub target_arn: String,
}

/// Whether calls are traced by X-Ray.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TracingConfig {
    /// Some of them always, or those only that the caller traces.
    pub mode: TracingMode,
}

/// Which calls are traced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TracingMode {
    Active,
    PassThrough,
}

/// A file system that a function mounts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FileSystemConfig {
    /// The ARN of the access point.
    #[schemars(length(max = 256))]
    pub arn: String,
    /// Where it is mounted.
    #[schemars(length(max = 160), regex(pattern = r"^/mnt/[a-zA-Z0-9\-_.]+$"))]
    pub local_mount_path: String,
    /// Of a file system on S3.
    pub s3_files_config: Option<S3FilesConfig>,
}

/// How a file system on S3 is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct S3FilesConfig {
    /// Whether the function reads from the bucket itself.
    #[schemars(extend("x-default" = "provider"))]
    pub direct_s3_read: Option<DirectS3Read>,
}

/// Whether a function reads from the bucket itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum DirectS3Read {
    Enabled,
    Disabled,
    Auto,
}

/// What is started in an image instead of what it says itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImageConfig {
    /// The program.
    #[schemars(length(max = 1500))]
    pub entry_point: Option<Vec<String>>,
    /// Its arguments.
    #[schemars(length(max = 1500))]
    pub command: Option<Vec<String>>,
    /// The folder it starts in.
    #[schemars(length(max = 1000))]
    pub working_directory: Option<String>,
}

/// A machine's instruction set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    #[serde(rename = "x86_64")]
    X86_64,
    Arm64,
}

/// The folder `/tmp`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EphemeralStorage {
    /// Its size in MiB.
    #[schemars(range(min = 512, max = 32_768))]
    pub size: i64,
}

/// Whether versions start from a picture of a function that has started already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SnapStart {
    /// Of which versions.
    pub apply_on: SnapStartApplyOn,
}

/// Which versions start from a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SnapStartApplyOn {
    PublishedVersions,
    None,
}

/// What a function logs, and to where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoggingConfig {
    /// Text, or an object of JSON for each line.
    #[schemars(extend("default" = "Text"))]
    pub log_format: Option<LogFormat>,
    /// From which level on the function's own lines are kept; with JSON only.
    #[schemars(extend("x-default" = "provider"))]
    pub application_log_level: Option<ApplicationLogLevel>,
    /// From which level on Lambda's lines are kept; with JSON only.
    #[schemars(extend("x-default" = "provider"))]
    pub system_log_level: Option<SystemLogLevel>,
    /// The log group by its name; `/aws/lambda/` and the function's where it is absent.
    #[schemars(regex(pattern = r"^[.\-_/#A-Za-z0-9]{1,512}$"), extend("x-default" = "provider", "x-refers" = "aws.logs.log_group"))]
    pub log_group: Option<String>,
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LogFormat {
    #[serde(rename = "JSON")]
    Json,
    Text,
}

/// How important a line of the function's own is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum ApplicationLogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

/// How important a line of Lambda's is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum SystemLogLevel {
    Debug,
    Info,
    Warn,
}

/// Whether tenants get environments of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TenancyConfig {
    /// How they are kept apart.
    pub tenant_isolation_mode: TenantIsolationMode,
}

/// How tenants are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TenantIsolationMode {
    PerTenant,
}

/// The machines of the account's own that a function runs on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CapacityProviderConfig {
    /// Of machines that Lambda keeps.
    pub lambda_managed_instances_capacity_provider_config: ManagedInstances,
}

/// Machines that Lambda keeps for the account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ManagedInstances {
    /// The ARN of the capacity provider.
    #[schemars(length(min = 1, max = 140))]
    pub capacity_provider_arn: String,
    /// How many calls one environment handles at a time.
    #[schemars(range(min = 1, max = 1600), extend("x-default" = "provider"))]
    pub per_execution_environment_max_concurrency: Option<i64>,
    /// How much memory an environment has for each processor.
    #[schemars(range(min = 2.0, max = 8.0), extend("x-default" = "provider"))]
    pub execution_environment_memory_gi_b_per_v_cpu: Option<f64>,
}

/// Functions that remember where they were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DurableConfig {
    /// The key that encrypts what they remember.
    #[schemars(extend("x-refers" = "aws.kms.key|aws.kms.replica_key"))]
    pub kms_key_arn: Option<String>,
    /// For how many days that is kept.
    #[schemars(range(min = 1, max = 90), extend("x-default" = "provider"))]
    pub retention_period_in_days: Option<i64>,
    /// For how many seconds one execution may take, waits included.
    #[schemars(range(min = 1, max = 31_622_400))]
    pub execution_timeout: Option<i64>,
}

/// A runtime of the account's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RuntimeConfig {
    /// Its ARN.
    #[schemars(length(min = 48, max = 2048))]
    pub runtime_arn: String,
    /// Which version of it.
    #[schemars(length(min = 1, max = 128))]
    pub runtime_alias: String,
}

/// An accelerator of a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AcceleratorConfig {
    /// Its memory in GB.
    #[schemars(range(min = 1))]
    pub accelerator_memory_size: i64,
}

/// When Lambda moves a function to a newer runtime of the same name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RuntimeManagementConfig {
    /// By itself, with the function's next update, or never.
    pub update_runtime_on: UpdateRuntimeOn,
    /// The ARN of the version that it stays on.
    #[schemars(length(min = 26, max = 2048))]
    pub runtime_version_arn: Option<String>,
}

/// When a function's runtime is moved on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum UpdateRuntimeOn {
    Auto,
    Manual,
    FunctionUpdate,
}

/// What happens when a function calls itself by way of queues, topics or buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RecursiveLoop {
    Allow,
    Terminate,
}
