use clap::CommandFactory as _;

use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split_whitespace())
}

#[test]
fn the_command_line_makes_sense() {
    Cli::command().debug_assert();
}

/// Each command, and each command below it.
fn every_command(command: &clap::Command, all: &mut Vec<clap::Command>) {
    for command in command.get_subcommands() {
        all.push(command.clone());
        every_command(command, all);
    }
}

#[test]
fn every_command_has_examples_that_parse() {
    let mut commands = Vec::new();
    every_command(&Cli::command(), &mut commands);
    assert!(commands.len() > 25);
    for command in commands {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(help.contains("  ninefold "), "`{}` has no example", command.get_name());
        for example in help.lines().filter_map(|line| line.strip_prefix("  ninefold ")) {
            let words = shell_words(example);
            let parsed = Cli::try_parse_from(std::iter::once("ninefold".to_owned()).chain(words));
            assert!(parsed.is_ok(), "{example}: {}", parsed.unwrap_err());
        }
    }
}

/// The words of an example as a shell splits them, up to the remark that follows two spaces and up
/// to a pipe or a redirection.
fn shell_words(example: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    let mut before = ' ';
    for c in example.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted && before == ' ' => break,
            '|' | '>' if !quoted => break,
            ' ' if !quoted => words.push(String::new()),
            c => {
                let last = words.len() - 1;
                words[last].push(c);
            }
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn target_is_understood_as_only() {
    let Command::Plan(plan) = parse("ninefold plan --target a/b.c[d] --only a/b.e").unwrap().command else {
        panic!("that is a plan")
    };
    let only: Vec<String> = plan.selection.only.iter().map(ToString::to_string).collect();
    assert_eq!(only, ["a/b.c[d]", "a/b.e"]);
    assert!(!plan.selection.is_everything());
}

#[test]
fn refreshing_can_be_turned_off() {
    for (line, refresh) in [
        ("plan", true),
        ("plan --refresh", true),
        ("plan --refresh=true", true),
        ("plan --refresh=false", false),
    ] {
        let Command::Plan(plan) = parse(&format!("ninefold {line}")).unwrap().command else {
            panic!("that is a plan")
        };
        assert_eq!(plan.planning.refresh, refresh, "{line}");
    }
}

#[test]
fn a_saved_plan_leaves_nothing_to_select() {
    assert!(parse("ninefold apply plan.json --yes --parallelism 4").is_ok());
    assert!(parse("ninefold apply plan.json --only a/b.c").is_err());
    assert!(parse("ninefold apply plan.json --replace a/b.c").is_err());
    assert!(parse("ninefold apply --parallelism 0").is_err());
}

#[test]
fn an_empty_environment_is_the_default() {
    assert_eq!(environment_name(""), Ok("sandbox".into()));
    assert_eq!(environment_name("staging"), Ok("staging".into()));
}

#[test]
fn times_are_written_as_people_say_them() {
    assert_eq!(duration("12m"), Ok(Duration::from_mins(12)));
    assert_eq!(duration("1h30m"), Ok(Duration::from_mins(90)));
    assert!(duration("soon").unwrap_err().contains("`soon`"));
    assert!(duration("-5m").is_err());
}

#[test]
fn an_edit_has_to_say_what() {
    assert!(parse("ninefold sandbox edit vpc-1").is_err());
    assert!(parse("ninefold sandbox edit vpc-1 a=1 --delete").is_err());
    let Command::Sandbox(args) = parse("ninefold sandbox edit vpc-1 a.b=1 c=plain").unwrap().command else {
        panic!("that is the sandbox")
    };
    let sandbox::Command::Edit(edit) = args.command else { panic!("that is an edit") };
    assert_eq!(edit.set[0].value, serde_json::json!(1));
    assert_eq!(edit.set[1].value, serde_json::json!("plain"));
}

#[test]
fn the_long_help_names_the_exit_codes() {
    let help = Cli::command().render_long_help().to_string();
    assert!(help.contains("applied in part") && help.contains("130"), "{help}");
}
