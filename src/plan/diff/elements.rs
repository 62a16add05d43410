//! Lists without order: compared element by element.

use super::identity::{Blurred, identified, identified_json, is_hidden};
use super::place::Place;
use super::walk::{Walk, is_unreadable};
use crate::kinds::{Collection, Field};
use crate::model::{Changed, Json, Value};

impl Walk<'_> {
    /// Declared elements are ours, and so are those that were recorded; others are only where the
    /// list is ours as a whole: where it is exclusive, or declared as empty.
    pub(super) fn elements(
        &mut self,
        place: &Place<'_>,
        item: &Field,
        collection: &Collection,
        items: &[Value],
        recorded: Option<&Json>,
        observed: Option<&Json>,
    ) {
        let hidden = place.concealed || is_hidden(item, place.marks, collection, recorded);
        let elements = if hidden { Err(Blurred::Hidden) } else { identified(item, collection, items) };
        let desired = match elements {
            Ok(desired) => desired,
            Err(blurred) => {
                let mut place = place.clone();
                place.concealed |= matches!(blurred, Blurred::Hidden);
                let whole = Value::List(items.to_vec());
                let holds = || self.comparison.holds(place.field, place.marks, &whole, recorded, observed);
                if matches!(blurred, Blurred::Unknown) || !holds() {
                    self.change(&place, place.asked, recorded, observed, Some(&whole));
                }
                return;
            }
        };
        let recorded = identified_json(item, collection, recorded);
        let observed = identified_json(item, collection, observed);
        for (identity, element) in &desired {
            let place = place.element(identity, item);
            let recorded = recorded.get(identity).copied();
            match observed.get(identity) {
                None if recorded.is_some() && is_unreadable(item, element) => {
                    self.field(place, Some(element), recorded, None);
                }
                None => self.change(&place, place.asked, recorded, None, Some(element)),
                Some(there) if matches!(collection, Collection::Keyed(_)) => {
                    self.field(place, Some(element), recorded, Some(there));
                }
                Some(_) => {}
            }
        }
        let closed = place.exclusive || (items.is_empty() && place.asked == Changed::Set);
        for (identity, there) in &observed {
            if desired.contains_key(identity) {
                continue;
            }
            let place = place.element(identity, item);
            match recorded.get(identity) {
                Some(recorded) => self.remove(&place, Changed::Reset, Some(recorded), there),
                None if closed => self.remove(&place, Changed::Remove, None, there),
                None => {}
            }
        }
    }

    /// Every element goes that others don't own.
    pub(super) fn remove_elements(
        &mut self,
        place: &Place<'_>,
        item: &Field,
        collection: &Collection,
        changed: Changed,
        there: &Json,
    ) {
        for (identity, there) in identified_json(item, collection, Some(there)) {
            self.change(&place.element(&identity, item), changed, None, Some(there), None);
        }
    }
}
