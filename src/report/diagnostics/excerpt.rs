//! The part of a source text that a diagnostic shows, with its long lines cut around the labels.

use std::fmt::Write as _;
use std::ops::Range;

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::model::{Label, Location, SourceId, Sources};

/// A text and its labels, in the form that miette reads.
#[derive(Debug)]
pub(super) struct Excerpt {
    path: String,
    /// The lines around the labels.
    text: String,
    /// How many lines come before them.
    skipped: usize,
    labels: Vec<Moved>,
}

/// A label, and where it is in the excerpt.
#[derive(Debug)]
struct Moved {
    at: Range<usize>,
    text: String,
    /// Where it is in the whole text.
    place: Location,
}

/// The columns that miette takes for line numbers and frame.
const MARGIN: usize = 12;

impl Excerpt {
    /// The text that `labels` point into; `None` where it isn't known or nothing points into it.
    pub(super) fn of(sources: &Sources, id: SourceId, labels: &[&Label], columns: usize) -> Option<Self> {
        let path = sources.path(id)?.to_string_lossy().into_owned();
        let whole = sources.text(id)?;
        let columns = columns.saturating_sub(MARGIN).max(20);
        let places: Vec<Range<usize>> = labels.iter().map(|label| within(whole, label.at)).collect();
        let mut excerpt = Self { path, text: String::new(), skipped: 0, labels: Vec::new() };
        let mut moved = places.clone();
        let shown = lines_around(whole, &places);
        excerpt.skipped = whole[..shown.start].bytes().filter(|byte| *byte == b'\n').count();
        let mut start = shown.start;
        for line in whole[shown].split_inclusive('\n') {
            excerpt.add_line(line, start, columns, &places, &mut moved);
            start += line.len();
        }
        excerpt.labels = moved
            .into_iter()
            .zip(labels)
            .map(|(at, label)| Moved { at, text: label.text.clone(), place: label.at })
            .collect();
        Some(excerpt)
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn labels(&self) -> impl Iterator<Item = LabeledSpan> {
        self.labels.iter().map(|label| {
            let text = Some(label.text.clone()).filter(|text| !text.is_empty());
            LabeledSpan::new(text, label.at.start, label.at.len())
        })
    }

    /// Adds a line that starts at `start` of the whole text, cut where it is too long, and moves the
    /// ends of the labels that lie in it.
    fn add_line(
        &mut self,
        line: &str,
        start: usize,
        columns: usize,
        places: &[Range<usize>],
        moved: &mut [Range<usize>],
    ) {
        let content = line.trim_end_matches(['\n', '\r']);
        let here = start..start + line.len();
        let pointed_at =
            places.iter().find(|place| here.contains(&place.start)).map_or(0, |place| place.start - start);
        let window = window(content, pointed_at, columns);
        let shift = self.text.len();
        let lead = if window.start > 0 { "..." } else { "" };
        let trail = if window.end < content.len() { "..." } else { "" };
        let kept = content.get(window.clone()).unwrap_or(content);
        let _ = write!(self.text, "{lead}{kept}{trail}{}", &line[content.len()..]);
        let follow = |offset: usize| {
            let in_line = (offset - start).clamp(window.start, window.end.max(window.start));
            shift + lead.len() + in_line - window.start
        };
        for (place, moved) in places.iter().zip(moved) {
            if here.contains(&place.start) || place.start == here.end {
                moved.start = follow(place.start);
                moved.end = moved.end.max(moved.start);
            }
            if here.contains(&place.end) || place.end == here.end {
                moved.end = follow(place.end).max(moved.start);
            }
        }
    }
}

/// The bytes of a place, within the text and between characters.
fn within(text: &str, at: Location) -> Range<usize> {
    let start = text.floor_char_boundary((at.offset as usize).min(text.len()));
    let end = text.ceil_char_boundary((at.offset as usize + at.length as usize).min(text.len()));
    start..end.max(start)
}

/// The bytes of the lines that places are on, with those that miette shows around them: a workspace
/// may have thousands of faults in a file of many megabytes.
fn lines_around(text: &str, places: &[Range<usize>]) -> Range<usize> {
    let first = places.iter().map(|place| place.start).min().unwrap_or(0);
    let last = places.iter().map(|place| place.end).max().unwrap_or(0);
    let mut breaks_before = text[..first].rmatch_indices('\n').map(|(at, _)| at + 1);
    let mut breaks_after = text[last..].match_indices('\n').map(|(at, _)| last + at + 1);
    breaks_before.nth(AROUND).unwrap_or(0)..breaks_after.nth(AROUND).unwrap_or(text.len())
}

/// More than miette shows before and after a label.
const AROUND: usize = 3;

/// The bytes of a line to keep, so that `at` is among them.
fn window(line: &str, at: usize, columns: usize) -> Range<usize> {
    if crate::report::width(line) <= columns {
        return 0..line.len();
    }
    // The cuts themselves take six columns. Wide characters are counted by their bytes here, which
    // can only make the window narrower.
    let room = columns.saturating_sub(6);
    let start = line.ceil_char_boundary(at.saturating_sub(room / 3).min(line.len().saturating_sub(room)));
    let end = line.floor_char_boundary((start + room).min(line.len()));
    start..end.max(start)
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_lines_before: usize,
        context_lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let contents = self.text.read_span(span, context_lines_before, context_lines_after)?;
        // A span read without context is asked for its place, to be printed: that is the place in
        // the whole text, not the one in this.
        let is_place = context_lines_before == 0 && context_lines_after == 0;
        let label = self.labels.iter().find(|label| is_place && label.at.start == span.offset());
        let from_0 = |n: u32| n.saturating_sub(1) as usize;
        let (line, column) = match label {
            Some(label) => (from_0(label.place.line), from_0(label.place.column)),
            None => (contents.line() + self.skipped, contents.column()),
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.path.clone(),
            contents.data(),
            *contents.span(),
            line,
            column,
            contents.line_count(),
        )))
    }
}
