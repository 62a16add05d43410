//! Old and new addresses, as `moved` gives them.

use super::expand::Expansion;
use crate::model::{Address, Diagnostic};

impl Expansion<'_> {
    /// The moves of every stack, as addresses.
    pub(super) fn moves(&mut self) -> Vec<(Address, Address)> {
        let mut moves = Vec::new();
        for stack in self.files.stacks.values() {
            let phases = stack.phases.iter().filter_map(|(name, _)| self.files.phases.get(name));
            let declarations = std::iter::once((None, &stack.declarations))
                .chain(phases.map(|phase| (Some(&phase.name.text), &phase.declarations)));
            for (phase, declarations) in declarations {
                for moved in &declarations.moved {
                    let read = |text: &str| moved_address(text, &stack.name.text, phase.map(AsRef::as_ref));
                    match (read(&moved.from.0), read(&moved.to.0)) {
                        (Ok(from), Ok(to)) => moves.push((from, to)),
                        (Err(fault), _) => {
                            self.diagnostics.push(Diagnostic::error(fault).at(moved.from.1, "here"));
                        }
                        (_, Err(fault)) => {
                            self.diagnostics.push(Diagnostic::error(fault).at(moved.to.1, "here"));
                        }
                    }
                }
            }
        }
        moves
    }
}

/// Reads `name`, `phase.name` or a whole address, each with or without a key.
fn moved_address(text: &str, stack: &str, phase: Option<&str>) -> Result<Address, String> {
    let full = if text.contains('/') && text.find('/') < text.find('[').or(Some(text.len())) {
        text.to_owned()
    } else if text.split('[').next().is_some_and(|path| path.contains('.')) || phase.is_none() {
        format!("{stack}/{text}")
    } else {
        format!("{stack}/{}.{text}", phase.unwrap_or_default())
    };
    full.parse().map_err(|error: crate::model::AddressError| error.to_string())
}
