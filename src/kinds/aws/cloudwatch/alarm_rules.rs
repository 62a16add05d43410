//! What goes together in an alarm: a metric, several or a query, and a threshold or a band.

use super::alarm::{ComparisonOperator, EvaluationWindow, Spec, TreatMissingData};
use super::metric::MetricDataQuery;
use crate::kinds::Finding;
use crate::kinds::aws::{arn, tags};

const DAY_SECONDS: i64 = 86_400;
const HOUR_SECONDS: i64 = 3_600;

pub(super) fn findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = tags::findings(spec.tags.as_ref());
    for (field, actions) in [
        ("alarm_actions", &spec.alarm_actions),
        ("ok_actions", &spec.ok_actions),
        ("insufficient_data_actions", &spec.insufficient_data_actions),
    ] {
        for action in actions.iter().flatten() {
            if arn::Arn::parse(action).is_none() {
                findings.push(
                    Finding::on(field, format!("{action:?} is no Amazon resource name"))
                        .help("such as arn:aws:sns:us-east-1:123456789012:pages"),
                );
            }
        }
    }
    match (&spec.metric_name, &spec.metrics, &spec.evaluation_criteria) {
        (Some(_), None, None) => findings.extend(of_one_metric(spec)),
        (None, Some(metrics), None) => findings.extend(of_several(spec, metrics)),
        (None, None, Some(_)) => findings.extend(of_query(spec)),
        (None, None, None) => findings.push(
            Finding::on("metric_name", "nothing is watched")
                .and("metrics")
                .and("evaluation_criteria")
                .help("add one of `metric_name`, `metrics`, `evaluation_criteria`"),
        ),
        _ => findings.push(
            Finding::on(
                "metric_name",
                "an alarm watches one of `metric_name`, `metrics`, `evaluation_criteria`",
            )
            .and("metrics")
            .and("evaluation_criteria"),
        ),
    }
    if spec.evaluation_criteria.is_none() {
        findings.extend(threshold(spec));
        findings.extend(time(spec));
        if spec.evaluation_interval.is_some() {
            findings.push(
                Finding::on("evaluation_interval", "only a query is evaluated at an interval of its own")
                    .and("evaluation_criteria")
                    .help("metrics are judged by `period`"),
            );
        }
    }
    if let Some(EvaluationWindow { wall_clock_window, sliding_window }) = &spec.evaluation_window
        && wall_clock_window.is_some() == sliding_window.is_some()
    {
        findings.push(Finding::on(
            "evaluation_window",
            "a window has one of `wall_clock_window`, `sliding_window`",
        ));
    }
    if let Some(propagation) =
        spec.action_configuration.as_ref().and_then(|config| config.alarm_tags_propagation.as_ref())
        && propagation.included_tag_keys.is_some()
        && propagation.excluded_tag_keys.is_some()
    {
        findings.push(Finding::on(
            "action_configuration.alarm_tags_propagation",
            "tags are included or excluded, not both",
        ));
    }
    findings
}

/// The fields of one metric that are set.
fn metric_fields(spec: &Spec) -> impl Iterator<Item = &'static str> {
    [
        ("namespace", spec.namespace.is_some()),
        ("dimensions", spec.dimensions.is_some()),
        ("period", spec.period.is_some()),
        ("unit", spec.unit.is_some()),
        ("statistic", spec.statistic.is_some()),
        ("extended_statistic", spec.extended_statistic.is_some()),
    ]
    .into_iter()
    .filter_map(|(field, is_set)| is_set.then_some(field))
}

fn of_one_metric(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (field, is_set) in [("namespace", spec.namespace.is_some()), ("period", spec.period.is_some())] {
        if !is_set {
            findings.push(Finding::on(field, format!("a metric needs `{field}`")).and("metric_name"));
        }
    }
    if spec.statistic.is_some() == spec.extended_statistic.is_some() {
        findings.push(
            Finding::on("statistic", "a metric has one of `statistic`, `extended_statistic`")
                .and("extended_statistic"),
        );
    }
    if let Some(text) = &spec.extended_statistic
        && !is_extended(text)
    {
        findings.push(
            Finding::on("extended_statistic", format!("`{text}` is no statistic"))
                .help("such as p99, tm90, IQM or TM(10%:90%)"),
        );
    }
    if spec.evaluate_low_sample_count_percentile.is_some() && spec.extended_statistic.is_none() {
        findings.push(
            Finding::on(
                "evaluate_low_sample_count_percentile",
                "only percentiles mean nothing of few samples",
            )
            .and("extended_statistic"),
        );
    }
    findings.extend(spec.period.and_then(|period| odd_period("period", period)));
    findings
}

fn of_several(spec: &Spec, metrics: &[MetricDataQuery]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = metric_fields(spec)
        .map(|field| {
            Finding::on(field, format!("`{field}` belongs into the elements of `metrics`")).and("metrics")
        })
        .collect();
    let mut watched = 0;
    for (position, metric) in metrics.iter().enumerate() {
        let path = format!("metrics[{position}]");
        if metric.metric_stat.is_some() == metric.expression.is_some() {
            findings
                .push(Finding::on(&path, format!("`{}` has one of `metric_stat`, `expression`", metric.id)));
        }
        if let Some(stat) = &metric.metric_stat {
            findings.extend(odd_period(&format!("{path}.metric_stat.period"), stat.period));
        }
        let is_band = spec.threshold_metric_id.as_deref() == Some(metric.id.as_str());
        if metric.return_data != Some(false) && !is_band {
            watched += 1;
        }
    }
    if watched != 1 {
        findings.push(
            Finding::on("metrics", format!("{watched} of the metrics are watched, and one should be"))
                .help("say `return_data: false` of all others"),
        );
    }
    let ids: Vec<&str> = metrics.iter().map(|metric| metric.id.as_str()).collect();
    if let Some(id) = &spec.threshold_metric_id {
        let band = metrics.iter().find(|metric| metric.id == *id);
        let is_band = band
            .and_then(|metric| metric.expression.as_deref())
            .is_some_and(|expression| expression.contains("ANOMALY_DETECTION_BAND("));
        if band.is_none() {
            findings.push(
                Finding::on("threshold_metric_id", format!("`{id}` is none of the metrics"))
                    .and("metrics")
                    .help(format!("they are {}", ids.join(", "))),
            );
        } else if !is_band {
            findings.push(
                Finding::on("threshold_metric_id", format!("`{id}` is no band"))
                    .and("metrics")
                    .help("its expression should be ANOMALY_DETECTION_BAND(…)"),
            );
        }
    }
    findings
}

fn of_query(spec: &Spec) -> Vec<Finding> {
    let others = [
        ("threshold", spec.threshold.is_some()),
        ("threshold_metric_id", spec.threshold_metric_id.is_some()),
        ("comparison_operator", spec.comparison_operator.is_some()),
        ("evaluation_periods", spec.evaluation_periods.is_some()),
        ("datapoints_to_alarm", spec.datapoints_to_alarm.is_some()),
        ("evaluation_window", spec.evaluation_window.is_some()),
        (
            "treat_missing_data",
            spec.treat_missing_data.is_some_and(|treatment| treatment != TreatMissingData::Missing),
        ),
    ];
    let mut findings: Vec<Finding> = metric_fields(spec)
        .chain(others.into_iter().filter_map(|(field, is_set)| is_set.then_some(field)))
        .map(|field| {
            Finding::on(field, format!("a query says itself what `{field}` would"))
                .and("evaluation_criteria")
                .help("leave it out")
        })
        .collect();
    match spec.evaluation_interval {
        None => findings.push(
            Finding::on("evaluation_interval", "a query needs an `evaluation_interval`")
                .and("evaluation_criteria"),
        ),
        Some(interval) => findings.extend(odd_period("evaluation_interval", interval)),
    }
    findings
}

/// What is wrong with what a figure is compared with.
fn threshold(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_of_band = spec.comparison_operator.map(|operator| {
        matches!(
            operator,
            ComparisonOperator::LessThanLowerOrGreaterThanUpperThreshold
                | ComparisonOperator::LessThanLowerThreshold
                | ComparisonOperator::GreaterThanUpperThreshold
        )
    });
    for (field, is_set) in [
        ("comparison_operator", spec.comparison_operator.is_some()),
        ("evaluation_periods", spec.evaluation_periods.is_some()),
    ] {
        if !is_set {
            findings.push(Finding::on(field, format!("`{field}` is missing")));
        }
    }
    match (spec.threshold.is_some(), spec.threshold_metric_id.is_some(), is_of_band) {
        (true, true, _) | (false, false, _) => findings.push(
            Finding::on("threshold", "an alarm compares with one of `threshold`, `threshold_metric_id`")
                .and("threshold_metric_id"),
        ),
        (true, false, Some(true)) => findings.push(
            Finding::on("comparison_operator", "it compares with a band, and there is a threshold")
                .and("threshold"),
        ),
        (false, true, Some(false)) => findings.push(
            Finding::on("comparison_operator", "it compares with a threshold, and there is a band")
                .and("threshold_metric_id")
                .help("such as GreaterThanUpperThreshold"),
        ),
        _ => {}
    }
    findings
}

/// What is wrong with how long is judged.
fn time(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    let periods = spec.evaluation_periods.unwrap_or(1);
    if spec.datapoints_to_alarm.is_some_and(|points| points > periods) {
        findings.push(
            Finding::on("datapoints_to_alarm", format!("there are only {periods} periods"))
                .and("evaluation_periods"),
        );
    }
    if let Some(period) = spec.period {
        let most = if period < HOUR_SECONDS { DAY_SECONDS } else { 7 * DAY_SECONDS };
        if period.saturating_mul(periods) > most {
            let whole = if most == DAY_SECONDS { "a day" } else { "seven days" };
            findings.push(
                Finding::on("evaluation_periods", format!("together the periods are longer than {whole}"))
                    .and("period"),
            );
        }
    }
    findings
}

fn odd_period(field: &str, seconds: i64) -> Option<Finding> {
    let is_allowed = matches!(seconds, 10 | 20 | 30) || (seconds > 0 && seconds % 60 == 0);
    (!is_allowed).then(|| {
        Finding::on(field, format!("{seconds} seconds are none of 10, 20, 30 and the multiples of 60"))
    })
}

/// Whether a text is a statistic such as `p99`, `tm90`, `IQM`, `PR(0:100)` or `TM(10%:90%)`.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html>
fn is_extended(text: &str) -> bool {
    let is_number = |text: &str| text.parse::<f64>().is_ok_and(f64::is_finite);
    let is_share = |text: &str| text.parse::<f64>().is_ok_and(|share| (0.0..=100.0).contains(&share));
    if text == "IQM" {
        return true;
    }
    if let Some((name, rest)) = text.split_once('(') {
        let Some((low, high)) = rest.strip_suffix(')').and_then(|range| range.split_once(':')) else {
            return false;
        };
        let is_edge = |edge: &str| match edge.strip_suffix('%') {
            Some(share) => name != "PR" && is_share(share),
            None => edge.is_empty() || is_number(edge),
        };
        let has_edge = !(low.is_empty() && high.is_empty());
        return ["PR", "TC", "TM", "TS", "WM"].contains(&name) && has_edge && is_edge(low) && is_edge(high);
    }
    ["tm", "tc", "ts", "wm", "p"].into_iter().any(|name| text.strip_prefix(name).is_some_and(is_share))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::alarm::Alarm;
    use crate::kinds::Kind;
    use crate::kinds::testing::{World, assert_rules};

    fn lag() -> Json {
        json!({
            "alarm_name": "replica-lag", "namespace": "AWS/RDS", "metric_name": "AuroraGlobalDBRPOLag",
            "dimensions": [{ "name": "DBClusterIdentifier", "value": "platform" }],
            "statistic": "Maximum", "period": 60, "evaluation_periods": 5, "datapoints_to_alarm": 3,
            "threshold": 300_000.0, "comparison_operator": "GreaterThanThreshold",
        })
    }

    fn math() -> Json {
        let metric = |id: &str, name: &str| {
            json!({ "id": id, "return_data": false, "metric_stat": {
                "metric": { "namespace": "AWS/ApplicationELB", "metric_name": name },
                "period": 60, "stat": "Sum",
            } })
        };
        json!({
            "alarm_name": "errors", "evaluation_periods": 5, "threshold": 0.1,
            "comparison_operator": "GreaterThanThreshold",
            "metrics": [metric("errors", "HTTPCode_Target_5XX_Count"), metric("requests", "RequestCount"),
                { "id": "share", "expression": "100 * errors / requests" }],
        })
    }

    fn band() -> Json {
        json!({
            "alarm_name": "unusual", "evaluation_periods": 3, "threshold_metric_id": "band",
            "comparison_operator": "GreaterThanUpperThreshold",
            "metrics": [
                { "id": "cost", "metric_stat": {
                    "metric": { "namespace": "AWS/Billing", "metric_name": "EstimatedCharges" },
                    "period": 21600, "stat": "Maximum" } },
                { "id": "band", "expression": "ANOMALY_DETECTION_BAND(cost, 2)" },
            ],
        })
    }

    #[test]
    fn one_metric_is_watched_by_a_threshold() {
        assert_rules::<Alarm>(
            &lag(),
            &[
                (&[("/metric_name", Json::Null)], "nothing is watched"),
                (&[("/namespace", Json::Null)], "needs `namespace`"),
                (&[("/statistic", Json::Null)], "one of `statistic`"),
                (&[("/extended_statistic", json!("p99"))], "one of `statistic`"),
                (&[("/statistic", Json::Null), ("/extended_statistic", json!("p99"))], ""),
                (&[("/statistic", Json::Null), ("/extended_statistic", json!("TM(10%:90%)"))], ""),
                (&[("/statistic", Json::Null), ("/extended_statistic", json!("p101"))], "no statistic"),
                (&[("/statistic", Json::Null), ("/extended_statistic", json!("PR(1%:2%)"))], "no statistic"),
                (&[("/period", json!(45))], "none of 10, 20, 30"),
                (&[("/evaluation_periods", json!(2000))], "longer than a day"),
                (&[("/datapoints_to_alarm", json!(6))], "only 5 periods"),
                (&[("/threshold", Json::Null)], "one of `threshold`"),
                (&[("/comparison_operator", json!("GreaterThanUpperThreshold"))], "there is a threshold"),
                (&[("/comparison_operator", Json::Null)], "`comparison_operator` is missing"),
                (&[("/evaluation_interval", json!(60))], "judged by `period`"),
                (&[("/evaluate_low_sample_count_percentile", json!("ignore"))], "only percentiles"),
                (&[("/treat_missing_data", json!("breaching"))], ""),
                (&[("/treat_missing_data", json!("bad"))], "none of"),
                (&[("/alarm_actions", json!(["pages"]))], "no Amazon resource name"),
                (&[("/evaluation_window", json!({}))], "a window has one of"),
                (&[("/evaluation_window", json!({ "sliding_window": {} }))], ""),
            ],
        );
    }

    #[test]
    fn of_several_metrics_one_is_watched() {
        assert_rules::<Alarm>(
            &math(),
            &[
                (&[("/period", json!(60))], "belongs into the elements of `metrics`"),
                (&[("/metrics/0/return_data", json!(true))], "2 of the metrics are watched"),
                (&[("/metrics/2/return_data", json!(false))], "0 of the metrics are watched"),
                (&[("/metrics/2/expression", Json::Null)], "one of `metric_stat`, `expression`"),
                (&[("/metrics/0/metric_stat/period", json!(7))], "none of 10, 20, 30"),
                (&[("/metrics/0/id", json!("Errors"))], "doesn't match"),
                (
                    &[("/threshold", Json::Null), ("/threshold_metric_id", json!("band"))],
                    "none of the metrics",
                ),
            ],
        );
    }

    #[test]
    fn a_band_is_what_is_usual() {
        assert_rules::<Alarm>(
            &band(),
            &[
                (&[("/comparison_operator", json!("GreaterThanThreshold"))], "there is a band"),
                (&[("/threshold", json!(1.0))], "one of `threshold`"),
                (&[("/metrics/1/expression", json!("cost * 2"))], "no band"),
                (&[("/threshold_metric_id", json!("bnad"))], "they are cost, band"),
            ],
        );
    }

    #[test]
    fn a_query_says_everything_itself() {
        let query = json!({
            "alarm_name": "down", "evaluation_interval": 60,
            "evaluation_criteria": { "promql_criteria": { "query": "up == 0", "pending_period": 300 } },
        });
        assert_rules::<Alarm>(
            &query,
            &[
                (&[("/threshold", json!(1.0))], "a query says itself"),
                (&[("/evaluation_interval", Json::Null)], "needs an `evaluation_interval`"),
                (&[("/evaluation_interval", json!(45))], "none of 10, 20, 30"),
                (&[("/metric_name", json!("up"))], "an alarm watches one of"),
            ],
        );
    }

    #[test]
    fn a_name_is_taken_once_in_a_region() {
        let elsewhere = World::default().with(Alarm::TYPE, "replica-lag", "eu-west-1", lag());
        assert!(elsewhere.create::<Alarm>(&lag()).is_ok());
        let here = elsewhere.with(Alarm::TYPE, "replica-lag", "us-east-1", lag());
        assert_eq!(here.create::<Alarm>(&lag()), Err("ResourceAlreadyExists".into()));
    }

    #[test]
    fn each_metric_costs() {
        let cents = |spec: Json| {
            let spec = serde_json::from_value(spec).unwrap();
            (Alarm::profile(&spec).usd_per_month() * 100.0).round()
        };
        assert!((cents(lag()) - 10.0).abs() < 0.5);
        assert!((cents(math()) - 20.0).abs() < 0.5);
        assert!((cents(band()) - 30.0).abs() < 0.5);
        let mut fast = lag();
        fast["period"] = json!(10);
        assert!((cents(fast) - 30.0).abs() < 0.5);
    }

    #[test]
    fn it_is_imported_by_name() {
        assert!(Alarm::import_id("replica lag").is_ok());
        assert!(Alarm::import_id("").is_err());
        assert!(Alarm::import_id("a\nb").is_err());
    }
}
