//! Long flags with one dash, as Terraform's users type them.

use std::ffi::OsString;

/// Long flags that Terraform's users type with one dash.
const LONG_FLAGS: &[&str] = &[
    "allow-destroy",
    "allow-loss",
    "allow-protected",
    "allow-replace",
    "auto-approve",
    "check",
    "chdir",
    "color",
    "delete-unrecorded",
    "destroy",
    "detailed-exitcode",
    "diff",
    "env",
    "exclude",
    "force",
    "help",
    "json",
    "json-schema",
    "list",
    "lock-timeout",
    "markdown",
    "namespace",
    "no-color",
    "no-probe",
    "no-wait",
    "order",
    "out",
    "parallelism",
    "raw",
    "recursive",
    "replace",
    "request-timeout",
    "upgrade",
    "svg",
    "target",
    "var",
    "var-file",
    "version",
    "write",
];

/// Gives `-out` and its like their second dash; everything after `--` stays as it is.
pub(super) fn normalise(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut literal = false;
    arguments
        .into_iter()
        .map(|argument| {
            literal |= argument == "--";
            let long = argument.to_str().filter(|_| !literal).and_then(|text| {
                let name = text.strip_prefix('-').filter(|n| !n.starts_with('-'))?;
                let flag = name.split_once('=').map_or(name, |(flag, _)| flag);
                LONG_FLAGS.contains(&flag).then(|| OsString::from(format!("--{name}")))
            });
            long.unwrap_or(argument)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::arguments::Arguments;

    #[test]
    fn single_dash_long_flags_work_and_short_ones_stay() {
        let given =
            ["plimsoll", "-C", "x", "plan", "-out=p", "-detailed-exitcode", "-e", "dev", "--", "-out"];
        let wanted =
            ["plimsoll", "-C", "x", "plan", "--out=p", "--detailed-exitcode", "-e", "dev", "--", "-out"];
        assert_eq!(normalise(given.map(OsString::from)), wanted.map(OsString::from));
    }

    #[test]
    fn every_long_flag_of_the_grammar_may_have_one_dash() {
        fn flags(command: &clap::Command, out: &mut Vec<String>) {
            out.extend(command.get_arguments().filter_map(|a| a.get_long().map(str::to_string)));
            command.get_subcommands().for_each(|c| flags(c, out));
        }
        let mut all = Vec::new();
        flags(&Arguments::command(), &mut all);
        for flag in all {
            assert!(LONG_FLAGS.contains(&flag.as_str()), "{flag} is missing from LONG_FLAGS");
        }
    }
}
