//! Where resources live: what carries out the calls that `kinds` describes.
//!
//! A target knows kinds, not plans: it never decides what is to be done, and keeps no state of
//! Ninefold's.

#[cfg(feature = "aws")]
pub mod aws;
pub mod calls;
pub mod core;
#[cfg(feature = "kubernetes")]
pub mod kubernetes;
pub mod local;
pub mod router;
pub mod sandbox;
#[cfg(any(feature = "aws", feature = "kubernetes"))]
mod transport;
