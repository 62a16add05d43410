//! Requests to stop: Ctrl-C, the SIGTERM of a CI runner or of a pod, the SIGHUP of a closed terminal.
//!
//! Knows nothing of what is under way: whoever works looks here, or waits for a request to come. Only
//! who was asked to leave at once and hasn't left after a while is made to.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use super::process;

/// How urgently the process was asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interrupt {
    /// Nobody asked.
    None,
    /// Once Ctrl-C: start nothing new and wait for what is in flight.
    Gently,
    /// A second Ctrl-C, or SIGTERM: journal what is in flight and leave.
    AtOnce,
}

/// How long leaving at once may take. Who sends SIGTERM often sends SIGKILL five seconds later, and
/// a machine that is being shut down is slow.
pub const TIME_TO_LEAVE: Duration = Duration::from_millis(3_500);

/// The requests so far. Handles to the same counter may be cloned freely.
#[derive(Clone, Default)]
pub struct Interrupts(Arc<Shared>);

#[derive(Default)]
struct Shared {
    level: AtomicU8,
    /// Who waits for the next request.
    waiting: Mutex<Vec<Waker>>,
}

const AT_ONCE: u8 = 2;

impl Interrupts {
    #[must_use]
    pub fn level(&self) -> Interrupt {
        match self.0.level.load(Ordering::SeqCst) {
            0 => Interrupt::None,
            1 => Interrupt::Gently,
            _ => Interrupt::AtOnce,
        }
    }

    /// Counts one more request of a person.
    pub fn ask(&self) {
        let _ = self.0.level.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| Some((n + 1).min(AT_ONCE)));
        self.wake();
    }

    /// Asks to leave without waiting.
    pub fn ask_at_once(&self) {
        self.0.level.store(AT_ONCE, Ordering::SeqCst);
        self.wake();
    }

    /// Waits until it is more urgent to stop than it was known to be.
    pub async fn beyond(&self, known: Interrupt) -> Interrupt {
        std::future::poll_fn(|context| {
            let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            // Looked at under the lock: whoever asks after this finds the waker.
            let level = self.level();
            if level > known {
                return Poll::Ready(level);
            }
            if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                waiting.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await
    }

    fn wake(&self) {
        let waiting = std::mem::take(&mut *self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Lets SIGINT, SIGTERM and SIGHUP count here, from now to the end of the process. `leave` ends
    /// the process where it hasn't ended by itself [`TIME_TO_LEAVE`] after it was asked to leave at
    /// once, and at a third Ctrl-C.
    ///
    /// # Errors
    /// When the operating system refuses the handlers.
    pub fn listen(&self, leave: impl Fn() + Clone + Send + 'static) -> std::io::Result<()> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        // What the process was started to ignore, as `nohup` does, it goes on to ignore.
        let heard = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !process::ignores(*signal));
        let mut signals = signal_hook::iterator::Signals::new(heard)?;
        let interrupts = self.clone();
        std::thread::Builder::new().name("signals".into()).spawn(move || {
            for signal in signals.forever() {
                let before = interrupts.level();
                match (signal, before) {
                    (SIGINT, Interrupt::AtOnce) => leave(),
                    (SIGINT, _) => interrupts.ask(),
                    _ => interrupts.ask_at_once(),
                }
                if before < Interrupt::AtOnce && interrupts.level() == Interrupt::AtOnce {
                    let late = leave.clone();
                    let made = std::thread::Builder::new().name("leaving".into()).spawn(move || {
                        std::thread::sleep(TIME_TO_LEAVE);
                        late();
                    });
                    if made.is_err() {
                        leave();
                    }
                }
            }
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::World;
    use super::*;
    use futures::future::{Either, select};
    use std::pin::pin;

    #[test]
    fn the_second_request_is_urgent() {
        let interrupts = Interrupts::default();
        assert_eq!(interrupts.level(), Interrupt::None);
        interrupts.ask();
        assert_eq!(interrupts.level(), Interrupt::Gently);
        interrupts.ask();
        interrupts.ask();
        assert_eq!(interrupts.level(), Interrupt::AtOnce);
    }

    #[test]
    fn who_waits_is_woken_by_what_is_more_urgent_than_it_knows() {
        let world = World::virtual_from(1, 0);
        let interrupts = world.interrupts().clone();
        let (first, second, ()) = world.run(async {
            let ask = async {
                for _ in 0..2 {
                    world.sleep(Duration::from_secs(1)).await;
                    interrupts.ask();
                }
            };
            futures::join!(interrupts.beyond(Interrupt::None), interrupts.beyond(Interrupt::Gently), ask)
        });
        assert_eq!((first, second), (Interrupt::Gently, Interrupt::AtOnce));
        assert_eq!(world.now().since_start_ms, 2_000);
    }

    #[test]
    fn who_has_stopped_waiting_is_not_waited_for() {
        let world = World::virtual_from(1, 0);
        world.run(async {
            for _ in 0..100 {
                let beyond = pin!(world.interrupts().beyond(Interrupt::None));
                let sleep = pin!(world.sleep(Duration::from_secs(1)));
                let slept = select(beyond, sleep).await;
                assert!(matches!(slept, Either::Right(_)));
            }
        });
        assert!(world.interrupts().0.waiting.lock().unwrap().len() <= 1);
    }
}
