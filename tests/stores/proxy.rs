//! A proxy in front of an emulator that lets chosen requests go wrong.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::http::Request;

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is carried out, and answered as if another had come first.
    SaysExists,
    /// It isn't carried out, and answered as one of two that came at once.
    Conflict,
    /// It is carried out, and the answer lost.
    LosesAnswer,
    /// It is carried out, and the answer breaks off.
    Truncates,
    /// It isn't carried out, and nothing is answered.
    LosesRequest,
    /// It isn't carried out: there is too much to do.
    Busy,
    /// It is carried out without the condition that it came with.
    IgnoresCondition,
    /// Somebody else puts something there first.
    Another(String),
    /// It is answered with this, whatever it asked for.
    Answers(u16, &'static str, &'static str),
    /// It is refused with this code, as services that speak JSON refuse.
    #[cfg_attr(not(feature = "aws"), allow(dead_code, reason = "KMS is asked by the SDK alone"))]
    Refuses(&'static str),
}

/// Which request: the how many-th put-if-absent or read of an object below this folder, from 1.
pub type Which = (&'static str, &'static str, u32);

pub struct Proxy {
    pub address: String,
    shared: Arc<Shared>,
}

/// Passes a request on to an address.
type Passes = fn(&Request, &str) -> Vec<u8>;

struct Shared {
    upstream: String,
    passes: Passes,
    faults: BTreeMap<Which, Fault>,
    /// Every request that meets this fault, unless it is chosen above.
    always: Option<Fault>,
    seen: Mutex<BTreeMap<(&'static str, String), u32>>,
    met: Mutex<Vec<Which>>,
    passed: Mutex<Vec<(Request, Vec<u8>)>>,
    gate: Mutex<Gate>,
    opened: Condvar,
}

/// Holds the first puts of two processes until both are there.
#[derive(Default)]
struct Gate {
    awaited: u32,
    rounds: u32,
}

impl Proxy {
    pub fn new(upstream: &str, faults: impl IntoIterator<Item = (Which, Fault)>) -> Self {
        Self::of(upstream, Request::send, faults.into_iter().collect(), None)
    }

    /// One that answers everything in the same way.
    pub fn always(fault: Fault) -> Self {
        Self::before("127.0.0.1:1", fault)
    }

    /// One that lets the same become of everything that it passes on.
    pub fn before(upstream: &str, fault: Fault) -> Self {
        Self::of(upstream, Request::send, BTreeMap::new(), Some(fault))
    }

    /// One that passes everything on in its own way.
    pub fn translating(upstream: &str, passes: Passes) -> Self {
        Self::of(upstream, passes, BTreeMap::new(), None)
    }

    fn of(upstream: &str, passes: Passes, faults: BTreeMap<Which, Fault>, always: Option<Fault>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let shared = Arc::new(Shared {
            upstream: upstream.to_owned(),
            passes,
            faults,
            always,
            seen: Mutex::default(),
            met: Mutex::default(),
            passed: Mutex::default(),
            gate: Mutex::default(),
            opened: Condvar::new(),
        });
        let server = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, server) = (stream.expect("a connection"), server.clone());
                std::thread::spawn(move || server.serve(stream));
            }
        });
        Self { address, shared }
    }

    /// The faults that came about.
    pub fn met(&self) -> Vec<Which> {
        self.shared.met.lock().unwrap().clone()
    }

    /// Every request, and what it was answered with.
    pub fn passed(&self) -> Vec<(Request, Vec<u8>)> {
        self.shared.passed.lock().unwrap().clone()
    }

    /// Lets the next put wait for another one, for five seconds at most.
    pub fn gather_two(&self) {
        let mut gate = self.shared.gate.lock().unwrap();
        gate.awaited = 2;
        gate.rounds += 1;
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) {
        let Some(request) = Request::read(&mut stream) else { return };
        let is_conditional =
            ["if-none-match", "x-goog-if-generation-match"].iter().any(|name| request.header(name).is_some());
        let is_put = request.method == "PUT" && is_conditional;
        if is_put {
            self.gather();
        }
        let answer = self.answer(&request, is_put);
        self.passed.lock().unwrap().push((request, answer.clone()));
        // Who asked may have gone.
        let _ = stream.write_all(&answer);
    }

    fn gather(&self) {
        let mut gate = self.gate.lock().unwrap();
        if gate.awaited == 0 {
            return;
        }
        gate.awaited -= 1;
        let round = gate.rounds;
        self.opened.notify_all();
        let waits = |gate: &mut Gate| gate.awaited > 0 && gate.rounds == round;
        let (mut gate, waited) = self.opened.wait_timeout_while(gate, Duration::from_secs(5), waits).unwrap();
        if waited.timed_out() {
            gate.awaited = 0;
        }
    }

    fn answer(&self, request: &Request, is_put: bool) -> Vec<u8> {
        match self.fault(request, is_put).or_else(|| self.always.clone()) {
            None => (self.passes)(request, &self.upstream),
            Some(Fault::SaysExists) => {
                request.send(&self.upstream);
                error(412, "PreconditionFailed", "")
            }
            Some(Fault::Conflict) => error(409, "ConditionalRequestConflict", ""),
            Some(Fault::LosesAnswer) => {
                request.send(&self.upstream);
                Vec::new()
            }
            Some(Fault::Truncates) => {
                let answer = request.send(&self.upstream);
                let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
                let body = &answer[end + 4..];
                let mut cut = b"HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\netag: \"x\"\r\n".to_vec();
                cut.extend(b"last-modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n");
                cut.extend(format!("content-length: {}\r\n\r\n", body.len() + 10).bytes());
                cut.extend(&body[..body.len() / 2]);
                cut
            }
            Some(Fault::LosesRequest) => Vec::new(),
            Some(Fault::Busy) => error(503, "SlowDown", ""),
            Some(Fault::IgnoresCondition) => request.without(&["if-none-match"]).send(&self.upstream),
            Some(Fault::Another(text)) => {
                let mut other = request.without(&["content-length", "if-none-match", "x-amz-content-sha256"]);
                other.body = text.into_bytes();
                other.headers.push(format!("content-length: {}", other.body.len()));
                other.headers.push("x-amz-content-sha256: UNSIGNED-PAYLOAD".to_owned());
                other.send(&self.upstream);
                request.send(&self.upstream)
            }
            Some(Fault::Answers(status, code, header)) => error(status, code, header),
            Some(Fault::Refuses(code)) => refusal(code),
        }
    }

    /// What goes wrong with this one, counted by what it is.
    fn fault(&self, request: &Request, is_put: bool) -> Option<Fault> {
        let what = if is_put { "put" } else { "get" };
        let folder = ["log", "snapshot", "evidence", "lease"]
            .into_iter()
            .find(|folder| request.path.contains(&format!("/{folder}/")))?;
        if !is_put && request.method != "GET" {
            return None;
        }
        let mut seen = self.seen.lock().unwrap();
        let count = seen.entry((what, folder.to_owned())).or_default();
        *count += 1;
        let which = (what, folder, *count);
        let fault = self.faults.get(&which)?.clone();
        self.met.lock().unwrap().push(which);
        Some(fault)
    }
}

/// An error as S3 answers it, with what must never be shown.
fn error(status: u16, code: &str, header: &str) -> Vec<u8> {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>not for people</Message>\
         <StringToSign>not for people</StringToSign></Error>"
    );
    let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
    let length = text.len();
    format!(
        "HTTP/1.1 {status} Error\r\n{header}content-type: application/xml\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{text}"
    )
    .into_bytes()
}

/// A refusal of a service that speaks JSON.
fn refusal(code: &str) -> Vec<u8> {
    let text = format!("{{\"__type\":\"{code}\",\"message\":\"not for people\"}}");
    let length = text.len();
    format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{text}"
    )
    .into_bytes()
}
