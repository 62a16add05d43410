//! What calls say of services that can't be reached, or that answer no more.

use std::io::Read as _;
use std::net::TcpListener;

use ninefold::kinds::{Effect, ErrorKind, Target as _};
use ninefold::world::World;
use serde_json::json;

use crate::emulator::account;

/// The error of creating a bucket at an address.
fn create_at(address: &str) -> ninefold::kinds::CallError {
    let world = World::real().expect("a runtime");
    world.clone().run(async {
        let account = account(world, address).await;
        let intent = account.intent("aws.eks.cluster", "platform/cluster.cluster");
        let spec = json!({
            "name": "production", "role_arn": "arn:aws:iam::123456789012:role/cluster",
            "resources_vpc_config": { "subnet_ids": ["subnet-1", "subnet-2"] },
        });
        account.target.create(&intent, &spec).await.expect_err("nobody answers")
    })
}

#[test]
fn a_service_that_refuses_connections_has_done_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let error = create_at(&address);
    assert_eq!((error.kind, error.effect), (ErrorKind::Unreachable, Effect::None), "{error}");
}

#[test]
fn a_service_that_hangs_up_after_the_request_may_have_done_it_and_is_not_asked_twice() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    #[allow(clippy::disallowed_methods, reason = "the server is no part of the world under test")]
    let server = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("a connection");
        let read = connection.read(&mut [0; 4096]).expect("a request");
        drop(connection);
        listener.set_nonblocking(true).expect("a socket");
        (read, listener)
    });
    let error = create_at(&address);
    assert_eq!((error.kind, error.effect), (ErrorKind::Transient, Effect::Unknown), "{error}");
    let (read, listener) = server.join().expect("a server");
    assert!(read > 0);
    assert!(listener.accept().is_err(), "the SDK tried again by itself");
}
