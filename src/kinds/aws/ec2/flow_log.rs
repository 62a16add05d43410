//! `aws.ec2.flow_log`: a record of the traffic of a network, or of a part of one.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// A record of traffic, written to a log group, a bucket or a stream. What it watches is named by one
/// of the fields that end in `_id`, from which the API's resource type follows.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Watches a whole network.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.ec2.vpc"))]
    pub vpc_id: Option<String>,
    /// Watches a subnet.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.ec2.subnet"))]
    pub subnet_id: Option<String>,
    /// Watches one network interface.
    #[schemars(extend("x-immutable" = true))]
    pub network_interface_id: Option<String>,
    /// Watches a regional NAT gateway.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.ec2.nat_gateway"))]
    pub regional_nat_gateway_id: Option<String>,
    /// Watches a transit gateway.
    #[schemars(extend("x-immutable" = true))]
    pub transit_gateway_id: Option<String>,
    /// Watches what is attached to a transit gateway.
    #[schemars(extend("x-immutable" = true))]
    pub transit_gateway_attachment_id: Option<String>,
    /// Which traffic is recorded; of transit gateways all is.
    #[schemars(extend("x-immutable" = true))]
    pub traffic_type: Option<TrafficType>,
    /// What it writes to.
    #[schemars(extend("x-immutable" = true, "default" = "cloud-watch-logs"))]
    pub log_destination_type: Option<DestinationType>,
    /// The ARN of the log group, the bucket (with a folder, if any) or the delivery stream.
    #[schemars(extend("x-immutable" = true))]
    pub log_destination: Option<String>,
    /// The role that writes to the log group.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.iam.role"))]
    pub deliver_logs_permission_arn: Option<String>,
    /// The role that writes to another account.
    #[schemars(extend("x-immutable" = true))]
    pub deliver_cross_account_role: Option<String>,
    /// The fields of a record, such as `${version} ${srcaddr}`; the default format where it is absent.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub log_format: Option<String>,
    /// For how many seconds at most a flow is gathered into one record: 60 or 600.
    #[schemars(extend("x-immutable" = true, "default" = 600))]
    pub max_aggregation_interval: Option<i64>,
    /// How files in a bucket are written.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub destination_options: Option<DestinationOptions>,
    /// Tags of watched things that records show.
    #[schemars(extend("x-immutable" = true, "x-collection" = "list(resource_type)"))]
    pub tag_field_specifications: Option<Vec<TagFields>>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// Which traffic is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum TrafficType {
    Accept,
    Reject,
    All,
}

/// What records are written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DestinationType {
    CloudWatchLogs,
    S3,
    KinesisDataFirehose,
}

/// The format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FileFormat {
    PlainText,
    Parquet,
}

/// How files in a bucket are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DestinationOptions {
    /// The format of the files.
    #[schemars(extend("default" = "plain-text"))]
    pub file_format: Option<FileFormat>,
    /// Whether the names of folders are such as Hive reads: `year=2026/month=…`.
    #[schemars(extend("default" = false))]
    pub hive_compatible_partitions: Option<bool>,
    /// Whether each hour has a folder of its own.
    #[schemars(extend("default" = false))]
    pub per_hour_partition: Option<bool>,
}

/// Whose tags records show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TaggedResource {
    NetworkInterface,
    Instance,
    AutoScalingGroup,
}

/// Tags of one type of resource that records show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TagFields {
    /// Whose tags.
    pub resource_type: TaggedResource,
    /// The keys of the tags.
    #[schemars(length(min = 1, max = 128))]
    pub tag_keys: Vec<String>,
}

/// A flow log as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `fl-0a1b2c3d4e5f60718`.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
}

impl Spec {
    fn watched(&self) -> [(&'static str, &Option<String>); 6] {
        [
            ("vpc_id", &self.vpc_id),
            ("subnet_id", &self.subnet_id),
            ("network_interface_id", &self.network_interface_id),
            ("regional_nat_gateway_id", &self.regional_nat_gateway_id),
            ("transit_gateway_id", &self.transit_gateway_id),
            ("transit_gateway_attachment_id", &self.transit_gateway_attachment_id),
        ]
    }

    fn destination(&self) -> DestinationType {
        self.log_destination_type.unwrap_or(DestinationType::CloudWatchLogs)
    }
}

/// The kind itself.
pub struct FlowLog;

impl Kind for FlowLog {
    const TYPE: &'static str = "aws.ec2.flow_log";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = crate::kinds::aws::tags::findings(spec.tags.as_ref());
        watched_findings(spec, &mut findings);
        destination_findings(spec, &mut findings);
        if let Some(seconds) = spec.max_aggregation_interval
            && ![60, 600].contains(&seconds)
        {
            findings.push(Finding::on(
                "max_aggregation_interval",
                format!("`max_aggregation_interval` is {seconds}, where 60 or 600 is allowed"),
            ));
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(4, 2, 2)
            .visible_after(30)
            .computes("id", "fl-{hex:17}")
            .computes("arn", "arn:aws:ec2:{region}:{account}:vpc-flow-log/{id}")
    }

    /// The same traffic isn't written twice to the same place.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        for other in cloud.all(Self::TYPE) {
            let same = |field: &str, value: &Option<String>| {
                other.attributes[field] == value.as_deref().map_or(Json::Null, Json::from)
            };
            if spec.watched().iter().all(|(field, value)| same(field, value))
                && same("log_destination", &spec.log_destination)
            {
                return Err(Refusal::new(
                    "FlowLogAlreadyExists",
                    format!("There is an existing Flow Log with the same configuration: {}", other.id),
                ));
            }
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::id::with_prefix(text, "fl-")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ec2:CreateFlowLogs",
            "ec2:CreateTags",
            "ec2:DeleteFlowLogs",
            "ec2:DeleteTags",
            "ec2:DescribeFlowLogs",
            "iam:PassRole",
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
        ]
    }
}

fn watched_findings(spec: &Spec, findings: &mut Vec<Finding>) {
    let watched = spec.watched();
    let set: Vec<&str> = watched.iter().filter(|(_, id)| id.is_some()).map(|(name, _)| *name).collect();
    match set.as_slice() {
        [] => {
            let names: Vec<&str> = watched.iter().map(|(name, _)| *name).collect();
            findings.push(
                Finding::on("vpc_id", "the flow log watches nothing")
                    .help(format!("set one of {}", names.join(", "))),
            );
        }
        [_] => {}
        [first, .., last] => findings.push(
            Finding::on(last, format!("the flow log has both `{first}` and `{last}`"))
                .and(first)
                .help("a flow log watches one thing"),
        ),
    }
    let of_transit = spec.transit_gateway_id.is_some() || spec.transit_gateway_attachment_id.is_some();
    if of_transit && spec.traffic_type.is_some() {
        findings.push(
            Finding::on("traffic_type", "a flow log of a transit gateway has no `traffic_type`")
                .help("all of its traffic is recorded: leave it out"),
        );
    } else if !of_transit && !set.is_empty() && spec.traffic_type.is_none() {
        findings.push(
            Finding::on("traffic_type", "`traffic_type` is missing").help("set it to ACCEPT, REJECT or ALL"),
        );
    }
    if of_transit && spec.max_aggregation_interval.is_none_or(|seconds| seconds != 60) {
        findings.push(
            Finding::on("max_aggregation_interval", "a transit gateway's flows are gathered for 60 seconds")
                .help("set `max_aggregation_interval: 60`"),
        );
    }
}

fn destination_findings(spec: &Spec, findings: &mut Vec<Finding>) {
    let (service, example) = match spec.destination() {
        DestinationType::CloudWatchLogs => ("logs", "arn:aws:logs:us-east-1:123456789012:log-group:flows"),
        DestinationType::S3 => ("s3", "arn:aws:s3:::flows/"),
        DestinationType::KinesisDataFirehose => {
            ("firehose", "arn:aws:firehose:us-east-1:123456789012:deliverystream/flows")
        }
    };
    match &spec.log_destination {
        None => findings.push(
            Finding::on("log_destination", "`log_destination` is missing").help(format!("such as {example}")),
        ),
        Some(arn) if !arn.is_empty() && arn.split(':').nth(2) != Some(service) => findings.push(
            Finding::on("log_destination", format!("`log_destination` is {arn:?}, which isn't of {service}"))
                .and("log_destination_type")
                .help(format!("it should look like {example}")),
        ),
        Some(_) => {}
    }
    let to_logs = spec.destination() == DestinationType::CloudWatchLogs;
    if to_logs && spec.deliver_logs_permission_arn.is_none() {
        findings.push(
            Finding::on("deliver_logs_permission_arn", "`deliver_logs_permission_arn` is missing")
                .and("log_destination_type")
                .help("writing to a log group takes a role that vpc-flow-logs.amazonaws.com may assume"),
        );
    }
    if spec.destination() == DestinationType::S3 && spec.deliver_logs_permission_arn.is_some() {
        findings.push(
            Finding::on("deliver_logs_permission_arn", "writing to a bucket takes no role")
                .and("log_destination_type")
                .help("the bucket's policy lets delivery.logs.amazonaws.com write"),
        );
    }
    if spec.destination() != DestinationType::S3 && spec.destination_options.is_some() {
        findings.push(
            Finding::on("destination_options", "only files in a bucket have `destination_options`")
                .and("log_destination_type"),
        );
    }
    if spec.destination() != DestinationType::KinesisDataFirehose && spec.deliver_cross_account_role.is_some()
    {
        findings.push(
            Finding::on(
                "deliver_cross_account_role",
                "only a delivery stream takes a `deliver_cross_account_role`",
            )
            .and("log_destination_type"),
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules};

    fn to_logs() -> Json {
        json!({
            "vpc_id": "vpc-1", "traffic_type": "REJECT",
            "log_destination": "arn:aws:logs:us-east-1:123456789012:log-group:flows",
            "deliver_logs_permission_arn": "arn:aws:iam::123456789012:role/flows",
        })
    }

    #[test]
    fn it_watches_one_thing() {
        assert_rules::<FlowLog>(
            &to_logs(),
            &[
                (&[("/vpc_id", json!(null))], "watches nothing"),
                (&[("/subnet_id", json!("subnet-1"))], "both `vpc_id` and `subnet_id`"),
                (&[("/traffic_type", json!(null))], "ACCEPT, REJECT or ALL"),
                (
                    &[("/vpc_id", json!(null)), ("/transit_gateway_id", json!("tgw-1"))],
                    "has no `traffic_type`",
                ),
                (
                    &[
                        ("/vpc_id", json!(null)),
                        ("/transit_gateway_id", json!("tgw-1")),
                        ("/traffic_type", json!(null)),
                    ],
                    "gathered for 60 seconds",
                ),
                (&[("/max_aggregation_interval", json!(60))], ""),
                (&[("/max_aggregation_interval", json!(300))], "60 or 600"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
    }

    #[test]
    fn it_writes_to_a_place_of_its_type() {
        let bucket = ("/log_destination", json!("arn:aws:s3:::flows"));
        let s3 = ("/log_destination_type", json!("s3"));
        let no_role = ("/deliver_logs_permission_arn", json!(null));
        assert_rules::<FlowLog>(
            &to_logs(),
            &[
                (&[("/log_destination", json!(null))], "`log_destination` is missing"),
                (std::slice::from_ref(&bucket), "isn't of logs"),
                (std::slice::from_ref(&no_role), "takes a role"),
                (&[bucket.clone(), s3.clone()], "takes no role"),
                (&[bucket.clone(), s3.clone(), no_role.clone()], ""),
                (
                    &[
                        bucket.clone(),
                        s3,
                        no_role.clone(),
                        ("/destination_options", json!({"file_format": "parquet"})),
                    ],
                    "",
                ),
                (&[("/destination_options", json!({}))], "only files in a bucket"),
                (&[("/deliver_cross_account_role", json!("arn:x"))], "only a delivery stream"),
            ],
        );
    }

    #[test]
    fn the_same_traffic_goes_to_a_place_once() {
        let sky = World::default().with(FlowLog::TYPE, "fl-1", "us-east-1", to_logs());
        assert_eq!(sky.create::<FlowLog>(&to_logs()), Err("FlowLogAlreadyExists".into()));
        let mut other = to_logs();
        other["vpc_id"] = json!("vpc-2");
        assert!(sky.create::<FlowLog>(&other).is_ok());
    }
}
