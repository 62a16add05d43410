//! The control plane itself: how it is reached, and that it does what the other tests rely on.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use k8s_openapi::api::core::v1::Node;
use kube::api::{Api, ListParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use ninefold::kinds::{Answer, Connection};
use ninefold::targets::kubernetes::Tokens;
use ninefold::targets::kubernetes::clients::Token;
use ninefold::world::{World, files, process};
use serde_json::Value as Json;

fn path() -> String {
    process::variable("NINEFOLD_TEST_KUBECONFIG")
        .expect("NINEFOLD_TEST_KUBECONFIG is not set: run it by `bash tests/run kube`")
}

fn kubeconfig() -> Kubeconfig {
    Kubeconfig::read_from(path()).expect("the kubeconfig can be read")
}

/// A client of its own, with an administrator's rights.
pub async fn client() -> kube::Client {
    let options = KubeConfigOptions::default();
    let config = kube::Config::from_custom_kubeconfig(kubeconfig(), &options).await.expect("a configuration");
    kube::Client::try_from(config).expect("a client")
}

/// The cluster as a cluster resource of a cloud would describe it.
pub fn connection() -> Connection {
    let json = serde_json::to_value(kubeconfig()).expect("JSON");
    let text = |pointer: &str| json.pointer(pointer).and_then(Json::as_str).expect(pointer).to_owned();
    Connection {
        name: "tests".into(),
        endpoint: text("/clusters/0/cluster/server"),
        certificate_authority: text("/clusters/0/cluster/certificate-authority-data"),
        region: "eu-west-1".into(),
    }
}

/// The administrator's token.
pub struct Administrator;

#[async_trait]
impl Tokens for Administrator {
    async fn token(&self, _cluster: &Connection) -> Answer<Token> {
        // Kubeconfigs don't serialise their secrets, so it is read from the file.
        let text = files::read_to_string(path().as_ref()).expect("a kubeconfig");
        let secret = text.split("token: ").nth(1).and_then(|rest| rest.split([' ', '}']).next());
        Ok(Token { secret: secret.expect("a token").to_owned(), lifetime: Duration::from_secs(900) })
    }
}

/// Ninefold's calls to the cluster.
pub fn target(world: &World) -> ninefold::targets::calls::CallTable {
    ninefold::targets::kubernetes::target(world.clone(), Arc::new(Administrator))
}

#[test]
fn it_is_the_minor_version_that_the_platform_pins_and_its_nodes_are_ready() {
    World::real().expect("a runtime").run(async {
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
    });
}
