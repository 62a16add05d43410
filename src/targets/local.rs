//! `local.file`: a file of the workspace, written and removed on the machine that runs this.
//!
//! Works with the fields `path` (relative to the workspace), `content` and `mode` (octal digits); a
//! file's id is its path.

use std::path::{Component, Path, PathBuf};

use async_trait::async_trait;
use serde_json::json;

use crate::kinds::{
    Answer, CallError, Changes, Created, ErrorKind, Filter, Goal, Intent, Presence, Probe, ProbeResult,
    Reading, Scope, Settling, Target,
};
use crate::model::{Digest, Json, PhysicalId};
use crate::world::files;

/// The target of files below one folder.
#[derive(Debug, Clone)]
pub struct Local {
    root: PathBuf,
}

const FILE: &str = "local.file";
const DEFAULT_MODE: &str = "0644";

impl Local {
    /// Files are written below `root`, the workspace's folder.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where a file lies; it must not lead out of the workspace.
    fn place(&self, path: &str) -> Answer<PathBuf> {
        let parts: Vec<Component<'_>> = Path::new(path).components().collect();
        let stays_inside = parts.iter().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        let names_a_file = parts.iter().any(|part| matches!(part, Component::Normal(_)));
        if stays_inside && names_a_file {
            return Ok(self.root.join(path));
        }
        Err(invalid(format!("`{path}` is no path of a file below the workspace's folder")))
    }

    /// A file's content; `None` when there is none.
    fn content(&self, path: &str) -> Answer<Option<String>> {
        let place = self.place(path)?;
        if !files::exists(&place) {
            return Ok(None);
        }
        files::read_to_string(&place).map(Some).map_err(|error| io_error("read", path, &error))
    }

    fn write(&self, path: &str, spec: &Json) -> Answer<()> {
        let place = self.place(path)?;
        let content = field(spec, "content")?;
        let digits = spec.get("mode").and_then(Json::as_str).unwrap_or(DEFAULT_MODE);
        let mode = u32::from_str_radix(digits, 8)
            .map_err(|_| invalid(format!("the mode `{digits}` of `{path}` isn't written in octal digits")))?;
        files::write_atomically(&place, content.as_bytes())
            .and_then(|()| files::set_mode(&place, mode))
            .map_err(|error| io_error("write", path, &error))
    }

    fn described(&self, id: &PhysicalId) -> Answer<Option<Json>> {
        let path = id.as_str();
        let Some(content) = self.content(path)? else {
            return Ok(None);
        };
        let mode = files::mode(&self.place(path)?).map_err(|error| io_error("read", path, &error))?;
        let sha256 = Digest::of(content.as_bytes());
        let mode = format!("{mode:04o}");
        Ok(Some(json!({ "id": path, "path": path, "content": content, "mode": mode, "sha256": sha256 })))
    }
}

fn invalid(message: String) -> CallError {
    CallError::refused(ErrorKind::Invalid, "InvalidFile", message)
}

fn io_error(what: &str, path: &str, error: &std::io::Error) -> CallError {
    let kind = match error.kind() {
        std::io::ErrorKind::PermissionDenied => ErrorKind::Denied,
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => ErrorKind::Quota,
        std::io::ErrorKind::InvalidData | std::io::ErrorKind::IsADirectory => ErrorKind::Invalid,
        _ => ErrorKind::Transient,
    };
    CallError::refused(kind, "FileError", format!("can't {what} `{path}`: {error}"))
}

fn field<'a>(spec: &'a Json, name: &str) -> Answer<&'a str> {
    spec.get(name)
        .and_then(Json::as_str)
        .ok_or_else(|| invalid(format!("the spec of a {FILE} needs a text as its `{name}`")))
}

fn is_file(kind: &str) -> Answer<()> {
    if kind == FILE {
        return Ok(());
    }
    let message = format!("only {FILE} lives on this machine, not `{kind}`");
    Err(CallError::refused(ErrorKind::Unsupported, "UnknownKind", message))
}

#[async_trait]
impl Reading for Local {
    /// A file carries no mark of what wrote it, but `create` never writes over another: one that
    /// holds the same content is the operation's, or as good as that.
    async fn find(&self, intent: &Intent, spec: &Json) -> Answer<Presence> {
        is_file(&intent.kind)?;
        let (path, content) = (field(spec, "path")?, field(spec, "content")?);
        Ok(match self.content(path)? {
            Some(there) if there == content => Presence::Found(vec![PhysicalId::new(path)]),
            _ => Presence::Absent,
        })
    }

    async fn read_many(&self, kind: &str, _scope: &Scope, ids: &[PhysicalId]) -> Vec<Answer<Option<Json>>> {
        ids.iter().map(|id| is_file(kind).and_then(|()| self.described(id))).collect()
    }

    /// Files carry no marks: none can be listed as ours.
    async fn list(&self, _kind: &str, _scope: &Scope, _filter: &Filter) -> Answer<Vec<PhysicalId>> {
        Ok(Vec::new())
    }

    async fn settle(&self, _kind: &str, _scope: &Scope, _id: &PhysicalId, _goal: Goal) -> Answer<Settling> {
        Ok(Settling::Done)
    }

    async fn probe(&self, probe: &Probe) -> Answer<ProbeResult> {
        Err(CallError::refused(
            ErrorKind::Unsupported,
            "UnknownProbe",
            format!("files answer no probe such as `{}`", probe.kind),
        ))
    }
}

#[async_trait]
impl Target for Local {
    async fn create(&self, intent: &Intent, spec: &Json) -> Answer<Created> {
        is_file(&intent.kind)?;
        let (path, content) = (field(spec, "path")?, field(spec, "content")?);
        match self.content(path)? {
            Some(there) if there != content => Err(CallError::refused(
                ErrorKind::AlreadyExists,
                "FileExists",
                format!("`{path}` is there already, with another content; adopt it, or move it away"),
            )),
            Some(_) | None => {
                self.write(path, spec)?;
                Ok(Created { id: PhysicalId::new(path) })
            }
        }
    }

    async fn update(
        &self,
        intent: &Intent,
        id: &PhysicalId,
        _observed: &Json,
        changes: &Changes,
    ) -> Answer<()> {
        is_file(&intent.kind)?;
        self.write(id.as_str(), &changes.spec)
    }

    async fn delete(&self, intent: &Intent, id: &PhysicalId, _recorded: &Json) -> Answer<()> {
        is_file(&intent.kind)?;
        let place = self.place(id.as_str())?;
        files::remove(&place).map_err(|error| io_error("remove", id.as_str(), &error))
    }

    async fn mark(&self, _intent: &Intent, _id: &PhysicalId) -> Answer<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::OperationId;

    fn intent() -> Intent {
        Intent {
            operation: OperationId::from_random(1),
            environment: "sandbox".into(),
            address: "platform/file".parse().unwrap(),
            kind: FILE.into(),
            scope: Scope::default(),
            recorded: Json::Null,
        }
    }

    async fn read(local: &Local, path: &str) -> Option<Json> {
        local.read_many(FILE, &Scope::default(), &[PhysicalId::new(path)]).await.remove(0).unwrap()
    }

    #[tokio::test]
    async fn a_file_lives_below_the_workspace() {
        let folder = tempfile::tempdir().unwrap();
        let local = Local::new(folder.path());
        let spec = json!({ "path": "out/a.txt", "content": "one" });
        assert_eq!(local.find(&intent(), &spec).await, Ok(Presence::Absent));
        let id = local.create(&intent(), &spec).await.unwrap().id;
        assert_eq!(local.find(&intent(), &spec).await, Ok(Presence::Found(vec![id.clone()])));
        let there = read(&local, "out/a.txt").await.unwrap();
        assert_eq!((&there["content"], &there["mode"]), (&json!("one"), &json!("0644")));

        let changes = Changes {
            fields: vec![],
            spec: json!({ "path": "out/a.txt", "content": "two", "mode": "0755" }),
        };
        local.update(&intent(), &id, &json!({}), &changes).await.unwrap();
        let there = read(&local, "out/a.txt").await.unwrap();
        assert_eq!((&there["content"], &there["mode"]), (&json!("two"), &json!("0755")));

        // Another content is never written over by a create.
        let error = local.create(&intent(), &spec).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::AlreadyExists);

        local.delete(&intent(), &id, &spec).await.unwrap();
        assert_eq!(read(&local, "out/a.txt").await, None);
    }

    #[tokio::test]
    async fn no_path_leads_out_of_the_workspace() {
        let folder = tempfile::tempdir().unwrap();
        let local = Local::new(folder.path().join("inside"));
        for path in ["../a.txt", "/etc/a.txt", "a/../../b", "", "."] {
            let error = local.create(&intent(), &json!({ "path": path, "content": "" })).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Invalid, "{path}");
        }
        assert!(!folder.path().join("a.txt").exists());
    }
}
