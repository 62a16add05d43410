use super::*;

#[test]
fn people_read_what_changes_and_why() {
    insta::assert_snapshot!(human(&sample::plan(), Detail::COMPACT, Look { unicode: true, ..Look::PLAIN }));
}

#[test]
fn a_narrow_plain_terminal_gets_ascii_within_its_width() {
    let text = human(&sample::plan(), Detail::COMPACT, Look { width: 80, ..Look::PLAIN });
    assert!(text.is_ascii(), "{text}");
    let too_long: Vec<&str> = text.lines().filter(|line| line.len() > 80).collect();
    assert!(too_long.is_empty(), "{too_long:#?}");
    insta::assert_snapshot!(text);
}

#[test]
fn verbose_shows_every_field_of_every_instance() {
    insta::assert_snapshot!(human(&sample::plan(), Detail::VERBOSE, Look::PLAIN));
}

#[test]
fn colour_changes_no_word() {
    let colored = human(&sample::plan(), Detail::COMPACT, Look { color: true, ..Look::PLAIN });
    assert!(colored.contains("\u{1b}["));
    let stripped = anstream::adapter::strip_str(&colored).to_string();
    assert_eq!(stripped, human(&sample::plan(), Detail::COMPACT, Look::PLAIN));
}

#[test]
fn no_form_shows_a_secret() {
    for detail in [Detail::COMPACT, Detail::VERBOSE] {
        let text = human(&sample::plan(), detail, Look::PLAIN);
        assert!(!text.contains("hunter"), "{text}");
        assert!(text.contains("(sensitive)"), "{text}");
    }
}

#[test]
fn nothing_to_do_is_one_line() {
    let text = human(&sample::empty(), Detail::COMPACT, Look::PLAIN);
    assert_eq!(text, "Nothing to do: 188 resources are as declared.\n");
}

#[test]
fn checks_alone_change_nothing() {
    let mut plan = sample::plan();
    plan.operations.retain(|operation| operation.kind == "check");
    let text = human(&plan, Detail::COMPACT, Look::PLAIN);
    assert!(
        text.contains("Nothing changes") && text.contains("0 to replace, 1 check; 188 unchanged"),
        "{text}"
    );
}

#[test]
fn thousands_of_instances_are_one_block() {
    let mut plan = sample::plan();
    let subnet = plan.operations.iter().find(|operation| operation.kind == "aws.ec2.subnet").unwrap().clone();
    plan.operations = (0..5000)
        .map(|n| Operation { address: subnet.address.with_key(Some(&format!("k{n:04}"))), ..subnet.clone() })
        .collect();
    let text = human(&plan, Detail::COMPACT, Look::PLAIN);
    assert!(text.contains("subnet[k0000] and 4999 more"), "{text}");
    assert!(text.contains("k0040, ... 4959 more"), "{text}");
    assert!(text.lines().count() < 30, "{text}");
}
