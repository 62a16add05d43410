//! What a phase or a stack declares: resources, checks, moves, outputs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::expression::Expression;
use super::fields::{self, Fields};
use super::settings::Setting;
use super::template::{Compiler, Entries, Template, TemplateShape};
use super::yaml::{Content, Key, Node};
use crate::graph::{Ignore, ReplaceOrder, Timeouts};
use crate::kinds::probe;
use crate::model::{Diagnostic, FieldPath, Location};

/// Everything that one file of `phases/` or one `stack.yaml` declares.
#[derive(Debug, Default)]
pub(super) struct Declarations {
    pub settings: Vec<Setting>,
    pub resources: Vec<Resource>,
    pub checks: Vec<Check>,
    pub moved: Vec<Moved>,
    pub outputs: Vec<Output>,
}

/// A field beside `spec`. Most resources have few of them, so what is absent takes no room.
pub(super) type MetaField = Option<Box<Template>>;

/// What resources and checks have in common.
#[derive(Debug)]
pub(super) struct Common {
    pub name: Arc<str>,
    pub at: Location,
    pub for_each: MetaField,
    pub when: MetaField,
    pub region: MetaField,
    pub after: Vec<Expression>,
}

#[derive(Debug)]
pub(super) struct Resource {
    pub common: Common,
    pub kind: (Arc<str>, Location),
    pub cluster: MetaField,
    pub protect: MetaField,
    pub retain: MetaField,
    pub adopt: MetaField,
    pub lookup: MetaField,
    pub ignore: Arc<[Ignore]>,
    pub replace: ReplaceOrder,
    pub timeouts: Timeouts,
    pub spec: Arc<Template>,
}

#[derive(Debug)]
pub(super) struct Check {
    pub common: Common,
    /// The name of the probe, and its question.
    pub probe: (Arc<str>, Location),
    pub question: Arc<Template>,
    /// The resource that the question is about: a cluster, or the owner of an attribute.
    pub subject: MetaField,
    pub within: Duration,
    pub every: Option<Duration>,
}

/// `moved: { from: "network.vpc", to: "cluster.vpc" }`.
#[derive(Debug)]
pub(super) struct Moved {
    pub from: (Arc<str>, Location),
    pub to: (Arc<str>, Location),
}

#[derive(Debug)]
pub(super) struct Output {
    pub name: Arc<str>,
    pub value: Arc<Template>,
}

/// How long a check may take to become true when it doesn't say.
const DEFAULT_WITHIN: Duration = Duration::from_secs(300);

impl Declarations {
    /// Takes the declarations out of a file's fields.
    pub(super) fn take(fields: &mut Fields<'_>, compiler: &mut Compiler<'_>) -> Self {
        let mut declarations = Self::default();
        if let Some(node) = fields.take("settings") {
            for (key, node) in fields::entries(node, "settings", compiler) {
                declarations.settings.extend(Setting::read(key, node, compiler));
            }
        }
        if let Some(node) = fields.take("resources") {
            for (key, node) in fields::entries(node, "resources", compiler) {
                declarations.resources.extend(Resource::read(key, node, compiler));
            }
            declarations.resources.shrink_to_fit();
        }
        if let Some(node) = fields.take("checks") {
            for (key, node) in fields::entries(node, "checks", compiler) {
                declarations.checks.extend(Check::read(key, node, compiler));
            }
        }
        if let Some(node) = fields.take("moved") {
            for node in fields::elements(node, "moved", compiler) {
                declarations.moved.extend(Moved::read(node, compiler));
            }
        }
        if let Some(node) = fields.take("outputs") {
            for (key, node) in fields::entries(node, "outputs", compiler) {
                fields::name(key, "an output", false, compiler.diagnostics);
                declarations
                    .outputs
                    .push(Output { name: key.text.clone(), value: compiler.template(node).into() });
            }
        }
        declarations.report_shared_names(compiler);
        declarations
    }

    /// A resource and a check can't have the same name: `after` and the plan call them by it.
    fn report_shared_names(&self, compiler: &mut Compiler<'_>) {
        let resources: BTreeMap<&str, &Resource> =
            self.resources.iter().map(|resource| (&*resource.common.name, resource)).collect();
        for check in &self.checks {
            if let Some(resource) = resources.get(&*check.common.name) {
                compiler.diagnostics.push(
                    Diagnostic::error(format!("`{}` is a resource and a check", check.common.name))
                        .at(check.common.at, "the check")
                        .at(resource.common.at, "the resource")
                        .help("give one of them another name"),
                );
            }
        }
    }
}

impl Common {
    fn take(key: &Key, what: &str, fields: &mut Fields<'_>, compiler: &mut Compiler<'_>) -> Self {
        fields::name(key, what, false, compiler.diagnostics);
        let mut template = |name| fields.take(name).map(|node| Box::new(compiler.template(node)));
        let (for_each, when, region) = (template("for_each"), template("when"), template("region"));
        let mut after = Vec::new();
        if let Some(node) = fields.take("after") {
            for element in fields::elements(node, "after", compiler) {
                let Some((text, at)) = fields::text(element, "an element of `after`", compiler.diagnostics)
                else {
                    continue;
                };
                let source = text.trim().trim_start_matches("{{").trim_end_matches("}}").trim();
                after.extend(compiler.expression(source, at));
            }
        }
        Self { name: key.text.clone(), at: key.at, for_each, when, region, after }
    }
}

impl Resource {
    fn read(key: &Key, node: &Node, compiler: &mut Compiler<'_>) -> Option<Self> {
        let mut fields = Fields::of("a resource", node, compiler.diagnostics);
        let kind = fields.required_text("kind", compiler.diagnostics);
        let common = Common::take(key, "a resource", &mut fields, compiler);
        let mut template = |name| fields.take(name).map(|node| Box::new(compiler.template(node)));
        let (cluster, protect, retain) = (template("cluster"), template("protect"), template("retain"));
        let (adopt, lookup) = (template("adopt"), template("lookup"));
        let spec = fields.take("spec").map_or_else(
            || Template { at: key.at, key_at: None, shape: TemplateShape::Map(Entries::default()) },
            |node| compiler.template(node),
        );
        let ignore = fields.take("ignore").map_or_else(Vec::new, |node| {
            let elements = fields::elements(node, "ignore", compiler);
            elements.iter().filter_map(|element| ignore(element, compiler)).collect()
        });
        let replace = fields.text("replace", compiler.diagnostics).map(|(text, at)| match &*text {
            "delete_first" => ReplaceOrder::DeleteFirst,
            "create_first" => ReplaceOrder::CreateFirst,
            other => {
                compiler.diagnostics.push(
                    Diagnostic::error(format!("`{other}` is no order of a replacement"))
                        .at(at, "unknown")
                        .help("write delete_first or create_first"),
                );
                ReplaceOrder::default()
            }
        });
        let timeouts = fields.take("timeouts").map(|node| {
            let mut fields = Fields::of("timeouts", node, compiler.diagnostics);
            let timeouts = Timeouts {
                create: fields.duration("create", compiler.diagnostics),
                update: fields.duration("update", compiler.diagnostics),
                delete: fields.duration("delete", compiler.diagnostics),
            };
            fields.finish(compiler.diagnostics);
            timeouts
        });
        fields.finish(compiler.diagnostics);
        Some(Self {
            common,
            kind: kind?,
            cluster,
            protect,
            retain,
            adopt,
            lookup,
            ignore: ignore.into(),
            replace: replace.unwrap_or_default(),
            timeouts: timeouts.unwrap_or_default(),
            spec: spec.into(),
        })
    }
}

fn ignore(node: &Node, compiler: &mut Compiler<'_>) -> Option<Ignore> {
    let mut fields = Fields::of("an element of `ignore`", node, compiler.diagnostics);
    let path = fields.required_text("field", compiler.diagnostics);
    let reason = fields.required_text("reason", compiler.diagnostics);
    let until = fields.text("until", compiler.diagnostics);
    fields.finish(compiler.diagnostics);
    let (path, at) = path?;
    let path: FieldPath = path
        .parse()
        .map_err(|error: String| compiler.diagnostics.push(Diagnostic::error(error).at(at, "here")))
        .ok()?;
    if let Some((date, at)) = &until
        && date.parse::<jiff::civil::Date>().is_err()
    {
        compiler.diagnostics.push(
            Diagnostic::error(format!("`{date}` is no date")).at(*at, "here").help("write it as 2026-12-31"),
        );
    }
    Some(Ignore { path, reason: reason?.0.to_string(), until: until.map(|(date, _)| date.to_string()) })
}

impl Check {
    fn read(key: &Key, node: &Node, compiler: &mut Compiler<'_>) -> Option<Self> {
        let mut fields = Fields::of("a check", node, compiler.diagnostics);
        let common = Common::take(key, "a check", &mut fields, compiler);
        let within = fields.duration("within", compiler.diagnostics).unwrap_or(DEFAULT_WITHIN);
        let every = fields.duration("every", compiler.diagnostics);
        let probes: Vec<(&'static str, &Node)> =
            probe::NAMES.iter().filter_map(|name| Some((*name, fields.take(name)?))).collect();
        // An unknown field is likely to be the question, misspelt.
        let has_more = fields.has_more();
        fields.finish(compiler.diagnostics);
        match probes.as_slice() {
            [(name, node)] => {
                if !matches!(node.content, Content::Map(_)) {
                    compiler.diagnostics.push(fields::wrong(node, name, "a map"));
                    return None;
                }
                let mut question = compiler.template(node);
                let subject = match &mut question.shape {
                    TemplateShape::Map(map) => {
                        probe::subject_field(name).and_then(|field| map.remove(field)).map(Box::new)
                    }
                    _ => None,
                };
                let probe = ((*name).into(), node.at);
                Some(Self { common, probe, question: question.into(), subject, within, every })
            }
            [] if has_more => None,
            [] => {
                compiler.diagnostics.push(
                    Diagnostic::error(format!("the check `{}` asks nothing", key.text))
                        .at(key.at, "this check")
                        .help(format!("give it one of {}", probe::NAMES.join(", "))),
                );
                None
            }
            [(first, _), (second, node), ..] => {
                compiler.diagnostics.push(
                    Diagnostic::error(format!(
                        "a check asks one thing, and this has `{first}` and `{second}`"
                    ))
                    .at(node.at, "the second question")
                    .help("make two checks of it"),
                );
                None
            }
        }
    }
}

impl Moved {
    fn read(node: &Node, compiler: &mut Compiler<'_>) -> Option<Self> {
        let mut fields = Fields::of("an element of `moved`", node, compiler.diagnostics);
        let from = fields.required_text("from", compiler.diagnostics);
        let to = fields.required_text("to", compiler.diagnostics);
        fields.finish(compiler.diagnostics);
        Some(Self { from: from?, to: to? })
    }
}
