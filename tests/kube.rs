//! The calls to Kubernetes, against a real control plane: `bash tests/run kube`.

#[path = "kube/object.rs"]
mod object;
#[path = "kube/plane.rs"]
mod plane;
