//! Functions that the evaluator computes itself: those that take expressions, and templates.
//!
//! Only their declarations; `eval/call.rs` and `eval/text.rs` hold what they do.

use super::{Call, Function, Inside, Source, Want, param};

/// Functions of expressions and templates.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "try",
        doc: "The value of the first expression that does not fail.",
        params: &[],
        rest: Some(param("expressions", Want::Any)),
        inside: Inside::Keeps,
        returns: Want::Any,
        examples: &[("try({ a = 1 }.b, \"none\")", "\"none\""), ("try(tonumber(\"5\"), 0)", "5")],
        typed: false,
        unknown: false,
        notes: "",
        call: Call::Expressions,
    },
    Function {
        name: "can",
        doc: "Whether an expression can be evaluated without a failure.",
        params: &[param("expression", Want::Any)],
        rest: None,
        inside: Inside::Keeps,
        returns: Want::Bool,
        examples: &[("can(tonumber(\"x\"))", "false"), ("can([1][0])", "true")],
        typed: false,
        unknown: false,
        notes: "",
        call: Call::Expressions,
    },
    Function {
        name: "templatefile",
        doc: "The text of a file below the configuration's folder, its template sequences replaced.",
        params: &[param("path", Want::String), param("vars", Want::Any)],
        rest: None,
        inside: Inside::Reads,
        returns: Want::Any,
        examples: &[("templatefile(\"texts/greeting.tftpl\", { name = \"Ada\" })", "\"Hello, Ada!\\n\"")],
        typed: false,
        unknown: false,
        notes: "The template reads the given variables only, and calls every function but `templatefile` and \
                `templatestring`. A text that is nothing but one `${…}` gives that value in its own type.",
        call: Call::Template(Source::File),
    },
    Function {
        name: "templatestring",
        doc: "A text that is named by a reference, its template sequences replaced.",
        params: &[param("template", Want::String), param("vars", Want::Any)],
        rest: None,
        inside: Inside::Reads,
        returns: Want::String,
        examples: &[("templatestring(local.greeting, { name = \"Ada\" })", "\"Hello, Ada!\"")],
        typed: false,
        unknown: false,
        notes: "The first argument is a reference such as `local.greeting`: a template that stands in the call \
                itself needs no function.",
        call: Call::Template(Source::Text),
    },
];
