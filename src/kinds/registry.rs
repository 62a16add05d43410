//! The kinds that there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::kind::Erased;
use super::{AnyKind, Kind};

/// Every kind by its name.
#[derive(Clone, Default)]
pub struct Registry(BTreeMap<&'static str, Arc<dyn AnyKind>>);

impl Registry {
    /// All kinds of Ninefold.
    #[must_use]
    pub fn all() -> Self {
        let mut registry = Self::default();
        super::core::register(&mut registry);
        super::local::register(&mut registry);
        super::aws::register(&mut registry);
        super::kubernetes::register(&mut registry);
        super::helm::register(&mut registry);
        registry
    }

    /// Adds a kind; tests add kinds of their own.
    pub fn add<K: Kind>(&mut self) -> &mut Self {
        let previous = self.0.insert(K::TYPE, Arc::new(Erased::<K>::new()));
        debug_assert!(previous.is_none(), "two kinds are called {}", K::TYPE);
        self
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<dyn AnyKind>> {
        self.0.get(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn AnyKind>> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::kinds::{Collection, Field, FieldDefault, Habitat, Shape};
    use crate::model::{FieldPath, Unknown, Value};

    /// Every field at and below one, with its path.
    fn walk<'a>(field: &'a Field, path: &str, visit: &mut dyn FnMut(&str, &'a Field)) {
        visit(path, field);
        match &field.shape {
            Shape::Object(fields) => {
                for (name, inner) in fields {
                    walk(inner, &format!("{path}.{name}"), visit);
                }
            }
            Shape::List { item, .. } => walk(item, &format!("{path}[]"), visit),
            Shape::Map { value, .. } => walk(value, &format!("{path}{{}}"), visit),
            Shape::Any | Shape::Scalar(_) => {}
        }
    }

    /// Whether there is a field at a path such as `metadata.name`; what is free may have any.
    fn has_at(field: &Field, path: &str) -> bool {
        let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
        match (&field.shape, field.field(name), rest) {
            (Shape::Any, ..) | (_, Some(_), None) => true,
            (_, Some(field), Some(rest)) => has_at(field, rest),
            _ => false,
        }
    }

    /// Asks `fault` of every field of every kind's spec, and of its attributes too.
    fn no_field(fault: impl Fn(&str, &Field) -> Option<String>) {
        let mut faults = Vec::new();
        for kind in Registry::all().iter() {
            for (of, root) in [("spec", kind.spec()), ("observed", kind.observed())] {
                walk(root, &format!("{} {of}", kind.name()), &mut |path, field| {
                    faults.extend(fault(path, field).map(|fault| format!("{path}: {fault}")));
                });
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    /// Specs to ask a kind's profile of: with only what is required, and with every field set.
    fn samples(kind: &dyn AnyKind) -> [crate::model::Json; 2] {
        let unknown = Value::Unknown(Unknown::new(Vec::new()));
        let names = kind.spec().fields().into_iter().flatten().map(|(name, _)| name.clone());
        let full = Value::Map(names.map(|name| (name, unknown.clone())).collect());
        [kind.spec().complete(&Value::EMPTY_MAP), kind.spec().complete(&full)]
    }

    /// A kind that comes, goes, or becomes another thing to the engine is seen here.
    #[test]
    fn the_catalogue_is_as_it_was() {
        let lines: Vec<String> = Registry::all()
            .iter()
            .map(|kind| {
                let mut fields = 0;
                walk(kind.spec(), "", &mut |_, _| fields += 1);
                let identity = match kind.identity() {
                    [] => "-".to_owned(),
                    fields => fields.join("+"),
                };
                let container = if kind.is_container() { "container" } else { "-" };
                let habitat = Habitat::of(kind.name());
                // The spec itself is no field of its own.
                format!("{} {} {identity} {container} {habitat:?}", kind.name(), fields - 1)
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn every_kind_and_every_field_is_described() {
        no_field(|path, field| {
            let is_element = path.ends_with("[]") || path.ends_with("{}");
            (field.description.is_empty() && !is_element).then(|| "has no description".to_owned())
        });
    }

    #[test]
    fn defaults_fit_their_own_fields() {
        no_field(|_, field| {
            let FieldDefault::Value(default) = &field.default else {
                return None;
            };
            let mut findings = Vec::new();
            field.check(&Value::from_json(default), &FieldPath::root(), &mut findings);
            (!findings.is_empty()).then(|| format!("{findings:?}"))
        });
    }

    #[test]
    fn keyed_lists_name_fields_of_their_elements() {
        no_field(|_, field| {
            let Shape::List { item, collection: Collection::Keyed(keys), .. } = &field.shape else {
                return None;
            };
            let missing = keys.iter().find(|key| !has_at(item, key))?;
            Some(format!("its elements have no field {missing}"))
        });
    }

    #[test]
    fn references_name_kinds_that_exist() {
        let registry = Registry::all();
        no_field(|_, field| match field.refers.iter().find(|kind| registry.get(kind).is_none()) {
            Some(kind) => Some(format!("there is no kind {kind}")),
            None if field.holds && field.refers.is_empty() => Some("it holds without referring".to_owned()),
            None => None,
        });
    }

    #[test]
    fn identities_are_fields_of_the_spec() {
        for kind in Registry::all().iter() {
            for name in kind.identity() {
                assert!(kind.spec().field(name).is_some(), "{} has no field {name}", kind.name());
            }
        }
    }

    #[test]
    fn attributes_are_the_fields_of_the_spec_and_more() {
        for kind in Registry::all().iter() {
            for (name, _) in kind.spec().fields().into_iter().flatten() {
                assert!(kind.observed().field(name).is_some(), "{} doesn't observe {name}", kind.name());
            }
            assert!(kind.observed().field("id").is_some(), "{} has no id", kind.name());
        }
    }

    #[test]
    fn profiles_compute_attributes_from_fields_that_exist() {
        let placeholder = regex::Regex::new(r"\{spec\.([^}.\[]+)[^}]*\}").unwrap();
        for kind in Registry::all().iter() {
            let name = kind.name();
            for spec in samples(kind.as_ref()) {
                let profile = kind.profile(&spec).unwrap_or_else(|error| panic!("{name}: {error}: {spec}"));
                let mut computed = BTreeSet::new();
                for one in &profile.computed {
                    let attribute = one.attribute;
                    assert!(kind.observed().field(attribute).is_some(), "{name} has no {attribute}");
                    assert!(computed.insert(attribute), "{name} computes {attribute} twice");
                    let read = placeholder.captures_iter(&one.pattern).map(|found| found[1].to_owned());
                    for field in read.chain(one.changes_with.iter().map(|field| (*field).to_owned())) {
                        assert!(kind.spec().field(&field).is_some(), "{name}.{attribute}: no {field}");
                    }
                }
                assert!(computed.contains("id"), "{name} computes no id");
            }
        }
    }

    #[test]
    fn prices_and_durations_are_plausible() {
        for kind in Registry::all().iter() {
            for spec in samples(kind.as_ref()) {
                let profile = kind.profile(&spec).unwrap();
                let hours = profile.create.max(profile.update).max(profile.delete).as_secs() / 3600;
                assert!(hours < 3, "{} takes {hours} hours", kind.name());
                let cost = profile.usd_per_month();
                assert!((0.0..100_000.0).contains(&cost), "{} costs {cost}", kind.name());
            }
        }
    }

    #[test]
    fn aws_kinds_name_their_iam_actions_once() {
        for kind in Registry::all().iter().filter(|kind| kind.name().starts_with("aws.")) {
            let actions = kind.actions();
            assert!(!actions.is_empty(), "{} names no actions", kind.name());
            assert!(actions.iter().all(|action| action.contains(':')), "{}: {actions:?}", kind.name());
            let distinct: BTreeSet<_> = actions.iter().collect();
            assert_eq!(distinct.len(), actions.len(), "{}: {actions:?}", kind.name());
        }
    }
}
