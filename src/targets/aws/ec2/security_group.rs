//! The calls of `aws.ec2.security_group`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{ResourceType, SecurityGroup as Described};

use super::security_group_rule::{Direction, Standing, is_same, permission, replacement};
use super::tags;
use crate::kinds::aws::ec2::security_group::{Observed, SecurityGroup, Spec};
use crate::kinds::aws::ec2::security_group_rule::Rule;
use crate::kinds::{
    Answer, CallError, Created, Effect, ErrorKind, Filter, Goal, Intent, Presence, Scope, Settling,
};
use crate::model::PhysicalId;
use crate::targets::aws::clients::{Clients, region};
use crate::targets::aws::error::call_error;
use crate::targets::aws::marks;
use crate::targets::aws::words::given;
use crate::targets::calls::{Calls, Update};

/// How many groups are asked for at once: a filter takes 200 values.
const GROUPS_A_CALL: usize = 200;

/// The calls, with the clients of an account.
pub struct SecurityGroups {
    clients: Arc<Clients>,
}

impl SecurityGroups {
    #[must_use]
    pub fn new(clients: Arc<Clients>) -> Self {
        Self { clients }
    }
}

#[async_trait]
impl Calls<SecurityGroup> for SecurityGroups {
    async fn find(&self, intent: &Intent, _spec: &Spec) -> Answer<Presence> {
        let client = self.clients.ec2(&intent.scope)?;
        let ids = tagged(&client, marks::OPERATION, intent.operation.as_str()).await?;
        Ok(if ids.is_empty() { Presence::Absent } else { Presence::Found(ids) })
    }

    async fn read_many(&self, scope: &Scope, ids: &[PhysicalId]) -> Vec<Answer<Option<Observed>>> {
        let mut answers = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(GROUPS_A_CALL) {
            match self.read_chunk(scope, chunk).await {
                Ok(mut found) => answers.extend(chunk.iter().map(|id| Ok(found.remove(id.as_str())))),
                Err(error) => answers.extend(chunk.iter().map(|_| Err(error.clone()))),
            }
        }
        answers
    }

    async fn list(&self, scope: &Scope, filter: &Filter) -> Answer<Vec<PhysicalId>> {
        let Filter::Environment(environment) = filter;
        tagged(&self.clients.ec2(scope)?, marks::ENVIRONMENT, environment).await
    }

    async fn create(&self, intent: &Intent, spec: &Spec) -> Answer<Created> {
        let client = self.clients.ec2(&intent.scope)?;
        let answer = client
            .create_security_group()
            .group_name(&spec.group_name)
            .description(&spec.description)
            .vpc_id(&spec.vpc_id)
            .tag_specifications(tags::specification(ResourceType::SecurityGroup, intent, spec.tags.as_ref()))
            .send()
            .await
            .map_err(call_error("CreateSecurityGroup"));
        let id = match answer {
            Ok(output) => given("groupId", output.group_id)?,
            // The name may be taken by this very operation, when its first answer was lost.
            Err(error) if error.kind == ErrorKind::AlreadyExists => {
                let ours = tagged(&client, marks::OPERATION, intent.operation.as_str()).await?;
                ours.first().map(|id| id.as_str().to_owned()).ok_or(error)?
            }
            Err(error) => return Err(error),
        };
        // The group is there by now, whatever happens to its rules: who asks again will find it.
        self.fill(&client, &id, spec)
            .await
            .map_err(|error| CallError { effect: Effect::Unknown, ..error })?;
        Ok(Created { id: PhysicalId::new(id) })
    }

    async fn update(
        &self,
        intent: &Intent,
        id: &PhysicalId,
        update: Update<'_, SecurityGroup>,
    ) -> Answer<()> {
        let client = self.clients.ec2(&intent.scope)?;
        let (from, to) = (&update.observed.spec, update.spec);
        let directions = [
            ("ingress", Direction::Ingress, &from.ingress, &to.ingress),
            ("egress", Direction::Egress, &from.egress, &to.egress),
        ];
        if update.touches("ingress") || update.touches("egress") {
            let standing = rules(&client, std::slice::from_ref(id)).await?;
            for (field, direction, from, to) in directions {
                if update.touches(field) {
                    let standing: Vec<&Standing> =
                        standing.iter().filter(|rule| rule.direction == direction).collect();
                    // What somebody added since it was read is in no plan: the next one shows it.
                    let known = from.as_deref().unwrap_or_default();
                    let removable = |rule: &Rule| known.iter().any(|known| is_same(known, rule));
                    let wanted = to.as_deref().unwrap_or_default();
                    reconcile(&client, id.as_str(), direction, &standing, wanted, removable).await?;
                }
            }
        }
        if update.touches("tags") {
            tags::update(&client, id.as_str(), from.tags.as_ref(), to.tags.as_ref()).await?;
        }
        Ok(())
    }

    async fn delete(&self, intent: &Intent, id: &PhysicalId, _recorded: &Spec) -> Answer<()> {
        let client = self.clients.ec2(&intent.scope)?;
        let answer = client.delete_security_group().group_id(id.as_str()).send().await;
        match answer.map_err(call_error("DeleteSecurityGroup")) {
            Err(error) if error.kind != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    async fn settle(&self, scope: &Scope, id: &PhysicalId, goal: Goal) -> Answer<Settling> {
        let there = !describe(&self.clients.ec2(scope)?, std::slice::from_ref(id)).await?.is_empty();
        Ok(match (goal, there) {
            (Goal::Ready, true) | (Goal::Gone, false) => Settling::Done,
            (Goal::Ready, false) => waiting("not visible yet"),
            (Goal::Gone, true) => waiting("still visible"),
        })
    }

    async fn mark(&self, intent: &Intent, id: &PhysicalId) -> Answer<()> {
        tags::mark(&self.clients.ec2(&intent.scope)?, intent, id.as_str()).await
    }
}

impl SecurityGroups {
    /// The groups of a chunk that are there, by id.
    async fn read_chunk(&self, scope: &Scope, ids: &[PhysicalId]) -> Answer<BTreeMap<String, Observed>> {
        let (client, region) = (self.clients.ec2(scope)?, region(scope)?);
        let groups = describe(&client, ids).await?;
        let rules = rules(&client, ids).await?;
        groups
            .iter()
            .map(|group| {
                let observed = observe(region, group, &rules)?;
                Ok((observed.id.clone(), observed))
            })
            .collect()
    }

    /// Gives a new group its rules, and takes away the one that EC2 gives it, which lets everything
    /// out.
    async fn fill(&self, client: &Client, id: &str, spec: &Spec) -> Answer<()> {
        let standing = rules(client, &[PhysicalId::new(id)]).await?;
        for (direction, wanted) in [(Direction::Ingress, &spec.ingress), (Direction::Egress, &spec.egress)] {
            let standing: Vec<&Standing> =
                standing.iter().filter(|rule| rule.direction == direction).collect();
            let wanted = wanted.as_deref().unwrap_or_default();
            reconcile(client, id, direction, &standing, wanted, |_| true).await?;
        }
        Ok(())
    }
}

fn waiting(status: &str) -> Settling {
    Settling::Waiting { status: status.to_owned(), ask_again: Duration::from_secs(2) }
}

/// The ids of the groups with a tag of that value.
async fn tagged(client: &Client, key: &str, value: &str) -> Answer<Vec<PhysicalId>> {
    let groups = client
        .describe_security_groups()
        .filters(filter(&format!("tag:{key}"), [value]))
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .map_err(call_error("DescribeSecurityGroups"))?;
    groups.into_iter().map(|group| given("groupId", group.group_id).map(PhysicalId::new)).collect()
}

/// The groups of these ids that are there: a filter, because naming an id that isn't there is an
/// error for all of them.
async fn describe(client: &Client, ids: &[PhysicalId]) -> Answer<Vec<Described>> {
    let mut groups = client
        .describe_security_groups()
        .filters(filter("group-id", ids.iter().map(PhysicalId::as_str)))
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .map_err(call_error("DescribeSecurityGroups"))?;
    // Not every service that speaks EC2's language knows the filter.
    groups.retain(|group| ids.iter().any(|id| group.group_id() == Some(id.as_str())));
    Ok(groups)
}

/// The rules of the groups of these ids.
async fn rules(client: &Client, ids: &[PhysicalId]) -> Answer<Vec<Standing>> {
    let rules = client
        .describe_security_group_rules()
        .filters(filter("group-id", ids.iter().map(PhysicalId::as_str)))
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .map_err(call_error("DescribeSecurityGroupRules"))?;
    rules.iter().map(Standing::read).collect()
}

fn filter<'a>(name: &str, values: impl IntoIterator<Item = &'a str>) -> aws_sdk_ec2::types::Filter {
    let values = values.into_iter().map(str::to_owned).collect();
    aws_sdk_ec2::types::Filter::builder().name(name).set_values(Some(values)).build()
}

fn observe(region: &str, group: &Described, rules: &[Standing]) -> Answer<Observed> {
    let id = given("groupId", group.group_id())?;
    let owner_id = given("ownerId", group.owner_id())?;
    let of = |direction| {
        let rules: Vec<Rule> = rules
            .iter()
            .filter(|rule| rule.group_id == id && rule.direction == direction)
            .map(|rule| rule.rule.clone())
            .collect();
        (!rules.is_empty()).then_some(rules)
    };
    Ok(Observed {
        spec: Spec {
            group_name: given("groupName", group.group_name())?.to_owned(),
            description: given("groupDescription", group.description())?.to_owned(),
            vpc_id: given("vpcId", group.vpc_id())?.to_owned(),
            ingress: of(Direction::Ingress),
            egress: of(Direction::Egress),
            tags: tags::unmarked(group.tags()),
        },
        id: id.to_owned(),
        arn: group
            .security_group_arn()
            .map_or_else(|| format!("arn:aws:ec2:{region}:{owner_id}:security-group/{id}"), str::to_owned),
        owner_id: owner_id.to_owned(),
    })
}

/// Turns the rules of one direction into the wanted ones. What is new comes before what goes, so
/// that traffic which both allow is never cut off.
async fn reconcile(
    client: &Client,
    id: &str,
    direction: Direction,
    standing: &[&Standing],
    wanted: &[Rule],
    removable: impl Fn(&Rule) -> bool,
) -> Answer<()> {
    let missing = wanted.iter().filter(|rule| !standing.iter().any(|there| is_same(&there.rule, rule)));
    let permissions: Vec<_> = missing.map(|rule| permission(id, rule)).collect();
    if !permissions.is_empty() {
        authorize(client, id, direction, permissions).await?;
    }
    let renamed: Vec<_> = standing
        .iter()
        .filter_map(|there| {
            let rule = wanted.iter().find(|rule| is_same(&there.rule, rule))?;
            (rule.description != there.rule.description).then(|| replacement(id, &there.id, rule))
        })
        .collect();
    if !renamed.is_empty() {
        let call = client.modify_security_group_rules().group_id(id).set_security_group_rules(Some(renamed));
        call.send().await.map_err(call_error("ModifySecurityGroupRules"))?;
    }
    let superfluous: Vec<String> = standing
        .iter()
        .filter(|there| !wanted.iter().any(|rule| is_same(&there.rule, rule)) && removable(&there.rule))
        .map(|there| there.id.clone())
        .collect();
    if !superfluous.is_empty() {
        revoke(client, id, direction, superfluous).await?;
    }
    Ok(())
}

async fn authorize(
    client: &Client,
    id: &str,
    direction: Direction,
    permissions: Vec<aws_sdk_ec2::types::IpPermission>,
) -> Answer<()> {
    match direction {
        Direction::Ingress => client
            .authorize_security_group_ingress()
            .group_id(id)
            .set_ip_permissions(Some(permissions))
            .send()
            .await
            .map(|_| ())
            .map_err(call_error("AuthorizeSecurityGroupIngress")),
        Direction::Egress => client
            .authorize_security_group_egress()
            .group_id(id)
            .set_ip_permissions(Some(permissions))
            .send()
            .await
            .map(|_| ())
            .map_err(call_error("AuthorizeSecurityGroupEgress")),
    }
}

async fn revoke(client: &Client, id: &str, direction: Direction, rule_ids: Vec<String>) -> Answer<()> {
    let answer = match direction {
        Direction::Ingress => client
            .revoke_security_group_ingress()
            .group_id(id)
            .set_security_group_rule_ids(Some(rule_ids))
            .send()
            .await
            .map(|_| ())
            .map_err(call_error("RevokeSecurityGroupIngress")),
        Direction::Egress => client
            .revoke_security_group_egress()
            .group_id(id)
            .set_security_group_rule_ids(Some(rule_ids))
            .send()
            .await
            .map(|_| ())
            .map_err(call_error("RevokeSecurityGroupEgress")),
    };
    match answer {
        // Somebody else was faster.
        Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
