//! Requests to stop: Ctrl-C, and the SIGTERM of a CI runner.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

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

/// The requests so far. Handles to the same counter may be cloned freely.
#[derive(Clone, Default)]
pub struct Interrupts(Arc<AtomicU8>);

const AT_ONCE: u8 = 2;

impl Interrupts {
    #[must_use]
    pub fn level(&self) -> Interrupt {
        match self.0.load(Ordering::SeqCst) {
            0 => Interrupt::None,
            1 => Interrupt::Gently,
            _ => Interrupt::AtOnce,
        }
    }

    /// Counts one more request of a person.
    pub fn ask(&self) {
        let _ = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| Some((n + 1).min(AT_ONCE)));
    }

    /// Asks to leave without waiting.
    pub fn ask_at_once(&self) {
        self.0.store(AT_ONCE, Ordering::SeqCst);
    }

    /// Lets SIGINT and SIGTERM count here, from now to the end of the process.
    ///
    /// # Errors
    /// When the operating system refuses the handlers.
    pub fn listen(&self) -> std::io::Result<()> {
        use signal_hook::consts::{SIGINT, SIGTERM};
        let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
        let interrupts = self.clone();
        std::thread::Builder::new().name("signals".into()).spawn(move || {
            for signal in signals.forever() {
                if signal == SIGTERM {
                    interrupts.ask_at_once();
                } else {
                    interrupts.ask();
                }
            }
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
