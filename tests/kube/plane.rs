//! The control plane itself: where it is, and that it does what the other tests rely on.

use k8s_openapi::api::core::v1::Node;
use kube::api::{Api, ListParams};
use kube::config::{KubeConfigOptions, Kubeconfig};

/// A client with an administrator's rights.
pub async fn client() -> kube::Client {
    let path = std::env::var("NINEFOLD_TEST_KUBECONFIG")
        .expect("NINEFOLD_TEST_KUBECONFIG is not set: run it by `bash tests/run kube`");
    let kubeconfig = Kubeconfig::read_from(path).expect("the kubeconfig can be read");
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
        .await
        .expect("the kubeconfig is one");
    kube::Client::try_from(config).expect("a client")
}

#[tokio::test]
async fn it_is_the_minor_version_that_the_platform_pins_and_its_nodes_are_ready() {
    let client = client().await;
    let version = client.apiserver_version().await.expect("a version");
    assert_eq!((version.major.as_str(), version.minor.as_str()), ("1", "35"));

    let nodes = Api::<Node>::all(client).list(&ListParams::default()).await.expect("nodes");
    let ready = nodes
        .items
        .iter()
        .filter_map(|node| node.status.as_ref()?.conditions.as_ref())
        .filter(|conditions| conditions.iter().any(|c| c.type_ == "Ready" && c.status == "True"))
        .count();
    assert_eq!(ready, 3);
}
