//! What an environment gives: `env` as expressions see it, and the values of settings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock, RwLock};

use super::declaration::Declarations;
use super::evaluate;
use super::files::{EnvironmentFile, Files, Stack};
use super::scope::{Container, Scope, Shared, Templates};
use super::settings::{Given, Setting};
use super::template::Template;
use crate::model::{Diagnostic, Diagnostics, FieldPath, Location, Unknown, Value};

pub(super) fn plain(template: &Template, what: &str, diagnostics: &mut Diagnostics) -> Option<Value> {
    let value = evaluate::plain(template);
    if value.is_none() {
        diagnostics.push(
            Diagnostic::error(format!("`{what}` can't hold expressions")).at(template.at, "in this value"),
        );
    }
    value
}

/// How the reads of a setting start that has no value, which has been reported.
pub(super) const UNSET: &str = "settings.";

/// `env`, as expressions see it.
pub(super) fn environment_value(file: &EnvironmentFile, diagnostics: &mut Diagnostics) -> Value {
    let mut map: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    map.insert("name".into(), Value::String(file.name.text.clone()));
    if let Some((target, at)) = &file.target {
        if !["sandbox", "aws"].contains(&&**target) {
            diagnostics.push(
                Diagnostic::error(format!("there is no target `{target}`"))
                    .at(*at, "unknown target")
                    .help("targets are sandbox and aws"),
            );
        }
        map.insert("target".into(), Value::String(target.clone()));
    }
    if let Some((account, at)) = &file.account {
        if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
            diagnostics.push(
                Diagnostic::error(format!("`{account}` is no AWS account"))
                    .at(*at, "twelve digits, in quotes"),
            );
        }
        map.insert("account".into(), Value::String(account.clone()));
    }
    let regions = file.regions.as_ref().and_then(|template| {
        let value = plain(template, "regions", diagnostics)?;
        for (key, region) in value.as_map().into_iter().flatten() {
            if region.get("name").and_then(Value::as_str).is_none() {
                diagnostics.push(
                    Diagnostic::error(format!("the region `{key}` has no `name`"))
                        .at(template.locate(&FieldPath::root().key(key)), "this region")
                        .help("write it as { name: us-east-1, … }"),
                );
            }
        }
        Some(value)
    });
    map.insert("regions".into(), regions.unwrap_or(Value::EMPTY_MAP));
    Value::Map(map)
}

pub(super) fn regions(environment: &Value) -> BTreeSet<Arc<str>> {
    let regions = environment.get("regions").and_then(Value::as_map);
    let names = regions.into_iter().flat_map(BTreeMap::values).filter_map(|region| region.get("name"));
    names.filter_map(Value::as_str).map(Into::into).collect()
}

/// The settings of a container: what the stack refines, else what the environment gives, else the
/// default.
pub(super) fn settings(
    file: &EnvironmentFile,
    stack: &Stack,
    phase: Option<&Arc<str>>,
    declarations: &Declarations,
    environment: &Arc<Value>,
    diagnostics: &mut Diagnostics,
) -> Value {
    let group = phase.unwrap_or(&stack.name.text);
    let refined = stack.refinements.get(&file.name.text).map(|(_, given)| given);
    let given = |given: Option<&'_ Given>, name: &str| -> Option<(Location, Value)> {
        let (_, template) = given?.get(group)?.1.get(name)?;
        Some((template.at, evaluate::plain(template)?))
    };
    let mut values = BTreeMap::new();
    for setting in &declarations.settings {
        let value = given(refined, &setting.name)
            .or_else(|| given(Some(&file.settings), &setting.name))
            .or_else(|| default(setting, environment, diagnostics));
        match value {
            Some((at, value)) => {
                if let Some(fault) = setting.check(&value, at) {
                    diagnostics.push(fault);
                }
                values.insert(setting.name.clone(), value);
            }
            None if setting.default.is_none() => {
                let unset = Unknown::new(vec![format!("{UNSET}{}", setting.name)]);
                values.insert(setting.name.clone(), Value::Unknown(unset));
                diagnostics.push(
                Diagnostic::error(format!(
                    "the environment `{}` gives no value to the setting `{}` of `{group}`, which has no default",
                    file.name.text, setting.name
                ))
                .at(setting.at, "declared here")
                .help(format!("add settings: {{ {group}: {{ {}: … }} }} to it", setting.name)),
            );
            }
            None => {}
        }
    }
    Value::Map(values)
}

/// The default of a setting, which may read `env`.
fn default(
    setting: &Setting,
    environment: &Arc<Value>,
    diagnostics: &mut Diagnostics,
) -> Option<(Location, Value)> {
    let template = setting.default.as_ref()?;
    if let Some(value) = evaluate::plain(template) {
        return Some((template.at, value));
    }
    let shared = Arc::new(Shared {
        environment: environment.clone(),
        evidence: None,
        containers: vec![Container {
            stack: "".into(),
            phase: None,
            names: BTreeMap::new(),
            settings: Arc::new(Value::EMPTY_MAP),
            outputs: BTreeMap::new(),
        }],
        places: BTreeMap::new(),
        declared: Vec::new(),
        instances: OnceLock::new(),
        addresses: OnceLock::new(),
        known: RwLock::new(Vec::new()),
        templates: Templates::default(),
    });
    let mut faults = Diagnostics::default();
    let value = evaluate::template(template, &Scope::new(&shared, 0, None), &mut faults);
    let is_right = !faults.has_errors();
    diagnostics.extend(faults);
    is_right.then_some((template.at, value))
}

/// Values that are given to settings that nobody declares.
pub(super) fn report_unknown_settings(files: &Files, file: &EnvironmentFile, diagnostics: &mut Diagnostics) {
    let groups: BTreeMap<&str, &Declarations> = files
        .phases
        .iter()
        .map(|(name, phase)| (name.as_ref(), &phase.declarations))
        .chain(files.stacks.iter().map(|(name, stack)| (name.as_ref(), &stack.declarations)))
        .collect();
    let refinements = files
        .stacks
        .values()
        .filter_map(|stack| stack.refinements.get(&file.name.text).map(|(_, given)| given));
    for given in std::iter::once(&file.settings).chain(refinements) {
        for (group, (group_key, values)) in given {
            let Some(declarations) = groups.get(&**group) else {
                diagnostics.push(
                    Diagnostic::error(format!("there is no phase or stack `{group}` to give settings to"))
                        .at(group_key.at, "given here")
                        .did_you_mean(group, groups.keys().copied()),
                );
                continue;
            };
            let names: Vec<&str> =
                declarations.settings.iter().map(|setting| setting.name.as_ref()).collect();
            for (name, (key, template)) in values {
                if !names.contains(&&**name) {
                    diagnostics.push(
                        Diagnostic::error(format!("`{group}` has no setting `{name}`"))
                            .at(key.at, "given here")
                            .did_you_mean(name, names.iter().copied())
                            .or_help(|| match names.as_slice() {
                                [] => "it has none at all".to_owned(),
                                some => format!("its settings are {}", some.join(", ")),
                            }),
                    );
                } else if evaluate::plain(template).is_none() {
                    diagnostics.push(
                        Diagnostic::error("values of settings can't hold expressions")
                            .at(template.at, "here")
                            .help("write the value itself, or give the setting a `default` that reads env"),
                    );
                }
            }
        }
    }
}
