//! Progress on a terminal, redrawn in place.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Event, Moment, Progress, lines, picture};
use crate::report::Look;

/// The display: lines of what is over scroll up, what is in flight stays below them.
pub struct Display {
    progress: Progress,
    look: Look,
    height: usize,
    multi: MultiProgress,
    bars: Vec<ProgressBar>,
}

impl Display {
    /// `target` is what to draw on; `height` the lines that may be taken for what is in flight.
    #[must_use]
    pub fn new(progress: Progress, target: ProgressDrawTarget, height: usize, look: Look) -> Self {
        Self { progress, look, height, multi: MultiProgress::with_draw_target(target), bars: Vec::new() }
    }

    /// Shows what happened.
    pub fn record(&mut self, event: &Event, now: Moment) {
        self.progress.record(event, now);
        let _ = lines::line(&self.progress, event, self.look);
        self.draw();
    }

    /// Shows how time passes while nothing happens.
    pub fn tick(&mut self, now: Moment) {
        self.progress.tick(now);
        self.draw();
    }

    /// Takes the display away; what has scrolled up stays.
    pub fn finish(self) -> Progress {
        for bar in &self.bars {
            bar.finish_and_clear();
        }
        self.progress
    }

    fn draw(&mut self) {
        let lines = picture::lines(&self.progress, self.height, self.look);
        while self.bars.len() < lines.len() {
            let bar = self.multi.add(ProgressBar::new_spinner());
            bar.set_style(ProgressStyle::default_spinner());
            self.bars.push(bar);
        }
    }
}
