//! `aws.route53.record_set`: where a name leads, or what is said of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::record_value::{self, RecordType};
use super::{VISIBLE_AFTER_S, name};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{FieldPath, Json, PhysicalId};

/// Where a name of a zone leads, or what is said of it: values, or another name's answer. Several of
/// one name and type share its questions, each with a `set_identifier` and one way to choose between
/// them.
/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The zone.
    #[schemars(length(max = 32), extend("x-immutable" = true, "x-refers" = "aws.route53.hosted_zone", "x-holds" = true))]
    pub hosted_zone_id: String,
    /// The whole name, in small letters and without a last dot: the zone's own, or one below it.
    #[schemars(length(min = 1, max = 255), extend("x-immutable" = true))]
    pub name: String,
    /// What it says.
    #[schemars(extend("x-immutable" = true))]
    pub r#type: RecordType,
    /// Tells it from others of the same name and type.
    #[schemars(length(min = 1, max = 128), extend("x-immutable" = true))]
    pub set_identifier: Option<String>,
    /// For how many seconds an answer may be kept; an alias has its target's.
    #[schemars(range(min = 0, max = 2_147_483_647))]
    pub ttl: Option<i64>,
    /// The values, as the type has them; texts in quotes, names without a last dot.
    #[schemars(length(min = 1), extend("x-collection" = "set", "x-exclusive" = true))]
    pub resource_records: Option<Vec<String>>,
    /// The name whose answer is given instead: of a service of AWS, or of the same zone.
    pub alias_target: Option<AliasTarget>,
    /// Its share of the answers, in proportion to the others'; none with 0.
    #[schemars(range(min = 0, max = 255))]
    pub weight: Option<i64>,
    /// It answers who reaches this region soonest.
    #[schemars(length(min = 1, max = 64))]
    pub region: Option<String>,
    /// It answers who asks from there.
    pub geo_location: Option<GeoLocation>,
    /// It answers who is nearest to it.
    pub geo_proximity_location: Option<GeoProximityLocation>,
    /// It answers who asks from a range of addresses.
    pub cidr_routing_config: Option<CidrRoutingConfig>,
    /// Whether it answers while it is healthy, or while the other isn't.
    pub failover: Option<Failover>,
    /// Up to eight healthy ones answer together.
    pub multi_value_answer: Option<bool>,
    /// The health check without which it is left out of the answers.
    #[schemars(length(max = 64), extend("x-refers" = "aws.route53.health_check", "x-holds" = true))]
    pub health_check_id: Option<String>,
}

/// The name whose answer is given instead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AliasTarget {
    /// The zone that the name lies in: the same one, or that of the service, such as
    /// `Z2FDTNDATAQYW2` of CloudFront.
    #[schemars(length(max = 32))]
    pub hosted_zone_id: String,
    /// The name, without a last dot.
    #[schemars(length(min = 1, max = 1024))]
    pub dns_name: String,
    /// Whether it is only healthy while its target is.
    pub evaluate_target_health: bool,
}

/// A part of the world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GeoLocation {
    /// A continent, such as `EU`.
    #[schemars(regex(pattern = "^(AF|AN|AS|EU|OC|NA|SA)$"))]
    pub continent_code: Option<String>,
    /// A country, such as `DE`; `*` for whoever is nowhere else.
    #[schemars(regex(pattern = r"^([A-Z]{2}|\*)$"))]
    pub country_code: Option<String>,
    /// A state of the United States or a region of Ukraine, such as `CA`.
    #[schemars(regex(pattern = "^[A-Z0-9]{1,3}$"))]
    pub subdivision_code: Option<String>,
}

/// A place, and how far it draws.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GeoProximityLocation {
    /// A region.
    #[schemars(length(min = 1, max = 64))]
    pub aws_region: Option<String>,
    /// A group of local zones.
    #[schemars(length(min = 1, max = 64))]
    pub local_zone_group: Option<String>,
    /// A point of the globe.
    pub coordinates: Option<Coordinates>,
    /// How much larger or smaller its part of the world is than by distance alone.
    #[schemars(range(min = -99, max = 99), extend("default" = 0))]
    pub bias: Option<i64>,
}

/// A point of the globe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Coordinates {
    /// Such as `49.22`.
    #[schemars(regex(pattern = r"^[-+]?[0-9]{1,2}(\.[0-9]{0,2})?$"))]
    pub latitude: String,
    /// Such as `-74.01`.
    #[schemars(regex(pattern = r"^[-+]?[0-9]{1,3}(\.[0-9]{0,2})?$"))]
    pub longitude: String,
}

/// A range of addresses that a collection knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CidrRoutingConfig {
    /// The collection.
    #[schemars(regex(pattern = "^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$"))]
    pub collection_id: String,
    /// The range's name in it; `*` for all others.
    #[schemars(regex(pattern = r"^[0-9A-Za-z_\-*]{1,16}$"))]
    pub location_name: String,
}

/// Which of two answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Failover {
    /// While it is healthy.
    Primary,
    /// While the primary isn't.
    Secondary,
}

/// A record as the API lists it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Zone, name, type and set identifier, joined by `_`.
    pub id: String,
}

/// The kind itself.
pub struct RecordSet;

impl Kind for RecordSet {
    const TYPE: &'static str = "aws.route53.record_set";
    const IDENTITY: &'static [&'static str] = &["hosted_zone_id", "name", "type", "set_identifier"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = name::findings("name", &spec.name, true);
        findings.extend(answer_findings(spec));
        findings.extend(routing_findings(spec));
        findings.extend(geography_findings(spec));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let set = if spec.set_identifier.is_some() { "_{spec.set_identifier}" } else { "" };
        // Until every server of Route 53 has it.
        Profile::seconds(35, 35, 35)
            .visible_after(VISIBLE_AFTER_S)
            .computes("id", &format!("{{spec.hosted_zone_id}}_{{spec.name}}_{{spec.type}}{set}"))
    }

    /// What a batch of changes is refused for: names outside of the zone, and records that can't stand
    /// beside those that are there.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let (spec, own) = match call {
            Call::Create { spec, .. } => (spec, None),
            Call::Update { spec, id, .. } => (spec, Some(id)),
            Call::Delete { .. } => return Ok(()),
        };
        let refused = |why: String| Err(Refusal::new("InvalidChangeBatch", format!("[{why}]")));
        let Some(zone) = cloud.find("aws.route53.hosted_zone", "id", &spec.hosted_zone_id) else {
            return Err(Refusal::new(
                "NoSuchHostedZone",
                format!("No hosted zone found with ID: {}", spec.hosted_zone_id),
            ));
        };
        let zone_name = zone.attributes["name"].as_str().unwrap_or_default();
        if !name::is_within(&spec.name, zone_name) {
            return refused(format!(
                "RRSet with DNS name {} is not permitted in zone {zone_name}",
                spec.name
            ));
        }
        let is_apex = spec.name == zone_name;
        if is_apex && spec.r#type == RecordType::Cname {
            return refused(format!(
                "RRSet of type CNAME with DNS name {} is not permitted at apex in zone {zone_name}",
                spec.name
            ));
        }
        // Route 53 makes these two with the zone.
        if own.is_none() && is_apex && matches!(spec.r#type, RecordType::Ns | RecordType::Soa) {
            return refused(format!(
                "Tried to create resource record set {} but it already exists",
                label(spec)
            ));
        }
        if let Some(why) = alias_fault(spec, zone_name) {
            return refused(why);
        }
        match conflict(spec, own, cloud) {
            Some(why) => refused(why),
            None => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let mut parts = text.splitn(2, '_');
        let zone = parts.next().unwrap_or_default();
        let rest = parts.next().unwrap_or_default();
        if name::is_zone_id(zone) && parse_rest(rest).is_some() {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!(
                "`{text}` should be zone, name, type and set identifier if there is one, such as Z1PA6795UKMFR9_www.example.com_A"
            ))
        }
    }

    fn actions() -> &'static [&'static str] {
        &["route53:ChangeResourceRecordSets", "route53:GetChange", "route53:ListResourceRecordSets"]
    }
}

/// Name, type and set identifier of an id. A name can hold `_`, and no type does: so the type is the
/// first part in capitals.
fn parse_rest(text: &str) -> Option<(&str, RecordType, Option<&str>)> {
    text.match_indices('_').find_map(|(at, _)| {
        let (name, rest) = (&text[..at], &text[at + 1..]);
        let (kind, set) = rest.split_once('_').map_or((rest, None), |(kind, set)| (kind, Some(set)));
        let kind = serde_json::from_value(Json::from(kind)).ok()?;
        (name::findings("name", name, true).is_empty() && set != Some("")).then_some((name, kind, set))
    })
}

fn label(spec: &Spec) -> String {
    let set = spec.set_identifier.as_ref().map_or_else(String::new, |set| format!(", set identifier {set}"));
    format!("[name='{}', type='{}'{set}]", spec.name, spec.r#type.as_str())
}

/// What is wrong with what it answers: values for some time, or another name's answer.
fn answer_findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(alias) = &spec.alias_target {
        for (field, is_there) in
            [("ttl", spec.ttl.is_some()), ("resource_records", spec.resource_records.is_some())]
        {
            if is_there {
                findings.push(
                    Finding::on(field, format!("an alias has no `{field}`"))
                        .and("alias_target")
                        .help("it gives its target's answer: leave it out"),
                );
            }
        }
        findings.extend(name::findings("alias_target.dns_name", &alias.dns_name, false));
        if matches!(spec.r#type, RecordType::Ns | RecordType::Soa) {
            findings.push(
                Finding::on("alias_target", format!("there are no aliases of type {}", spec.r#type.as_str()))
                    .and("type"),
            );
        }
        return findings;
    }
    let Some(values) = &spec.resource_records else {
        return vec![
            Finding::at(
                FieldPath::root(),
                "a record without `resource_records` and `alias_target` says nothing",
            )
            .help("set `resource_records` and `ttl`, or `alias_target`"),
        ];
    };
    if spec.ttl.is_none() {
        findings.push(
            Finding::on("resource_records", "values need a `ttl`").help("add `ttl: 300`, for five minutes"),
        );
    }
    if spec.r#type.is_single() && values.len() > 1 {
        findings.push(
            Finding::on("resource_records", format!("a {} has one value", spec.r#type.as_str())).and("type"),
        );
    }
    for (index, value) in values.iter().enumerate() {
        // What isn't known yet stands here as an empty text.
        if let Some((why, example)) = record_value::fault(spec.r#type, value) {
            findings.push(
                Finding::at(FieldPath::root().key("resource_records").index(index), why)
                    .and("type")
                    .help(format!("it looks like {example}")),
            );
        }
    }
    findings
}

/// The ways to choose that a record has.
fn policies(spec: &Spec) -> Vec<&'static str> {
    [
        ("weight", spec.weight.is_some()),
        ("region", spec.region.is_some()),
        ("geo_location", spec.geo_location.is_some()),
        ("geo_proximity_location", spec.geo_proximity_location.is_some()),
        ("cidr_routing_config", spec.cidr_routing_config.is_some()),
        ("failover", spec.failover.is_some()),
        ("multi_value_answer", spec.multi_value_answer == Some(true)),
    ]
    .into_iter()
    .filter_map(|(name, is_there)| is_there.then_some(name))
    .collect()
}

/// What is wrong with how it is chosen among others of its name and type.
fn routing_findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    match (policies(spec).as_slice(), &spec.set_identifier) {
        ([], Some(_)) => findings.push(
            Finding::on("set_identifier", "`set_identifier` tells records apart that are chosen between, and nothing says how")
                .help("add one of weight, region, geo_location, geo_proximity_location, cidr_routing_config, failover, multi_value_answer"),
        ),
        ([one, ..], None) => findings.push(
            Finding::on(one, format!("a record with `{one}` needs a `set_identifier`"))
                .help("give each of the records that share the name one of its own"),
        ),
        ([one, other, ..], Some(_)) => findings.push(
            Finding::on(other, format!("a record is chosen in one way, not by `{one}` and `{other}`")).and(one),
        ),
        _ => {}
    }
    if spec.multi_value_answer == Some(true) {
        if spec.alias_target.is_some() {
            findings.push(
                Finding::on("multi_value_answer", "an alias can't be one of several answers")
                    .and("alias_target"),
            );
        }
        if matches!(spec.r#type, RecordType::Cname | RecordType::Ns | RecordType::Soa) {
            findings.push(
                Finding::on(
                    "multi_value_answer",
                    format!("a {} can't be one of several answers", spec.r#type.as_str()),
                )
                .and("type"),
            );
        }
    }
    let is_routed = !policies(spec).is_empty();
    if !is_routed && spec.health_check_id.is_some() {
        findings.push(
            Finding::on("health_check_id", "a record that is the only one answers whatever its health")
                .help("add `set_identifier` and a way to choose, or leave the health check out"),
        );
    }
    let has_health = spec.health_check_id.is_some()
        || spec.alias_target.as_ref().is_some_and(|alias| alias.evaluate_target_health);
    if spec.failover == Some(Failover::Primary) && !has_health {
        findings.push(
            Finding::on("failover", "a primary whose health nobody knows is never left")
                .and("health_check_id")
                .and("alias_target.evaluate_target_health")
                .help("add `health_check_id`, or evaluate the health of an alias's target"),
        );
    }
    findings
}

/// What is wrong with the places that it names.
fn geography_findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(place) = &spec.geo_location {
        let country = place.country_code.as_deref();
        match (&place.continent_code, country) {
            (None, None) => findings
                .push(Finding::on("geo_location", "`geo_location` names no place").help(
                    "set `continent_code` or `country_code`; `country_code: \"*\"` is everywhere else",
                )),
            (Some(_), Some(_)) => findings.push(
                Finding::on("geo_location.continent_code", "a place is a continent or a country, not both")
                    .and("geo_location.country_code"),
            ),
            _ => {}
        }
        if place.subdivision_code.is_some() && !matches!(country, Some("US" | "UA")) {
            findings.push(
                Finding::on("geo_location.subdivision_code", "only US and UA have parts of their own")
                    .and("geo_location.country_code"),
            );
        }
    }
    if let Some(place) = &spec.geo_proximity_location {
        let places =
            [place.aws_region.is_some(), place.local_zone_group.is_some(), place.coordinates.is_some()];
        if places.into_iter().filter(|is_there| *is_there).count() != 1 {
            findings.push(Finding::on(
                "geo_proximity_location",
                "a place is one of aws_region, local_zone_group and coordinates",
            ));
        }
    }
    findings
}

/// What is wrong with an alias that leads to a name of the same zone.
fn alias_fault(spec: &Spec, zone: &str) -> Option<String> {
    let alias = spec.alias_target.as_ref().filter(|alias| alias.hosted_zone_id == spec.hosted_zone_id)?;
    if !name::is_within(&alias.dns_name, zone) {
        return Some(format!(
            "Tried to create an alias that targets {}, type {} in zone {}, but the alias target name does not lie within the target zone",
            alias.dns_name,
            spec.r#type.as_str(),
            alias.hosted_zone_id
        ));
    }
    (alias.dns_name == spec.name && spec.set_identifier.is_none())
        .then(|| format!("Tried to create an alias that targets itself, {}", label(spec)))
}

/// Why it can't stand beside the records that are there.
fn conflict(spec: &Spec, own: Option<&PhysicalId>, cloud: &dyn Cloud) -> Option<String> {
    let kind = spec.r#type.as_str();
    let siblings: Vec<Json> = cloud
        .all(RecordSet::TYPE)
        .into_iter()
        .filter(|other| own != Some(other.id))
        .filter(|other| other.attributes["hosted_zone_id"] == spec.hosted_zone_id.as_str())
        .filter(|other| other.attributes["name"] == spec.name.as_str())
        .map(|other| other.attributes.clone())
        .collect();
    let is_cname = spec.r#type == RecordType::Cname;
    if siblings.iter().any(|other| (other["type"] == "CNAME") != is_cname) {
        return Some(format!(
            "RRSet of type {kind} with DNS name {} conflicts with an RRSet of type CNAME or beside it",
            spec.name
        ));
    }
    let alike: Vec<&Json> = siblings.iter().filter(|other| other["type"] == kind).collect();
    if alike.iter().any(|other| other["set_identifier"].as_str() == spec.set_identifier.as_deref()) {
        return Some(format!("Tried to create resource record set {} but it already exists", label(spec)));
    }
    let own_policies = policies(spec);
    for other in alike {
        let Ok(other) = serde_json::from_value::<Spec>(other.clone()) else { continue };
        if policies(&other) != own_policies {
            return Some(format!(
                "RRSet {} is chosen in another way than RRSet {}",
                label(spec),
                label(&other)
            ));
        }
        if spec.failover.is_some() && spec.failover == other.failover {
            return Some(format!("There is a failover record of that part already: {}", label(&other)));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole, edited};

    fn simple() -> Json {
        json!({"hosted_zone_id": "Z1", "name": "www.example.com", "type": "A", "ttl": 300,
            "resource_records": ["192.0.2.1"]})
    }

    fn alias() -> Json {
        json!({"hosted_zone_id": "Z1", "name": "api.example.com", "type": "A", "set_identifier": "a",
            "failover": "PRIMARY", "health_check_id": "h-1",
            "alias_target": {"hosted_zone_id": "Z1", "dns_name": "a.example.com", "evaluate_target_health": true}})
    }

    #[test]
    fn a_record_has_values_or_is_an_alias() {
        assert_whole::<RecordSet>(&simple());
        assert_rules::<RecordSet>(
            &simple(),
            &[
                (&[("/resource_records", json!(null))], "says nothing"),
                (&[("/ttl", json!(null))], "values need a `ttl`"),
                (&[("/resource_records", json!(["192.0.2.256"]))], "no IPv4 address"),
                (&[("/resource_records", json!([]))], "has 0 elements"),
                (&[("/resource_records", json!(["192.0.2.1", "192.0.2.1"]))], "twice"),
                (
                    &[("/type", json!("CNAME")), ("/resource_records", json!(["a.test", "b.test"]))],
                    "one value",
                ),
                (&[("/type", json!("ANY"))], "none of"),
                (&[("/name", json!("www.example.com."))], "ends with a dot"),
                (&[("/name", json!("*.example.com"))], ""),
                (&[("/ttl", json!(-1))], "0 to 2147483647"),
                (&[("/health_check_id", json!("h-1"))], "whatever its health"),
                (&[("/set_identifier", json!("a"))], "nothing says how"),
                (&[("/set_identifier", json!("a")), ("/weight", json!(0))], ""),
                (&[("/set_identifier", json!("a")), ("/weight", json!(256))], "0 to 255"),
                (&[("/weight", json!(1))], "needs a `set_identifier`"),
            ],
        );
    }

    #[test]
    fn an_alias_gives_its_targets_answer() {
        assert_whole::<RecordSet>(&alias());
        assert_rules::<RecordSet>(
            &alias(),
            &[
                (&[("/ttl", json!(60))], "an alias has no `ttl`"),
                (&[("/resource_records", json!(["192.0.2.1"]))], "an alias has no `resource_records`"),
                (&[("/alias_target/dns_name", json!("a.example.com."))], "ends with a dot"),
                (&[("/type", json!("NS"))], "no aliases of type NS"),
                (&[("/failover", json!(null)), ("/multi_value_answer", json!(true))], "several answers"),
                (&[("/weight", json!(1))], "in one way, not by `weight` and `failover`"),
                (
                    &[
                        ("/health_check_id", json!(null)),
                        ("/alias_target/evaluate_target_health", json!(false)),
                    ],
                    "nobody knows",
                ),
                (&[("/health_check_id", json!(null))], ""),
            ],
        );
    }

    #[test]
    fn places_are_places() {
        let base = edited(
            &simple(),
            &[("/set_identifier", json!("a")), ("/geo_location", json!({"country_code": "*"}))],
        );
        assert_rules::<RecordSet>(
            &base,
            &[
                (&[("/geo_location", json!({}))], "names no place"),
                (&[("/geo_location/continent_code", json!("EU"))], "not both"),
                (&[("/geo_location", json!({"continent_code": "XX"}))], "doesn't match"),
                (&[("/geo_location/subdivision_code", json!("CA"))], "only US and UA"),
                (&[("/geo_location", json!({"country_code": "US", "subdivision_code": "CA"}))], ""),
            ],
        );
        let near = edited(
            &simple(),
            &[
                ("/set_identifier", json!("a")),
                (
                    "/geo_proximity_location",
                    json!({"coordinates": {"latitude": "49.22", "longitude": "-74.01"}, "bias": -20}),
                ),
            ],
        );
        assert_rules::<RecordSet>(
            &near,
            &[
                (&[("/geo_proximity_location/aws_region", json!("eu-west-1"))], "is one of"),
                (&[("/geo_proximity_location/bias", json!(100))], "-99 to 99"),
                (&[("/geo_proximity_location/coordinates/latitude", json!("north"))], "doesn't match"),
            ],
        );
        let ranges = edited(
            &simple(),
            &[
                ("/set_identifier", json!("a")),
                (
                    "/cidr_routing_config",
                    json!({"collection_id": "c8c02a84-aaaa-bbbb-e0d2-d833a2f80106", "location_name": "*"}),
                ),
            ],
        );
        assert_rules::<RecordSet>(
            &ranges,
            &[(&[("/cidr_routing_config/collection_id", json!("x"))], "doesn't match")],
        );
    }

    fn sky() -> World {
        World::default().with("aws.route53.hosted_zone", "Z1", "global", json!({"name": "example.com"}))
    }

    #[test]
    fn names_lie_in_their_zone() {
        let at = |name: &str, kind: &str, value: &str| {
            edited(
                &simple(),
                &[("/name", json!(name)), ("/type", json!(kind)), ("/resource_records", json!([value]))],
            )
        };
        let sky = sky();
        assert!(sky.create::<RecordSet>(&simple()).is_ok());
        assert!(sky.create::<RecordSet>(&at("example.com", "A", "192.0.2.1")).is_ok());
        for (name, kind, value) in [
            ("www.example.org", "A", "192.0.2.1"),
            ("example.com", "CNAME", "www.example.org"),
            ("example.com", "NS", "ns.example.org"),
        ] {
            assert_eq!(
                sky.create::<RecordSet>(&at(name, kind, value)),
                Err("InvalidChangeBatch".into()),
                "{name} {kind}"
            );
        }
        assert_eq!(World::default().create::<RecordSet>(&simple()), Err("NoSuchHostedZone".into()));
    }

    #[test]
    fn aliases_of_the_same_zone_lead_to_its_names() {
        let to = |name: &str| edited(&alias(), &[("/alias_target/dns_name", json!(name))]);
        assert!(sky().create::<RecordSet>(&alias()).is_ok());
        assert_eq!(sky().create::<RecordSet>(&to("a.example.org")), Err("InvalidChangeBatch".into()));
        let elsewhere =
            edited(&to("d1.cloudfront.net"), &[("/alias_target/hosted_zone_id", json!("Z2FDTNDATAQYW2"))]);
        assert!(sky().create::<RecordSet>(&elsewhere).is_ok());
    }

    #[test]
    fn records_of_one_name_stand_beside_each_other() {
        let primary = alias();
        let sky = sky().with(RecordSet::TYPE, "Z1_api.example.com_A_a", "global", primary.clone());
        let other = |changes: &[(&str, Json)]| sky.create::<RecordSet>(&edited(&primary, changes)).err();
        let refused = Some("InvalidChangeBatch".to_owned());
        assert_eq!(other(&[("/set_identifier", json!("b")), ("/failover", json!("SECONDARY"))]), None);
        assert_eq!(other(&[("/failover", json!("SECONDARY"))]), refused, "the same set identifier");
        assert_eq!(other(&[("/set_identifier", json!("b"))]), refused, "two primaries");
        let weighted = [("/set_identifier", json!("b")), ("/failover", json!(null)), ("/weight", json!(1))];
        assert_eq!(other(&weighted), refused, "another way to choose");
        assert_eq!(other(&[("/type", json!("AAAA"))]), None);
        let cname = edited(
            &simple(),
            &[
                ("/name", json!("api.example.com")),
                ("/type", json!("CNAME")),
                ("/resource_records", json!(["a.test"])),
            ],
        );
        assert_eq!(sky.create::<RecordSet>(&cname).err(), refused, "a CNAME stands alone");
        assert!(sky.update::<RecordSet>("Z1_api.example.com_A_a", &primary).is_ok());
    }

    #[test]
    fn it_is_imported_by_zone_name_type_and_set() {
        for fine in
            ["Z1ABC_www.example.com_A", "Z1ABC__acme.example.com_TXT", "Z1ABC_a.example.com_A_eu_west"]
        {
            assert!(RecordSet::import_id(fine).is_ok(), "{fine}");
        }
        assert_eq!(
            parse_rest("_dmarc.example.com_TXT_a_b"),
            Some(("_dmarc.example.com", RecordType::Txt, Some("a_b")))
        );
        for wrong in
            ["www.example.com_A", "Z1ABC_www.example.com", "Z1ABC_www.example.com_ANY", "Z1ABC_a.com_A_"]
        {
            assert!(RecordSet::import_id(wrong).is_err(), "{wrong}");
        }
    }
}
