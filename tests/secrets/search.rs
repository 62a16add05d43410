//! Finds a mark in whatever was written, plain or encoded.

use std::fmt::Write as _;
use std::path::Path;

/// Something that was written, and where.
pub struct Written {
    pub place: String,
    pub bytes: Vec<u8>,
}

/// Every file below a folder, but for those below some others.
pub fn files(folder: &Path, but: &[&str], found: &mut Vec<Written>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if but.iter().any(|name| path.file_name().is_some_and(|file| file == *name)) {
            continue;
        }
        if path.is_dir() {
            files(&path, but, found);
        } else {
            found.push(Written { place: path.display().to_string(), bytes: std::fs::read(&path).unwrap() });
        }
    }
}

/// The places that hold one of these marks, in any form.
pub fn leaks(written: &[Written], marks: &[String]) -> Vec<String> {
    let forms: Vec<(&String, Vec<String>)> = marks.iter().map(|mark| (mark, forms(mark))).collect();
    let mut found = Vec::new();
    for Written { place, bytes } in written {
        // Base64 is broken into lines by some.
        let text = String::from_utf8_lossy(bytes);
        let joined: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        for (mark, forms) in &forms {
            for form in forms {
                if text.contains(form.as_str()) || joined.contains(form.as_str()) {
                    found.push(format!("{mark} stands in {place} as {form}"));
                }
            }
        }
    }
    found
}

/// How a mark can be written. It consists of letters and digits, which neither JSON nor URLs nor a
/// shell escape; base64 of a text that holds it depends on where it begins.
fn forms(mark: &str) -> Vec<String> {
    let mut forms = vec![mark.to_owned(), mark.chars().rev().collect()];
    for before in 0..3 {
        let mut bytes = vec![b'x'; before];
        bytes.extend(mark.as_bytes());
        let text = base64(&bytes);
        // What the neighbours have a share in is left out.
        let start = [0, 2, 3][before];
        let end = text.len() - [0, 2, 3][(3 - bytes.len() % 3) % 3].max(usize::from(bytes.len() % 3 != 0));
        forms.push(text[start..end].to_owned());
    }
    let hex = mark.bytes().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    forms.push(hex.to_uppercase());
    forms.push(hex);
    let bytes: Vec<String> = mark.bytes().map(|byte| byte.to_string()).collect();
    forms.push(bytes.join(","));
    forms
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().chain([&0; 2]).take(3).fold(0_u32, |group, byte| group << 8 | u32::from(*byte));
        for position in 0..4 {
            if position <= chunk.len() {
                text.push(char::from(LETTERS[(group >> (18 - 6 * position) & 63) as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[test]
fn base64_is_that_of_rfc_4648() {
    for (text, encoded) in [("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
        assert_eq!(base64(text.as_bytes()), encoded);
    }
}

/// The search itself can fail: it finds a mark wherever one is planted, however it is written.
#[test]
fn the_search_finds_what_is_planted() {
    let mark = "MkAb3xyz09QWErtyu7";
    let hex: String = mark.bytes().map(|byte| format!("{byte:02X}")).collect();
    for text in [
        format!("password={mark}"),
        serde_json::json!({ "a": format!("\"{mark}\\ü") }).to_string(),
        hex.to_lowercase(),
        hex,
        format!("{:?}", mark.as_bytes()),
        base64(mark.as_bytes()),
        base64(format!("u:{mark}").as_bytes()),
        base64(format!("user:{mark}@host and more").as_bytes()),
        base64(format!("{{\"a\":\"{mark}\"}}").as_bytes()),
        base64(format!("k:{mark}\n").as_bytes())
            .as_bytes()
            .chunks(9)
            .fold(String::new(), |text, line| text + &String::from_utf8_lossy(line) + "\n"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
        std::fs::write(folder.path().join("a/b/file"), format!("\u{0}before {text} after")).unwrap();
        let mut written = Vec::new();
        files(folder.path(), &[], &mut written);
        assert!(!leaks(&written, &[mark.to_owned()]).is_empty(), "it wasn't found in {text}");
        assert!(leaks(&written, &["MkAb3xyz19QWErtyu7".to_owned()]).is_empty(), "{text}");
    }
}
