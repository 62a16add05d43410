//! What the repository's own environments cost a month, by the plan's own prices, and what that is made
//! of.

#[path = "workspace/known.rs"]
mod known;

use known::{each_environment, know_everything};
use ninefold::cost::Estimate;
use ninefold::graph::{Body, Evaluate as _};
use ninefold::kinds::Registry;
use ninefold::model::{Json, Value};
use ninefold::report::{Look, cost};
use ninefold::workspace::Environment;

/// What the wish allows production a month.
const MOST_USD: f64 = 5810.0;

/// The spec of the one resource of an address.
fn spec_of(environment: &Environment, address: &str) -> Json {
    let mut nodes = environment.graph.nodes().filter(|(_, node)| node.address.to_string() == address);
    let (index, _) = nodes.next().unwrap_or_else(|| panic!("{} has no {address}", environment.name));
    let value = environment.evaluate(index).unwrap_or_else(|faults| panic!("{faults:?}")).value;
    environment.kind(index).unwrap().spec().complete(&value)
}

#[test]
fn environments_cost_no_more_than_their_limits() {
    each_environment(|_, environment| {
        environment.validate().unwrap_or_else(|faults| panic!("{}: {faults:?}", environment.name));
        let registry = Registry::all();
        let estimate = Estimate::of(&environment.graph, &environment.order, environment, &registry).unwrap();
        println!("{}", cost::human(&environment.name, &estimate, Look::PLAIN));
        let without: Vec<String> = estimate.without_price().map(|line| line.address.to_string()).collect();
        assert!(without.is_empty(), "{}: no price is known of {without:?}", environment.name);
        let limit = spec_of(environment, "platform/cost.budget")["budget_limit"]["amount"].as_f64().unwrap();
        let usd = estimate.usd_per_month();
        assert!(limit <= MOST_USD && usd <= limit, "{} costs {usd} of {limit}", environment.name);
        assert!(estimate.usd_committed() < usd && estimate.usd_at_peak() >= usd, "{}", environment.name);
    });
}

/// Nodes are reckoned with as many as are desired, all of one size.
#[test]
fn nodes_are_spot_for_sixty_per_cent_of_vcpu_hours() {
    each_environment(|_, environment| {
        if &*environment.name != "production" {
            return;
        }
        let (mut spot, mut all) = (0, 0);
        know_everything(environment, |node, evaluated| {
            let (Body::Resource { kind, .. }, Ok(spec)) = (&node.body, evaluated) else { return };
            if &**kind != "aws.eks.node_group" {
                return;
            }
            let spec = spec.reveal().unwrap();
            let types = spec["instance_types"].as_array().unwrap();
            // An `xlarge` has four processors in every family.
            assert!(types.iter().all(|it| it.as_str().unwrap().ends_with(".xlarge")), "{}", node.address);
            let vcpus = 4 * spec["scaling_config"]["desired_size"].as_i64().unwrap();
            all += vcpus;
            if spec["capacity_type"] == "SPOT" {
                spot += vcpus;
            }
        });
        assert!(all > 0 && spot * 100 == all * 60, "{spot} of {all} processors are spot");
    });
}

/// The tags that costs are told apart by are on everything that can carry any.
#[test]
fn everything_carries_the_tags_that_costs_are_told_apart_by() {
    each_environment(|_, environment| {
        let mut without = Vec::new();
        let mut tagged = 0;
        for &index in &environment.order {
            let node = environment.graph.node(index);
            let evaluated = environment.evaluate(index);
            let Some(kind) = environment.kind(index).filter(|kind| kind.name().starts_with("aws.")) else {
                continue;
            };
            // Service-linked roles are the account's and cost nothing; what an object costs is its bucket's.
            let without_cost = ["aws.iam.service_linked_role", "aws.s3.object"].contains(&kind.name());
            if kind.spec().field("tags").is_none() || without_cost {
                continue;
            }
            let value = evaluated.unwrap_or_else(|faults| panic!("{}: {faults:?}", node.address)).value;
            let tag = |key: &str| value.get("tags")?.get(key).and_then(Value::as_str).map(str::to_owned);
            let owner = node.address.phase().unwrap_or_else(|| node.address.stack());
            tagged += 1;
            if tag("environment").as_deref() != Some(&*environment.name)
                || tag("phase").as_deref() != Some(owner)
            {
                without.push(node.address.to_string());
            }
        }
        assert!(tagged > 50 && without.is_empty(), "{}: {without:#?}", environment.name);
    });
}
