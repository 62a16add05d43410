//! The files of a workspace: phases, stacks, environments, templates.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::WorkspaceError;
use super::declaration::Declarations;
use super::encryption::{self, Encryption, KmsReference};
use super::fields::{self, Fields};
use super::settings::{self, Given};
use super::template::{Compiler, Template};
use super::yaml::{self, Content, Key, Node};
use crate::model::{Diagnostic, Diagnostics, Location, SourceId, Sources};
use crate::world::files;

/// One file of `phases/`.
#[derive(Debug)]
pub(super) struct Phase {
    pub name: Key,
    pub declarations: Declarations,
}

/// One folder of `stacks/` with a `stack.yaml`.
#[derive(Debug)]
pub(super) struct Stack {
    pub name: Key,
    /// The phases that it is built of.
    pub phases: Vec<(Arc<str>, Location)>,
    pub declarations: Declarations,
    /// What it refines for each environment.
    pub refinements: BTreeMap<Arc<str>, (SourceId, Given)>,
}

/// One file of `stacks/environments/`.
#[derive(Debug)]
pub(super) struct EnvironmentFile {
    pub name: Key,
    pub source: SourceId,
    pub target: Option<(Arc<str>, Location)>,
    pub account: Option<(Arc<str>, Location)>,
    pub regions: Option<Template>,
    pub state: Option<StatePlace>,
    pub encryption: Option<Encryption>,
    pub fingerprints: Option<KmsReference>,
    pub settings: Given,
}

/// Where the state of an environment is kept, and for how long what was done to it.
#[derive(Debug)]
pub(super) struct StatePlace {
    /// A URL with its options.
    pub url: Arc<str>,
    pub at: Location,
    pub history: Option<Duration>,
}

/// Everything that a workspace's folder holds.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub sources: Sources,
    pub phases: BTreeMap<Arc<str>, Phase>,
    pub stacks: BTreeMap<Arc<str>, Stack>,
    pub environments: BTreeMap<Arc<str>, EnvironmentFile>,
    /// Figures that `verify --pin` wrote for review, by environment.
    pub evidence: BTreeMap<Arc<str>, (SourceId, Template)>,
    /// The texts of `templates/`, by path below it, with `/`.
    pub templates: BTreeMap<String, (SourceId, Arc<str>)>,
    pub diagnostics: Diagnostics,
}

/// Reads all files below the workspace's folder.
///
/// # Errors
/// When a file can't be read at all; what is wrong with its text is a diagnostic.
pub(super) fn read(root: &Path) -> Result<Files, WorkspaceError> {
    let mut all = Files::default();
    for path in yaml_files(&root.join("phases"))? {
        if let Some((_, node)) = all.parse(root, &path)? {
            all.phase(&node);
        }
    }
    for path in yaml_files(&root.join("stacks/environments"))? {
        if let Some((source, node)) = all.parse(root, &path)? {
            all.environment(source, &path, &node);
        }
    }
    for folder in list(&root.join("stacks"))? {
        let file = folder.join("stack.yaml");
        if files::exists(&file)
            && let Some((_, node)) = all.parse(root, &file)?
        {
            all.stack(root, &folder, &node)?;
        }
    }
    let templates = root.join("templates");
    all.read_templates(&templates, &templates)?;
    if !all.diagnostics.has_errors() {
        all.report_unknown_environments();
    }
    Ok(all)
}

/// Reads the file of one environment and nothing else. Where there is no such file, it reads those that
/// there are, so that they can be named.
///
/// # Errors
/// When a file can't be read at all; what is wrong with its text is a diagnostic.
pub(super) fn read_environment(root: &Path, name: &str) -> Result<Files, WorkspaceError> {
    let mut all = Files::default();
    let mut paths = yaml_files(&root.join("stacks/environments"))?;
    if paths.iter().any(|path| is_called(path, name)) {
        paths.retain(|path| is_called(path, name));
    }
    for path in paths {
        if let Some((source, node)) = all.parse(root, &path)? {
            all.environment(source, &path, &node);
        }
    }
    // What they say of phases and stacks can't be judged without those.
    for environment in all.environments.values_mut() {
        environment.settings = Given::default();
    }
    Ok(all)
}

/// How long the history of a state is kept at least.
const SHORTEST_HISTORY: Duration = Duration::from_secs(7 * 24 * 3600);

/// Where state is kept: a text, or a URL and what is said beside it. Whether there are such stores and
/// such options is for those to say who open them.
fn state(node: &Node, diagnostics: &mut Diagnostics) -> Option<StatePlace> {
    if !matches!(node.content, Content::Map(_)) {
        let (url, at) = fields::text(node, "state", diagnostics)?;
        return Some(StatePlace { url, at, history: None });
    }
    let mut fields = Fields::of("a place of state", node, diagnostics);
    let url = fields.required_text("url", diagnostics);
    let history = fields.duration("history", diagnostics);
    if history.is_some_and(|history| history < SHORTEST_HISTORY) {
        diagnostics.push(
            Diagnostic::error("a state's `history` can't be shorter than a week")
                .at(node.at, "of this state")
                .help("a run that was suspended finds out by it that others have written since: write 7d or more"),
        );
    }
    let options = ["region", "endpoint", "account"].map(|name| (name, fields.text(name, diagnostics)));
    fields.finish(diagnostics);
    let (url, at) = url?;
    let mut text = url.to_string();
    for (name, value) in options {
        let Some((value, at)) = value else { continue };
        if value.contains(['&', '?', '#']) {
            diagnostics.push(
                Diagnostic::error(format!("`{name}` can't hold `&`, `?` or `#`")).at(at, "in this text"),
            );
        }
        text.push(if text.contains('?') { '&' } else { '?' });
        text.push_str(&format!("{name}={value}"));
    }
    Some(StatePlace { url: text.into(), at, history })
}

fn is_called(path: &Path, name: &str) -> bool {
    path.file_stem().is_some_and(|stem| stem.to_string_lossy() == name)
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, WorkspaceError> {
    files::list(folder).map_err(|error| WorkspaceError::unreadable(folder, &error))
}

fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>, WorkspaceError> {
    let mut paths = list(folder)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml"));
    Ok(paths)
}

impl Files {
    fn parse(&mut self, root: &Path, path: &Path) -> Result<Option<(SourceId, Node)>, WorkspaceError> {
        let text = files::read_to_string(path).map_err(|error| WorkspaceError::unreadable(path, &error))?;
        let relative = path.strip_prefix(root).unwrap_or(path).to_owned();
        let source = self.sources.add(relative, text.as_str());
        match yaml::parse(source, &text) {
            Ok(node) => Ok(Some((source, node))),
            Err(fault) => {
                self.diagnostics.push(fault);
                Ok(None)
            }
        }
    }

    fn phase(&mut self, node: &Node) {
        let mut compiler = Compiler { sources: &self.sources, diagnostics: &mut self.diagnostics };
        let mut fields = Fields::of("a phase", node, compiler.diagnostics);
        let name = fields.required_text("phase", compiler.diagnostics);
        fields.text("title", compiler.diagnostics);
        let declarations = Declarations::take(&mut fields, &mut compiler);
        fields.finish(compiler.diagnostics);
        let Some((text, at)) = name else { return };
        let name = Key { text, at };
        fields::name(&name, "a phase", false, &mut self.diagnostics);
        let earlier = self.phases.get(&name.text).map(|phase| phase.name.at);
        if let Some(earlier) = earlier {
            self.diagnostics.push(fields::twice(&name, earlier));
            return;
        }
        self.phases.insert(name.text.clone(), Phase { name, declarations });
    }

    fn stack(&mut self, root: &Path, folder: &Path, node: &Node) -> Result<(), WorkspaceError> {
        let mut compiler = Compiler { sources: &self.sources, diagnostics: &mut self.diagnostics };
        let mut fields = Fields::of("a stack", node, compiler.diagnostics);
        let name = fields.required_text("stack", compiler.diagnostics);
        fields.text("title", compiler.diagnostics);
        let mut phases = Vec::new();
        if let Some(node) = fields.take("phases") {
            for element in fields::elements(node, "phases", &mut compiler) {
                phases.extend(fields::text(element, "the name of a phase", compiler.diagnostics));
            }
        }
        let declarations = Declarations::take(&mut fields, &mut compiler);
        fields.finish(compiler.diagnostics);
        let Some((text, at)) = name else { return Ok(()) };
        let name = Key { text, at };
        fields::name(&name, "a stack", true, compiler.diagnostics);
        if folder.file_name().is_none_or(|folder| folder.to_string_lossy() != *name.text) {
            compiler.diagnostics.push(
                Diagnostic::error(format!("the stack `{}` lies in a folder of another name", name.text))
                    .at(
                        name.at,
                        format!("the folder is {}", folder.file_name().unwrap_or_default().display()),
                    )
                    .help("give both the same name"),
            );
        }
        let mut refinements = BTreeMap::new();
        for path in yaml_files(folder)? {
            let environment = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if environment == "stack" {
                continue;
            }
            if let Some((source, node)) = self.parse(root, &path)? {
                let mut compiler = Compiler { sources: &self.sources, diagnostics: &mut self.diagnostics };
                let mut fields = Fields::of("a stack's refinement", &node, compiler.diagnostics);
                let given = fields.take("settings").map(|node| settings::given(node, &mut compiler));
                fields.finish(compiler.diagnostics);
                refinements.insert(environment.into(), (source, given.unwrap_or_default()));
            }
        }
        let stack = Stack { name: name.clone(), phases, declarations, refinements };
        self.stacks.insert(name.text, stack);
        Ok(())
    }

    fn environment(&mut self, source: SourceId, path: &Path, node: &Node) {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(environment) = stem.strip_suffix(".evidence") {
            let mut compiler = Compiler { sources: &self.sources, diagnostics: &mut self.diagnostics };
            let template = compiler.template(node);
            self.evidence.insert(environment.into(), (source, template));
            return;
        }
        let mut compiler = Compiler { sources: &self.sources, diagnostics: &mut self.diagnostics };
        let mut fields = Fields::of("an environment", node, compiler.diagnostics);
        let name = fields.required_text("environment", compiler.diagnostics);
        fields.text("title", compiler.diagnostics);
        let target = fields.required_text("target", compiler.diagnostics);
        let account = fields.text("account", compiler.diagnostics);
        let regions = fields.take("regions").map(|node| compiler.template(node));
        let state = fields.take("state").and_then(|node| state(node, compiler.diagnostics));
        let encryption = fields.take("encryption").map(|node| encryption::read(node, &mut compiler));
        let fingerprints =
            fields.take("fingerprints").and_then(|node| encryption::read_fingerprints(node, &mut compiler));
        let settings = fields.take("settings").map(|node| settings::given(node, &mut compiler));
        fields.finish(compiler.diagnostics);
        let Some((text, at)) = name else { return };
        let name = Key { text, at };
        fields::name(&name, "an environment", true, compiler.diagnostics);
        if stem != *name.text {
            compiler.diagnostics.push(
                Diagnostic::error(format!(
                    "the environment `{}` stands in a file of another name",
                    name.text
                ))
                .at(name.at, format!("the file is {stem}.yaml"))
                .help("give both the same name"),
            );
        }
        let settings = settings.unwrap_or_default();
        let environment = EnvironmentFile {
            name: name.clone(),
            source,
            target,
            account,
            regions,
            state,
            encryption,
            fingerprints,
            settings,
        };
        self.environments.insert(name.text, environment);
    }

    /// Files that are named after environments that there aren't.
    fn report_unknown_environments(&mut self) {
        let refinements = self
            .stacks
            .values()
            .flat_map(|stack| stack.refinements.iter().map(|(name, (source, _))| (name, *source)));
        let evidence = self.evidence.iter().map(|(name, (source, _))| (name, *source));
        for (name, source) in refinements.chain(evidence) {
            if self.environments.contains_key(name) {
                continue;
            }
            let start = Location { source, offset: 0, length: 0, line: 1, column: 1 };
            let names: Vec<&str> = self.environments.keys().map(AsRef::as_ref).collect();
            self.diagnostics.push(
                Diagnostic::error(format!(
                    "this file is named after an environment `{name}`, which there isn't"
                ))
                .at(start, "this file")
                .did_you_mean(name, names.iter().copied())
                .or_help(|| format!("stacks/environments/ has {}", names.join(", "))),
            );
        }
    }

    fn read_templates(&mut self, root: &Path, folder: &Path) -> Result<(), WorkspaceError> {
        for path in list(folder)? {
            if files::is_dir(&path) {
                self.read_templates(root, &path)?;
                continue;
            }
            let text =
                files::read_to_string(&path).map_err(|error| WorkspaceError::unreadable(&path, &error))?;
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            let text: Arc<str> = text.into();
            let source = self.sources.add(Path::new("templates").join(&name), text.clone());
            self.templates.insert(name, (source, text));
        }
        Ok(())
    }
}
