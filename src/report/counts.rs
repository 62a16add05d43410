//! How many operations of each sort a plan has.

use std::collections::BTreeSet;
use std::ops::AddAssign;

use serde::Serialize;

use crate::model::{Action, Address};
use crate::plan::{Operation, Plan};

/// The operations of a plan, counted. The two halves of a replacement count as one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub create: usize,
    pub update: usize,
    pub delete: usize,
    pub replace: usize,
    pub adopt: usize,
    pub forget: usize,
    #[serde(rename = "move")]
    pub moves: usize,
    pub read: usize,
    /// What is as declared, and only state has to know that.
    pub record: usize,
    pub check: usize,
}

impl Counts {
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self::of_operations(&plan.operations)
    }

    #[must_use]
    pub fn of_operations<'a>(operations: impl IntoIterator<Item = &'a Operation>) -> Self {
        let mut counts = Self::default();
        let mut replaced: BTreeSet<&Address> = BTreeSet::new();
        for operation in operations {
            if operation.is_bookkeeping() {
                counts.record += 1;
            } else if operation.replacement.is_none() {
                *counts.field(operation.action) += 1;
            } else if replaced.insert(&operation.address) {
                counts.replace += 1;
            }
        }
        counts
    }

    fn field(&mut self, action: Action) -> &mut usize {
        match action {
            Action::Create => &mut self.create,
            Action::Update => &mut self.update,
            Action::Delete => &mut self.delete,
            Action::Adopt => &mut self.adopt,
            Action::Forget => &mut self.forget,
            Action::Move => &mut self.moves,
            Action::Read => &mut self.read,
            Action::Check => &mut self.check,
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.create += other.create;
        self.update += other.update;
        self.delete += other.delete;
        self.replace += other.replace;
        self.adopt += other.adopt;
        self.forget += other.forget;
        self.moves += other.moves;
        self.read += other.read;
        self.record += other.record;
        self.check += other.check;
    }
}
