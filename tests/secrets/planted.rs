//! The workspace with a marked secret in every sensitive field of every kind.

use std::collections::BTreeSet;

use ninefold::kinds::Registry;
use ninefold::world::World;

use crate::fields::sensitive;

const PHASE: &str = include_str!("phase.yaml");
const CONTACT: &str = include_str!("contact.yaml");

/// Everything that is planted, and the phase that refers to it or holds it.
pub struct Planted {
    pub phase: String,
    /// The names and values of what is referred to: in turn a variable and a file.
    pub variables: Vec<(String, String)>,
    pub files: Vec<(String, String)>,
    /// What must stand nowhere.
    pub marks: Vec<String>,
}

/// How a secret reaches a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum By {
    Reference,
    /// As the value itself, wherever the kind hides that.
    Value,
}

/// One `"<<path|form>>"`.
struct Place<'t> {
    start: usize,
    end: usize,
    path: &'t str,
    form: &'t str,
}

fn whole_phase() -> String {
    let mut phase = String::new();
    for line in PHASE.lines() {
        match line.trim_start().strip_prefix("CONTACT ") {
            Some(name) => phase += &CONTACT.replace("NAME", name),
            None => phase = phase + line + "\n",
        }
    }
    phase
}

fn places(phase: &str) -> Vec<Place<'_>> {
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(start) = phase[at..].find("\"<<").map(|start| start + at) {
        let end = start + phase[start..].find(">>\"").expect("each is closed") + 3;
        let (path, form) = phase[start + 3..end - 3].split_once('|').expect("each has a form");
        places.push(Place { start, end, path, form });
        at = end;
    }
    places
}

/// Plants secrets that nobody has seen before.
pub fn plant(by: By) -> Planted {
    let world = World::virtual_from_now();
    let phase = whole_phase();
    let mut planted =
        Planted { phase: String::new(), variables: Vec::new(), files: Vec::new(), marks: Vec::new() };
    let mut at = 0;
    for (number, Place { start, end, form, .. }) in places(&phase).into_iter().enumerate() {
        let (only_value, only_reference) = (form.starts_with('='), form.starts_with('!'));
        let form: String =
            serde_json::from_str(&format!("\"{}\"", form.trim_start_matches(['=', '!']))).unwrap();
        let (mark, digits) = (letters(&world), world.random_below(1_000_000_000) + 1_000_000_000);
        let value = form.replace('#', &mark).replace('%', &digits.to_string());
        if form.contains('#') {
            planted.marks.push(mark);
        } else if form.contains('%') {
            planted.marks.push(digits.to_string());
        }
        planted.phase += &phase[at..start];
        at = end;
        if only_value || by == By::Value && !only_reference {
            // A text of JSON is one of YAML too.
            planted.phase += &serde_json::Value::from(value).to_string();
            continue;
        }
        let name = format!("PLANTED_{number}");
        if number % 2 == 0 {
            planted.phase += &format!("{{ secret: {{ from: env, name: {name} }} }}");
            planted.variables.push((name, value));
        } else {
            planted.phase += &format!("{{ secret: {{ from: file, name: held/{name} }} }}");
            planted.files.push((name, value));
        }
    }
    planted.phase += &phase[at..];
    planted
}

/// Letters and digits that stand nowhere else.
fn letters(world: &World) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    let letter = |_| char::from(LETTERS[world.random_below(LETTERS.len() as u64) as usize]);
    format!("Mk{}", (0..18).map(letter).collect::<String>())
}

/// A new kind, or a new sensitive field of one, has to be planted too.
#[test]
fn a_secret_is_planted_in_every_sensitive_field_of_every_kind() {
    let phase = whole_phase();
    let planted: Vec<&str> = places(&phase).iter().map(|place| place.path).collect();
    let is_planted = |path: &String| {
        planted.iter().any(|planted| {
            planted.strip_prefix(path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    let mut missing = BTreeSet::new();
    let mut fields = 0;
    for kind in Registry::all().iter() {
        for schema in [kind.spec(), kind.observed()] {
            let mut found = BTreeSet::new();
            sensitive(schema, kind.name(), &mut found);
            fields += found.len();
            missing.extend(found.into_iter().filter(|path| !is_planted(path)));
        }
    }
    assert!(fields >= 2 * 60, "only {fields} sensitive fields were found: is it looked for them at all?");
    assert!(missing.is_empty(), "plant a secret in tests/secrets/phase.yaml at {missing:#?}");
}
