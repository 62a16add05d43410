//! Kubernetes, by server-side apply.
