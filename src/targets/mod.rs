//! Where resources live: what carries out the calls that `kinds` describes.
//!
//! A target knows kinds, not plans: it never decides what is to be done, and keeps no state of
//! Ninefold's.

pub mod core;
pub mod local;
pub mod router;
pub mod sandbox;
