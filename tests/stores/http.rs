//! As much of HTTP as tests need: one request a connection.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// A request, read to its end.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// The lines of its head below the first.
    pub headers: Vec<String>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The same without some of its headers.
    pub fn without(&self, names: &[&str]) -> Self {
        let name = |line: &String| line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let headers = self.headers.iter().filter(|line| !names.contains(&&*name(line))).cloned().collect();
        Self { headers, ..self.clone() }
    }

    /// Reads a request; nothing when the other side hangs up before it has sent one.
    pub fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 65_536];
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            match stream.read(&mut buffer) {
                Ok(length) if length > 0 => bytes.extend_from_slice(&buffer[..length]),
                _ => return None,
            }
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.lines().map(str::to_owned);
        let first = lines.next()?;
        let mut words = first.split(' ').map(str::to_owned);
        let mut request = Self {
            method: words.next()?,
            path: words.next()?,
            headers: lines.collect(),
            body: bytes.split_off(end + 4),
        };
        let length = request.header("content-length").map_or(0, |length| length.parse().expect("a length"));
        while request.body.len() < length {
            match stream.read(&mut buffer) {
                Ok(read) if read > 0 => request.body.extend_from_slice(&buffer[..read]),
                _ => return None,
            }
        }
        Some(request)
    }

    /// Sends it to a server, and returns all that this answers.
    pub fn send(&self, address: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(address).expect("the server is there");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time-out");
        // Of HTTP 1.0 answers aren't sent in chunks, and end with the connection.
        let mut text = format!("{} {} HTTP/1.0\r\n", self.method, self.path);
        for line in self.headers.iter().filter(|line| !line.to_ascii_lowercase().starts_with("connection:")) {
            text.push_str(line);
            text.push_str("\r\n");
        }
        text.push_str("connection: close\r\n\r\n");
        stream.write_all(text.as_bytes()).expect("it reads");
        stream.write_all(&self.body).expect("it reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("it answers");
        answer
    }
}

/// The status and the body of an answer.
pub fn parts(answer: &[u8]) -> (u16, String) {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("no status: {head}")), body.to_owned())
}
