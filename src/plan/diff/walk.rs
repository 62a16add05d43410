//! Walks a spec field by field and decides whose each field is.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::conceal::conceal;
use super::equal::Comparison;
use super::place::{Marks, Place, member, present};
use super::record::{Mark, has_marks, part_of};
use crate::kinds::{ANY, Collection, Field, FieldDefault, Shape};
use crate::model::{Changed, FieldChange, FieldPath, Json, Value};

type Map = BTreeMap<Arc<str>, Value>;

/// A comparison under way.
pub(super) struct Walk<'a> {
    pub(super) comparison: Comparison<'a>,
    pub(super) ignore: &'a [FieldPath],
    pub(super) changes: Vec<FieldChange>,
}

impl Walk<'_> {
    pub(super) fn field(
        &mut self,
        place: Place<'_>,
        desired: Option<&Value>,
        recorded: Option<&Json>,
        observed: Option<&Json>,
    ) {
        if self.is_ignored(&place.path) {
            return;
        }
        if let Some(form) = place.field.form {
            let desired = desired.map(|value| form.canonical(value));
            let recorded = recorded.map(|json| form.canonical_json(json));
            let observed = observed.map(|json| form.canonical_json(json));
            return self.in_form(place, desired.as_ref(), recorded.as_ref(), observed.as_ref());
        }
        self.in_form(place, desired, recorded, observed);
    }

    /// A field whose sides are written in the same way.
    fn in_form(
        &mut self,
        mut place: Place<'_>,
        desired: Option<&Value>,
        recorded: Option<&Json>,
        observed: Option<&Json>,
    ) {
        place.field = place.field.described_by(desired, [recorded, observed]);
        // What was sensitive when it was set is still not to be shown.
        place.concealed |= recorded.is_some_and(|recorded| Mark::of(recorded).is_some());
        let observed = if place.marks.write_only { recorded } else { observed };
        let observed = present(place.field, observed);
        match (desired, recorded) {
            (Some(Value::Null), _) => self.null(&place, recorded, observed),
            (Some(Value::Sensitive(inner)), _) if **inner == Value::Null && !self.comparison.recalled => {
                self.null(&place, recorded, observed);
            }
            (Some(desired), _) => self.declared(place, desired, recorded, observed),
            (None, Some(recorded)) => self.withdrawn(&place, recorded, observed),
            (None, None) => self.silent(&place, observed),
        }
    }

    /// The configuration (or a default that takes its place) sets the field.
    pub(super) fn declared(
        &mut self,
        mut place: Place<'_>,
        desired: &Value,
        recorded: Option<&Json>,
        observed: Option<&Json>,
    ) {
        let counts_as_default = !place.marks.write_only && !place.marks.sensitive && !desired.is_sensitive();
        let there = observed.or(place.default_value().filter(|_| counts_as_default));
        let is_map = there.is_none_or(Json::is_object);
        match (&place.field.shape, desired) {
            (Shape::Object(_), Value::Sensitive(inner)) if matches!(**inner, Value::Map(_)) => {
                place.marks.sensitive = true;
                self.declared(place, inner, recorded, observed);
            }
            (Shape::Object(fields), Value::Map(map)) if is_map => {
                let before = self.changes.len();
                self.object(&place, fields, map, recorded, there);
                let absent = there.is_none() && !is_unreadable(place.field, desired);
                let sets_a_part = self.changes[before..].iter().any(|change| change.to.is_some());
                if absent && !sets_a_part && !place.marks.write_only {
                    self.change(&place, place.asked, recorded, None, Some(desired));
                }
            }
            (Shape::Map { atomic: false, .. }, Value::Map(map)) if is_map && !place.marks.write_only => {
                self.map(&place, map, recorded, there);
            }
            (Shape::Any, Value::Map(map)) if is_map && !place.marks.write_only => {
                let whole = there.is_none()
                    && !is_unreadable(place.field, desired)
                    && !self.ignores_below(&place.path);
                if whole {
                    self.change(&place, place.asked, recorded, None, Some(desired));
                } else {
                    self.map(&place, map, recorded, there);
                }
            }
            (Shape::List { item, collection, .. }, Value::List(items))
                if *collection != Collection::Atomic && !place.marks.write_only =>
            {
                self.elements(&place, item, collection, items, recorded, there);
            }
            _ => {
                if !self.comparison.holds(place.field, place.marks, desired, recorded, there) {
                    let from = observed.or(recorded.filter(|recorded| Mark::of(recorded).is_some()));
                    self.change(&place, place.asked, recorded, from, Some(desired));
                }
            }
        }
    }

    /// The configuration set it once and does no longer.
    fn withdrawn(&mut self, place: &Place<'_>, recorded: &Json, observed: Option<&Json>) {
        let reset = Place { asked: Changed::Reset, ..place.clone() };
        match &place.field.default {
            FieldDefault::Provider => {
                self.release(place, Some(recorded), observed);
                return;
            }
            FieldDefault::Value(default) => {
                self.declared(reset, &Value::from_json(default), Some(recorded), observed);
                return;
            }
            FieldDefault::Absent => {}
        }
        let (Some(there), false) = (observed, place.marks.write_only) else {
            if let Some(there) = observed {
                self.remove(place, Changed::Reset, Some(recorded), there);
            }
            return;
        };
        match &place.field.shape {
            Shape::Map { atomic: false, .. } if there.is_object() => {
                self.map(&reset, &Map::new(), Some(recorded), observed);
            }
            Shape::List { item, collection, .. } if *collection != Collection::Atomic => {
                self.elements(&reset, item, collection, &[], Some(recorded), observed);
            }
            Shape::Any if has_more_than(there, recorded) && !place.exclusive => {
                self.map(&reset, &Map::new(), Some(recorded), observed);
            }
            _ => self.remove(place, Changed::Reset, Some(recorded), there),
        }
    }

    /// The configuration says `null`: all that is there goes, whoever put it there.
    fn null(&mut self, place: &Place<'_>, recorded: Option<&Json>, observed: Option<&Json>) {
        match (&place.field.default, observed) {
            (FieldDefault::Provider, _) => {
                self.release(place, recorded, observed);
            }
            (FieldDefault::Value(default), _) => {
                if self.comparison.is_default(place.field, place.marks, observed) {
                    return;
                }
                let default = Value::from_json(default);
                if self.ignores_below(&place.path) {
                    let reset = Place { asked: Changed::Reset, ..place.clone() };
                    self.declared(reset, &default, recorded, observed);
                } else {
                    self.change(place, Changed::Reset, recorded, observed, Some(&default));
                }
            }
            (FieldDefault::Absent, Some(there)) => self.remove(place, Changed::Reset, recorded, there),
            (FieldDefault::Absent, None) => {}
        }
    }

    /// The provider chooses its value from now on; what is exclusive within it stays ours.
    fn release(&mut self, place: &Place<'_>, recorded: Option<&Json>, observed: Option<&Json>) {
        if recorded.is_some() {
            self.change(place, Changed::Release, recorded, observed, None);
        }
        let concealed = place.concealed || recorded.is_some_and(has_marks);
        self.silent(&Place { concealed, ..place.clone() }, observed);
    }

    /// The configuration never set it: it is ours only where the schema says `exclusive`.
    fn silent(&mut self, place: &Place<'_>, observed: Option<&Json>) {
        let Some(there) = observed else {
            return;
        };
        if !place.exclusive {
            if let Some(fields) = place.field.fields().filter(|_| there.is_object()) {
                self.object(place, fields, &Map::new(), None, observed);
            }
            return;
        }
        match (&place.field.default, &place.field.shape) {
            (FieldDefault::Provider, _) => {}
            (FieldDefault::Value(default), _) => {
                let reset = Place { asked: Changed::Reset, ..place.clone() };
                self.declared(reset, &Value::from_json(default), None, observed);
            }
            (FieldDefault::Absent, Shape::Map { atomic: false, .. }) if there.is_object() => {
                self.map(place, &Map::new(), None, observed);
            }
            (FieldDefault::Absent, Shape::List { item, collection, .. })
                if *collection != Collection::Atomic =>
            {
                self.elements(place, item, collection, &[], None, observed);
            }
            (FieldDefault::Absent, Shape::Object(_))
                if self.comparison.holds(place.field, place.marks, &Value::EMPTY_MAP, None, observed) => {}
            (FieldDefault::Absent, _) => self.remove(place, Changed::Remove, None, there),
        }
    }

    fn object(
        &mut self,
        place: &Place<'_>,
        fields: &BTreeMap<Arc<str>, Field>,
        desired: &Map,
        recorded: Option<&Json>,
        observed: Option<&Json>,
    ) {
        for (name, field) in fields {
            let (desired, recorded, observed) =
                (desired.get(name), member(recorded, name), member(observed, name));
            let ours = desired.is_some() || recorded.is_some();
            if ours || (observed.is_some() && (place.exclusive || has_exclusive(field))) {
                self.field(place.key(name, field), desired, recorded, observed);
            }
        }
    }

    fn map(&mut self, place: &Place<'_>, desired: &Map, recorded: Option<&Json>, observed: Option<&Json>) {
        // A map of a known type that can be read shows all of its keys; of a free one, parts may be masked.
        let is_free = matches!(place.field.shape, Shape::Any);
        let field_of = |key: &str| part_of(place.field, key).unwrap_or(&ANY);
        let holds = |(key, value): (&Arc<str>, &Value)| {
            let field = field_of(key);
            self.comparison.holds(field, place.marks.below(field), value, member(recorded, key), None)
        };
        if observed.is_none() && !is_free && desired.iter().all(holds) {
            return;
        }
        for (key, value) in desired {
            let field = field_of(key);
            let place = place.key(key, field);
            let hidden = place.marks.write_only || (is_free && is_unreadable(field, value));
            match member(observed, key) {
                None if *value == Value::Null => {}
                None if !hidden => self.change(&place, place.asked, None, None, Some(value)),
                there => self.field(place, Some(value), member(recorded, key), there),
            }
        }
        let closed = place.exclusive || (desired.is_empty() && place.asked == Changed::Set);
        for (key, there) in observed.and_then(Json::as_object).into_iter().flatten() {
            if desired.contains_key(key.as_str()) || there.is_null() {
                continue;
            }
            let place = place.key(key, field_of(key));
            match member(recorded, key) {
                Some(recorded) if is_free => self.field(place, None, Some(recorded), Some(there)),
                Some(recorded) => self.remove(&place, Changed::Reset, Some(recorded), there),
                None if closed => self.remove(&place, Changed::Remove, None, there),
                None => {}
            }
        }
    }

    /// What is there goes away: as one, or part by part where others own some of it.
    pub(super) fn remove(
        &mut self,
        place: &Place<'_>,
        changed: Changed,
        recorded: Option<&Json>,
        there: &Json,
    ) {
        if !self.ignores_below(&place.path) {
            self.change(place, changed, recorded, Some(there), None);
            return;
        }
        match (&place.field.shape, there) {
            (Shape::Object(_) | Shape::Map { atomic: false, .. } | Shape::Any, Json::Object(map)) => {
                for (key, there) in map {
                    if let Some(field) = part_of(place.field, key) {
                        self.remove(&place.key(key, field), changed, member(recorded, key), there);
                    }
                }
            }
            (Shape::List { item, collection, .. }, _) if *collection != Collection::Atomic => {
                self.remove_elements(place, item, collection, changed, there);
            }
            _ => self.change(place, changed, recorded, Some(there), None),
        }
    }

    /// Notes a change, unless others own the field.
    pub(super) fn change(
        &mut self,
        place: &Place<'_>,
        changed: Changed,
        recorded: Option<&Json>,
        from: Option<&Json>,
        to: Option<&Value>,
    ) {
        if self.is_ignored(&place.path) {
            return;
        }
        let from = from.map(Value::from_json);
        let comes_or_goes = place.in_collection && (from.is_none() || to.is_none());
        let forces_replacement = changed != Changed::Release
            && (place.immutable || (!comes_or_goes && sets_immutable(place.field, from.as_ref(), to)));
        let marks = Marks { sensitive: place.marks.sensitive || place.concealed, ..place.marks };
        let shown = |value: &Value, other| conceal(place.field, marks, value, recorded, other);
        self.changes.push(FieldChange {
            path: place.path.clone(),
            changed,
            from: from.as_ref().map(|from| shown(from, to)),
            to: to.map(|to| conceal(place.field, marks, to, None, None)),
            forces_replacement,
        });
    }

    fn is_ignored(&self, path: &FieldPath) -> bool {
        self.ignore.iter().any(|ignored| path.is_within(ignored))
    }

    fn ignores_below(&self, path: &FieldPath) -> bool {
        self.ignore.iter().any(|ignored| ignored.is_within(path))
    }
}

/// Whether reading can't be expected to return any of it.
pub(super) fn is_unreadable(field: &Field, desired: &Value) -> bool {
    match desired {
        Value::Sensitive(_) | Value::Secret(_) => true,
        _ if field.write_only || field.sensitive => true,
        Value::Map(map) => {
            let mut set = map
                .iter()
                .filter(|(_, value)| **value != Value::Null)
                .filter_map(|(key, value)| Some(is_unreadable(part_of(field, key)?, value)))
                .peekable();
            set.peek().is_some() && set.all(|unreadable| unreadable)
        }
        _ => false,
    }
}

/// Whether a field, or one within it, is ours even where the configuration is silent.
fn has_exclusive(field: &Field) -> bool {
    field.exclusive || field.fields().is_some_and(|fields| fields.values().any(has_exclusive))
}

/// Whether something is there that wasn't recorded, in maps of any depth.
fn has_more_than(there: &Json, recorded: &Json) -> bool {
    match (there, recorded) {
        (Json::Object(there), Json::Object(parts)) if Mark::of(recorded).is_none() => {
            there.iter().any(|(key, there)| match parts.get(key) {
                Some(recorded) => has_more_than(there, recorded),
                None => !there.is_null(),
            })
        }
        _ => false,
    }
}

/// Whether a change of an object as a whole touches a field of it that can't be changed.
fn sets_immutable(field: &Field, from: Option<&Value>, to: Option<&Value>) -> bool {
    field.fields().is_some_and(|fields| {
        fields.iter().any(|(name, field)| {
            let part = |side: Option<&Value>| match side {
                Some(Value::Unknown(unknown)) => Some(Value::Unknown(unknown.clone())),
                side => side.and_then(|side| side.get(name)).cloned(),
            };
            let (from, to) = (part(from), part(to));
            (field.immutable && from != to) || sets_immutable(field, from.as_ref(), to.as_ref())
        })
    })
}
