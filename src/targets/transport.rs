//! What the error of a client says of the way that its call went: whether it was sent at all, and all
//! that is behind it. Knows no client.

use std::error::Error;
use std::io;

/// Whether the connection was never made, so that the other side can't have heard of the call.
pub(super) fn never_sent(error: &(dyn Error + 'static)) -> bool {
    let refuses = |io: &io::Error| {
        matches!(
            io.kind(),
            io::ErrorKind::ConnectionRefused
                | io::ErrorKind::HostUnreachable
                | io::ErrorKind::NetworkUnreachable
                | io::ErrorKind::NetworkDown
        )
    };
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(refuses) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// An error and all that is behind it, without what is said twice.
pub(super) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_connection_was_never_sent_and_a_reset_one_may_have_been() {
        #[derive(Debug, thiserror::Error)]
        #[error("dispatch failure")]
        struct Outer(#[source] io::Error);
        assert!(never_sent(&Outer(io::ErrorKind::ConnectionRefused.into())));
        assert!(!never_sent(&Outer(io::ErrorKind::ConnectionReset.into())));
        let text = causes(&Outer(io::Error::other("connection reset by peer")));
        assert_eq!(text, "dispatch failure: connection reset by peer");
    }
}
