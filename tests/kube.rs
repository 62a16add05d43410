//! The calls to Kubernetes, against a real control plane: `bash tests/run kube`.

#[path = "kube/plane.rs"]
mod plane;
