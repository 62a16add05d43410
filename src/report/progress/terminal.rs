//! Progress on a terminal, redrawn in place.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Event, Moment, Progress, lines, picture};
use crate::report::Look;

/// The display: lines of what is over scroll up, what is in flight stays below them.
///
/// It draws on what it is given and only when it is told of something: it has no thread and no
/// clock of its own.
pub struct Display {
    progress: Progress,
    look: Look,
    height: usize,
    multi: MultiProgress,
    /// One for each line of the picture.
    bars: Vec<ProgressBar>,
    drawn_at_ms: Option<u64>,
}

/// Drawing more often than this is seen by nobody, and costs a pass over the plan each time.
const REDRAW_AFTER_MS: u64 = 50;

impl Display {
    /// `target` is what to draw on; `height` the lines that may be taken for what is in flight and
    /// the figures.
    #[must_use]
    pub fn new(progress: Progress, target: ProgressDrawTarget, height: usize, look: Look) -> Self {
        let multi = MultiProgress::with_draw_target(target);
        Self { progress, look, height, multi, bars: Vec::new(), drawn_at_ms: None }
    }

    /// Shows what happened.
    pub fn record(&mut self, event: &Event, now: Moment) {
        self.progress.record(event, now);
        // What begins is in the picture; only what ends leaves a line.
        if !matches!(event, Event::Started { .. })
            && let Some(line) = lines::line(&self.progress, event, self.look)
        {
            // A terminal that is gone is no reason to stop applying.
            let _ = self.multi.println(line);
        }
        self.draw_unless_just_drawn();
    }

    /// Shows what is waited for, now that somebody has asked to stop.
    pub fn stopping(&mut self) {
        let _ = self.multi.println(lines::stopping(&self.progress, self.look));
    }

    /// Shows how time passes while nothing happens.
    pub fn tick(&mut self, now: Moment) {
        self.progress.tick(now);
        self.draw_unless_just_drawn();
    }

    /// Takes the picture away; the lines that have scrolled up stay.
    #[must_use]
    pub fn finish(mut self) -> Progress {
        self.show(&[]);
        // A line that was drawn before others scrolled past it would stay otherwise.
        let _ = self.multi.clear();
        self.progress
    }

    fn draw_unless_just_drawn(&mut self) {
        let now_ms = self.progress.now().wall_ms;
        if self.drawn_at_ms.is_some_and(|at_ms| now_ms < at_ms.saturating_add(REDRAW_AFTER_MS)) {
            return;
        }
        self.drawn_at_ms = Some(now_ms);
        let picture = picture::lines(&self.progress, self.height, self.look);
        self.show(&picture);
    }

    fn show(&mut self, picture: &[String]) {
        while self.bars.len() > picture.len() {
            if let Some(bar) = self.bars.pop() {
                bar.finish_and_clear();
                self.multi.remove(&bar);
            }
        }
        while self.bars.len() < picture.len() {
            let bar = self.multi.add(ProgressBar::no_length());
            // The template is a constant that parses; the default would only show more.
            bar.set_style(
                ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
            );
            self.bars.push(bar);
        }
        for (bar, line) in self.bars.iter().zip(picture) {
            bar.set_message(line.clone());
        }
    }
}
