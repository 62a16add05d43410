//! Who hears of a budget, and when.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::Finding;
use crate::kinds::aws::arn::Arn;
use crate::model::FieldPath;

/// A notification and those who get it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NotificationWithSubscribers {
    /// When they hear of it.
    pub notification: Notification,
    /// Who hears of it: one topic and ten addresses at most.
    #[schemars(length(min = 1, max = 11), extend("x-collection" = "list(subscription_type,address)"))]
    pub subscribers: Vec<Subscriber>,
}

/// When somebody hears of a budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Notification {
    /// Of what has been spent, or of what is expected to be.
    pub notification_type: NotificationType,
    /// How that is compared with the threshold.
    pub comparison_operator: ComparisonOperator,
    /// The threshold itself.
    #[schemars(range(min = 0.0, max = 15_000_000_000_000.0))]
    pub threshold: f64,
    /// Whether it is a share of the limit or an amount.
    #[schemars(extend("default" = "PERCENTAGE"))]
    pub threshold_type: Option<ThresholdType>,
}

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NotificationType {
    Actual,
    Forecasted,
}

/// How spending is compared with a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ComparisonOperator {
    GreaterThan,
    LessThan,
    EqualTo,
}

/// What a threshold is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ThresholdType {
    Percentage,
    AbsoluteValue,
}

/// Somebody who hears of a budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Subscriber {
    /// How.
    pub subscription_type: SubscriptionType,
    /// The ARN of the topic, or the mail address.
    #[schemars(length(min = 1, max = 2048))]
    pub address: String,
}

/// How somebody hears of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubscriptionType {
    Sns,
    Email,
}

/// <https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_NotificationWithSubscribers.html>
const MOST_TOPICS: usize = 1;
const MOST_MAIL_ADDRESSES: usize = 10;

/// What is wrong with the notifications at a path.
pub(super) fn findings(path: &FieldPath, notifications: &[NotificationWithSubscribers]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, one) in notifications.iter().enumerate() {
        let path = path.index(index).key("subscribers");
        for (kind, most, what) in [
            (SubscriptionType::Sns, MOST_TOPICS, "topic"),
            (SubscriptionType::Email, MOST_MAIL_ADDRESSES, "mail addresses"),
        ] {
            let count = one.subscribers.iter().filter(|one| one.subscription_type == kind).count();
            if count > most {
                findings.push(Finding::at(
                    path.clone(),
                    format!("`{path}` has {count} of type {kind:?}, where at most {most} {what} can be"),
                ));
            }
        }
        for (index, subscriber) in one.subscribers.iter().enumerate() {
            findings.extend(address(&path.index(index).key("address"), subscriber));
        }
    }
    findings
}

fn address(path: &FieldPath, subscriber: &Subscriber) -> Option<Finding> {
    let text = &subscriber.address;
    let (fits, example) = match subscriber.subscription_type {
        SubscriptionType::Sns => (
            Arn::of_service(text, "sns").is_some(),
            "the ARN of a topic, such as arn:aws:sns:us-east-1:…:costs",
        ),
        SubscriptionType::Email => (
            text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
                && !text.contains(char::is_whitespace),
            "a mail address",
        ),
    };
    (!fits).then(|| Finding::at(path.clone(), format!("`{path}` is {text:?}, where {example} is needed")))
}
