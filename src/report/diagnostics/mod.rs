//! All that is wrong with a workspace: for people with the text itself, for programs as JSON.

mod excerpt;

use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, ThemeCharacters, ThemeStyles};
use serde_json::json;

use self::excerpt::Excerpt;
use super::{Look, counted};
use crate::model::{Diagnostic, Diagnostics, Json, Label, Severity, SourceId, Sources};

/// The version of the machine form.
pub const FORMAT_VERSION: u32 = 1;

/// For people: every diagnostic with its file, line, column and text, then how many there are.
#[must_use]
pub fn human(diagnostics: &Diagnostics, sources: &Sources, look: Look) -> String {
    let handler = handler(look);
    let mut text = String::new();
    for diagnostic in diagnostics.iter() {
        let shown = Shown::of(diagnostic, sources, look);
        // Writing to a string can't fail, and a text that can't be shown is left out by `Shown`.
        let _ = handler.render_report(&mut text, &shown);
        for elsewhere in &shown.elsewhere {
            let _ = handler.render_report(&mut text, elsewhere);
        }
        text.push('\n');
    }
    text.push_str(&footer(diagnostics, look));
    text.push('\n');
    text
}

/// For programs: places by path, line and column, both from 1, the column in characters.
#[must_use]
pub fn json(diagnostics: &Diagnostics, sources: &Sources) -> Json {
    let (errors, warnings) = count(diagnostics);
    let label = |label: &Label| {
        json!({
            "path": sources.path(label.at.source).map(|path| path.to_string_lossy()),
            "line": label.at.line,
            "column": label.at.column,
            "offset": label.at.offset,
            "length": label.at.length,
            "text": label.text,
        })
    };
    let diagnostic = |diagnostic: &Diagnostic| {
        json!({
            "severity": severity_name(diagnostic.severity),
            "message": diagnostic.message,
            "help": diagnostic.help,
            "labels": diagnostic.labels.iter().map(label).collect::<Vec<_>>(),
        })
    };
    json!({
        "format_version": FORMAT_VERSION,
        "errors": errors,
        "warnings": warnings,
        "diagnostics": diagnostics.iter().map(diagnostic).collect::<Vec<_>>(),
    })
}

fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn count(diagnostics: &Diagnostics) -> (usize, usize) {
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    (errors, diagnostics.len() - errors)
}

fn footer(diagnostics: &Diagnostics, look: Look) -> String {
    let (errors, warnings) = count(diagnostics);
    let paint = |text: String, count: usize, painted: fn(Look, String) -> String| {
        if count > 0 { painted(look, text) } else { text }
    };
    let errors = paint(counted(errors, "error"), errors, Look::bad);
    let warnings = paint(counted(warnings, "warning"), warnings, Look::notable);
    format!("{errors}, {warnings}")
}

fn handler(look: Look) -> GraphicalReportHandler {
    let characters = if look.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
    let styles = if look.color { ThemeStyles::ansi() } else { ThemeStyles::none() };
    GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
        .with_width(look.width)
        .with_links(false)
        .tab_width(2)
        .without_syntax_highlighting()
}

/// A diagnostic in the form that miette draws: the labels of one text each.
#[derive(Debug)]
struct Shown {
    message: String,
    severity: miette::Severity,
    help: Option<String>,
    excerpt: Option<Excerpt>,
    /// What it has to do with other texts.
    elsewhere: Vec<Shown>,
}

impl Shown {
    fn of(diagnostic: &Diagnostic, sources: &Sources, look: Look) -> Self {
        let mut by_source: Vec<(SourceId, Vec<&Label>)> = Vec::new();
        for label in &diagnostic.labels {
            match by_source.iter_mut().find(|(source, _)| *source == label.at.source) {
                Some((_, labels)) => labels.push(label),
                None => by_source.push((label.at.source, vec![label])),
            }
        }
        let mut excerpts = by_source
            .into_iter()
            .filter_map(|(source, labels)| Excerpt::of(sources, source, &labels, look.width));
        let excerpt = excerpts.next();
        let elsewhere = excerpts.map(|excerpt| Shown {
            message: format!("and in {}", excerpt.path()),
            severity: miette::Severity::Advice,
            help: None,
            excerpt: Some(excerpt),
            elsewhere: Vec::new(),
        });
        Self {
            message: diagnostic.message.clone(),
            severity: match diagnostic.severity {
                Severity::Warning => miette::Severity::Warning,
                Severity::Error => miette::Severity::Error,
            },
            help: diagnostic.help.clone(),
            elsewhere: elsewhere.collect(),
            excerpt,
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.excerpt.as_ref().map(|excerpt| Box::new(excerpt.labels()) as Box<_>)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Location;

    const CLUSTER: &str = "\
phase: cluster
resources:
  vpc:
    kind: aws.ec2.vpc
    spec:
      cidr_blok: 10.0.0.0/16
      name: \"{{ gateway.id }}-ü\"
  gateway:
    kind: aws.ec2.internet_gateway
    spec:
      vpc_id: \"{{ vpc.id }}\"
";

    fn find(sources: &Sources, source: SourceId, part: &str) -> Location {
        let text = sources.text(source).unwrap();
        let offset = text.find(part).unwrap();
        let line = text[..offset].matches('\n').count() + 1;
        let column = text[..offset].chars().rev().take_while(|c| *c != '\n').count() + 1;
        let number = |n: usize| u32::try_from(n).unwrap();
        Location {
            source,
            offset: number(offset),
            length: number(part.len()),
            line: number(line),
            column: number(column),
        }
    }

    fn sample() -> (Diagnostics, Sources) {
        let mut sources = Sources::default();
        let cluster = sources.add("phases/1-cluster.yaml", CLUSTER);
        let long = format!(
            "settings: {{ note: \"{}\", contry: UA, more: \"{}\" }}\n",
            "x".repeat(150),
            "y".repeat(90)
        );
        let settings = sources.add("stacks/platform/sandbox.yaml", long);
        let mut diagnostics = Diagnostics::default();
        diagnostics.push(
            Diagnostic::error("`cidr_blok` is no field of spec")
                .at(find(&sources, cluster, "cidr_blok"), "this one")
                .did_you_mean("cidr_blok", ["cidr_block", "tags"]),
        );
        diagnostics.push(
            Diagnostic::error("resources wait for each other in a circle")
                .at(find(&sources, cluster, "gateway.id"), "1. `vpc` waits for `gateway`")
                .at(find(&sources, cluster, "vpc.id"), "2. `gateway` waits for `vpc`")
                .help("take one of the references away"),
        );
        diagnostics.push(
            Diagnostic::warning("`contry` is no setting of the stack")
                .at(find(&sources, settings, "contry"), "set here")
                .at(find(&sources, cluster, "cluster"), "the phase that the settings are of"),
        );
        diagnostics
            .push(Diagnostic::error("the workspace has no stack").help("make `stacks/platform/stack.yaml`"));
        (diagnostics, sources)
    }

    #[test]
    fn people_read_the_text_itself() {
        let (diagnostics, sources) = sample();
        insta::assert_snapshot!(human(&diagnostics, &sources, Look { unicode: true, ..Look::PLAIN }));
    }

    #[test]
    fn without_a_terminal_it_is_plain_ascii() {
        let (diagnostics, sources) = sample();
        let text = human(&diagnostics, &sources, Look { width: 72, ..Look::PLAIN });
        assert!(text.chars().all(|c| c.is_ascii() || c == 'ü'), "{text}");
        assert!(text.lines().all(|line| super::super::width(line) <= 72), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn with_colour_the_words_are_the_same() {
        let (diagnostics, sources) = sample();
        let colored = human(&diagnostics, &sources, Look { color: true, ..Look::PLAIN });
        assert!(colored.contains("\u{1b}["));
        let stripped = anstream::adapter::strip_str(&colored).to_string();
        assert_eq!(stripped, human(&diagnostics, &sources, Look::PLAIN));
    }

    #[test]
    fn programs_get_paths_lines_and_columns() {
        let (diagnostics, sources) = sample();
        insta::assert_json_snapshot!(json(&diagnostics, &sources));
    }

    #[test]
    fn a_place_that_no_text_has_is_no_reason_to_fail() {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", "ü");
        let beyond = Location { source: id, offset: 1, length: 900, line: 1, column: 1 };
        let nowhere = Location { source: SourceId(7), ..beyond };
        let diagnostic = Diagnostic::error("it is wrong").at(nowhere, "there").at(beyond, "here");
        let text = human(&diagnostic.into(), &sources, Look::PLAIN);
        assert!(text.contains("it is wrong") && text.contains("here"), "{text}");
    }

    #[test]
    fn a_fault_deep_in_a_long_file_has_its_own_line_number() {
        let mut sources = Sources::default();
        let lines: Vec<String> = (1..=1000).map(|n| format!("line-{n}: x\n")).collect();
        let id = sources.add("long.yaml", lines.concat());
        let diagnostic = Diagnostic::error("no").at(find(&sources, id, "line-700"), "this");
        let text = human(&diagnostic.into(), &sources, Look::PLAIN);
        assert!(text.contains("[long.yaml:700:1]") && text.contains(" 700 | line-700: x\n"), "{text}");
        assert!(text.contains(" 699 | line-699: x\n") && text.contains(" 701 | line-701: x\n"), "{text}");
    }
}
