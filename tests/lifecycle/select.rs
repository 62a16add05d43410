//! Parts of an environment.

use ninefold::plan::{PlanError, Selection};

use crate::bench::{Bench, address, shown};
use crate::create::NETWORK;

fn only(text: &str) -> Selection {
    Selection { only: vec![address(text)], ..Selection::default() }
}

fn exclude(text: &str) -> Selection {
    Selection { exclude: vec![address(text)], ..Selection::default() }
}

#[test]
fn only_takes_along_what_it_waits_for() {
    let bench = Bench::new(1, NETWORK);
    let applied = bench.apply_selected(&only("s/p.inner")).succeeded();
    assert_eq!(shown(&applied.plan), ["create s/p.vpc", "create s/p.inner"]);
}

#[test]
fn excluding_leaves_out_what_waits_for_it() {
    let bench = Bench::new(1, NETWORK);
    let applied = bench.apply_selected(&exclude("s/p.inner")).succeeded();
    assert_eq!(shown(&applied.plan), ["create s/p.vpc"]);
}

#[test]
fn a_selection_removes_nothing_else() {
    let mut bench = Bench::new(1, NETWORK);
    bench.apply().succeeded();
    bench.set("other: { kind: core.value, spec: { value: 1 } }\n");
    let applied = bench.apply_selected(&only("s/p.other")).succeeded();
    assert_eq!(shown(&applied.plan), ["create s/p.other"]);
    let applied = bench.apply_selected(&only("s/p.note")).succeeded();
    assert_eq!(shown(&applied.plan), ["delete s/p.note"]);
}

#[test]
fn a_stack_and_a_phase_can_be_selected() {
    let mut bench = Bench::new(1, NETWORK);
    bench
        .set_file("phases/q.yaml", "phase: q\nresources:\n  one: { kind: core.value, spec: { value: 1 } }\n");
    bench.set_file("stacks/s/stack.yaml", "stack: s\nphases: [p, q]\n");
    bench.set_file(
        "stacks/t/stack.yaml",
        "stack: t\nresources:\n  two: { kind: core.value, spec: { value: 1 } }\n",
    );
    let stack = Selection { stacks: ["t".to_owned()].into(), ..Selection::default() };
    assert_eq!(shown(&bench.plan_selected(&stack).unwrap()), ["create t/two"]);
    let phase = Selection { phases: ["q".to_owned()].into(), ..Selection::default() };
    assert_eq!(shown(&bench.plan_selected(&phase).unwrap()), ["create s/q.one"]);
}

#[test]
fn what_waits_for_something_that_isnt_there_and_isnt_selected_is_refused() {
    let mut bench = Bench::new(1, NETWORK);
    bench.set_file(
        "stacks/s/stack.yaml",
        "stack: s\nphases: [p]\noutputs: { id: \"{{ phases.p.vpc.id }}\" }\n",
    );
    bench.set_file(
        "stacks/t/stack.yaml",
        "stack: t\nresources:\n  two: { kind: core.value, spec: { value: \"{{ stacks.s.outputs.id }}\" } }\n",
    );
    let stack = Selection { stacks: ["t".to_owned()].into(), ..Selection::default() };
    let Err(PlanError::Refused(refused)) = bench.plan_selected(&stack) else { panic!("it isn't refused") };
    assert!(refused[0].why.contains("s/p.vpc"), "{refused:?}");
}

#[test]
fn destroying_a_part_leaves_the_rest() {
    let bench = Bench::new(1, NETWORK);
    bench.apply().succeeded();
    let selection = Selection { destroy: true, only: vec![address("s/p.note")], ..Selection::default() };
    let applied = bench.apply_selected(&selection).succeeded();
    assert_eq!(shown(&applied.plan), ["delete s/p.note"]);
    assert_eq!(bench.ids().len(), 2);
}
