//! Field sets of random objects.

use serde_json::json;

use super::{Case, agree, gvk};
use crate::{field_set::FieldSet, kind, validate};

#[test]
fn field_sets_are_those_of_the_api_server() {
    agree(
        "sets",
        |random| {
            let kind = random.any_kind();
            let object = random.object(kind, 45, true);
            Case { request: json!({"op": "fieldset", "gvk": gvk(kind), "object": object}) }
        },
        |request, answer| {
            let kind = kind(&serde_json::from_value(request["gvk"].clone()).unwrap()).unwrap();
            let object = &request["object"];
            let misfits = validate::misfits(kind, object);
            if answer.get("error").is_some() || !misfits.is_empty() {
                return match (answer.get("error"), misfits.is_empty()) {
                    (Some(_), false) => Ok(()),
                    (error, _) => Err(format!("theirs {error:?}, ours {misfits:?}")),
                };
            }
            let theirs = FieldSet::from_fields_v1(&answer["fieldsV1"]).unwrap();
            let ours = FieldSet::of_type(kind.root, object);
            if ours != theirs {
                let names = |s: FieldSet| s.paths().iter().map(ToString::to_string).collect::<Vec<_>>();
                return Err(format!(
                    "only ours {:?}\nonly theirs {:?}",
                    names(ours.difference(&theirs)),
                    names(theirs.difference(&ours))
                ));
            }
            // The text is the same too, but for the order of the keys.
            match ours.to_fields_v1() == answer["fieldsV1"] {
                true => Ok(()),
                false => Err(format!("written as {}", ours.to_fields_v1())),
            }
        },
    );
}
