use std::io;
use std::sync::{Arc, Mutex};

use indicatif::{ProgressDrawTarget, TermLike};

use super::*;
use crate::report::Look;
use crate::report::plan::sample;

fn at(seconds: u64) -> Moment {
    Moment { wall_ms: seconds * 10, virtual_ms: Some(seconds * 1000) }
}

/// What happens in an apply of the first five operations of the sample.
fn story() -> Vec<(Event, Moment)> {
    vec![
        (Event::Started { operation: 0 }, at(0)),
        (Event::Started { operation: 5 }, at(1)),
        (Event::Status { operation: 5, status: "UPDATING".into() }, at(2)),
        (Event::Finished { operation: 0, id: Some(PhysicalId::new("vpc-0a1b2c3d")) }, at(4)),
        (Event::Started { operation: 1 }, at(4)),
        (Event::Failed { operation: 1, error: "VpcLimitExceeded: too many".into() }, at(6)),
        (Event::Skipped { operation: 2, because: "platform/cluster.vpc[primary]".parse().unwrap() }, at(6)),
    ]
}

fn told() -> Progress {
    let mut plan = sample::plan();
    plan.operations.truncate(6);
    plan.operations[1].waits_for = vec![0];
    plan.operations[2].waits_for = vec![1];
    plan.operations[5].estimate_ms = 600_000;
    Progress::of(&plan)
}

#[test]
fn a_log_has_a_line_for_each_beginning_and_end() {
    let mut progress = told();
    let mut log = Vec::new();
    for (event, now) in story() {
        progress.record(&event, now);
        log.extend(lines::line(&progress, &event, Look::PLAIN));
    }
    insta::assert_snapshot!(log.join("\n"));
}

#[test]
fn the_picture_shows_what_is_in_flight_and_what_is_left() {
    let mut progress = told();
    for (event, now) in story() {
        progress.record(&event, now);
    }
    progress.record(&Event::Started { operation: 3 }, at(6));
    progress.tick(at(72));
    let unicode = Look { unicode: true, ..Look::PLAIN };
    insta::assert_snapshot!(picture::lines(&progress, 8, unicode).join("\n"));
    let narrow = picture::lines(&progress, 2, Look { width: 60, ..Look::PLAIN });
    assert!(narrow.iter().all(|line| line.len() <= 60), "{narrow:?}");
    assert_eq!(narrow[0], "  ... 2 more in flight");
    assert_eq!(narrow.len(), 2);
}

#[test]
fn who_asks_to_stop_reads_what_is_waited_for() {
    let mut progress = told();
    assert_eq!(
        lines::stopping(&progress, Look::PLAIN),
        "Stopping: nothing new is started, 6 operations won't be tried."
    );
    progress.record(&Event::Started { operation: 5 }, at(0));
    let one = lines::stopping(&progress, Look::PLAIN);
    assert!(
        one.contains("Waiting for platform/") && one.ends_with("a second Ctrl-C leaves at once."),
        "{one}"
    );
    for operation in 0..5 {
        progress.record(&Event::Started { operation }, at(1));
    }
    let all = lines::stopping(&progress, Look::PLAIN);
    assert!(all.contains(" and 1 more;") && !all.contains("won't be tried"), "{all}");
}

#[test]
fn the_estimate_is_the_longest_chain_that_is_left() {
    let mut progress = told();
    assert_eq!(progress.estimate_ms(), 600_000);
    progress.record(&Event::Started { operation: 5 }, at(0));
    progress.tick(at(100));
    assert_eq!(progress.estimate_ms(), 500_000);
    progress.record(&Event::Finished { operation: 5, id: None }, at(700));
    assert_eq!(progress.estimate_ms(), 12_000, "three operations of four seconds, one after the other");
}

#[test]
fn what_is_over_is_counted_once() {
    let mut progress = told();
    for operation in [0, 0, 99] {
        progress.record(&Event::Finished { operation, id: None }, at(1));
    }
    assert_eq!((progress.done(), progress.left(), progress.total()), (1, 5, 6));
}

/// A terminal that keeps what is written to it.
#[derive(Debug, Clone, Default)]
struct Paper(Arc<Mutex<String>>);

impl TermLike for Paper {
    fn width(&self) -> u16 {
        100
    }

    fn height(&self) -> u16 {
        20
    }

    fn move_cursor_up(&self, _n: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _n: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _n: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _n: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        self.write_str(&format!("{line}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.lock().unwrap().push_str(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_terminal_sees_the_picture_and_the_lines_of_what_is_over() {
    let paper = Paper::default();
    let target = ProgressDrawTarget::term_like_with_hz(Box::new(paper.clone()), 255);
    let mut display = terminal::Display::new(told(), target, 8, Look::PLAIN);
    for (event, now) in story() {
        display.record(&event, now);
    }
    display.tick(at(20));
    let seen = paper.0.lock().unwrap().clone();
    assert!(seen.contains("deleted platform/cluster.vpc[primary] vpc-0a1b2c3d 4.0s"), "{seen}");
    assert!(seen.contains("failed to create platform/cluster.vpc[primary] 2.0s: VpcLimitExceeded"), "{seen}");
    assert!(seen.contains("updating platform/cluster.cluster[primary]  UPDATING"), "{seen}");
    let progress = display.finish();
    assert_eq!((progress.done(), progress.failed(), progress.skipped()), (1, 1, 1));
}
