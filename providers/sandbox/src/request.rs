//! What a request asks for: path, query, headers and body, taken apart. Decides nothing about it.

use std::collections::BTreeMap;

use http::{Method, header, request::Parts};
use plimsoll_schema::Json;
use serde_json::json;

use crate::status::Failure;

/// A request in the server's own words.
#[derive(Debug)]
pub(crate) struct Call {
    pub method: Method,
    pub target: Target,
    pub query: BTreeMap<String, String>,
    accept: String,
    content_type: String,
    agent: String,
    body: Vec<u8>,
}

/// What stands in the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// `/version`.
    Version,
    /// `/livez`, `/readyz`, `/healthz`.
    Health,
    /// `/api`.
    CoreVersions,
    /// `/apis`.
    Groups,
    /// `/apis/GROUP`.
    Group(String),
    /// `/api/v1`, `/apis/GROUP/VERSION`.
    Resources { group: String, version: String },
    /// A collection, an object or a subresource.
    Resource(Place),
    /// Nothing that is served.
    Unknown,
}

/// A path below a group version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub group: String,
    pub version: String,
    pub namespace: Option<String>,
    pub plural: String,
    pub name: Option<String>,
    pub subresource: Option<String>,
}

/// How the answer should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    /// Only the metadata of objects.
    Metadata,
    /// All groups, versions and resources in one document.
    AggregatedDiscovery,
}

/// What to do about fields that the schema does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldValidation {
    Ignore,
    Warn,
    Strict,
}

impl Call {
    pub fn new(parts: &Parts, body: Vec<u8>) -> Call {
        let header =
            |name| parts.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        Call {
            method: parts.method.clone(),
            target: target(parts.uri.path()),
            query: parts.uri.query().map(parse_query).unwrap_or_default(),
            accept: header(header::ACCEPT),
            content_type: header(header::CONTENT_TYPE),
            agent: header(header::USER_AGENT),
            body,
        }
    }

    /// A parameter of the query; empty where it is not given.
    pub fn parameter(&self, name: &str) -> &str {
        self.query.get(name).map(String::as_str).unwrap_or_default()
    }

    /// A parameter that is true or false.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.parameter(name), "true" | "1")
    }

    /// A parameter that is a whole number.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn number(&self, name: &str) -> Result<Option<u64>, Failure> {
        match self.parameter(name) {
            "" => Ok(None),
            text => text
                .parse()
                .map(Some)
                .map_err(|_| Failure::bad_request(format!("the {name} parameter is no number: {text:?}"))),
        }
    }

    pub fn form(&self) -> Form {
        for wanted in self.accept.split(',') {
            if wanted.contains("as=PartialObjectMetadata") {
                return Form::Metadata;
            }
            if wanted.contains("as=APIGroupDiscoveryList")
                && wanted.contains("v=v2")
                && !wanted.contains("v=v2beta1")
            {
                return Form::AggregatedDiscovery;
            }
        }
        Form::Plain
    }

    /// The media type of the body, without parameters.
    pub fn media_type(&self) -> &str {
        self.content_type.split(';').next().unwrap_or_default().trim()
    }

    /// Nothing may be kept of what the request does.
    ///
    /// # Errors
    /// Where the parameter has another value than `All`.
    pub fn dry_run(&self) -> Result<bool, Failure> {
        match self.parameter("dryRun") {
            "" => Ok(false),
            "All" => Ok(true),
            other => Err(Failure::bad_request(format!(
                "dryRun: Unsupported value: {other:?}: supported values: \"All\""
            ))),
        }
    }

    /// # Errors
    /// Where the parameter has an unknown value.
    pub fn field_validation(&self) -> Result<FieldValidation, Failure> {
        match self.parameter("fieldValidation") {
            "" | "Warn" => Ok(FieldValidation::Warn),
            "Ignore" => Ok(FieldValidation::Ignore),
            "Strict" => Ok(FieldValidation::Strict),
            other => Err(Failure::bad_request(format!(
                "fieldValidation: Unsupported value: {other:?}: supported values: \"\", \"Ignore\", \"Strict\", \"Warn\""
            ))),
        }
    }

    /// The field manager: as given, else the first word of the client's name.
    pub fn manager(&self) -> String {
        match self.parameter("fieldManager") {
            "" => match self.agent.split('/').next() {
                Some(agent) if !agent.is_empty() => agent.chars().take(128).collect(),
                _ => "unknown".into(),
            },
            manager => manager.to_owned(),
        }
    }

    /// The body as JSON; `null` where there is none.
    ///
    /// # Errors
    /// Where it is no JSON.
    pub fn json(&self) -> Result<Json, Failure> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Json::Null);
        }
        serde_json::from_slice(&self.body)
            .map_err(|e| Failure::bad_request(format!("couldn't get version/kind; json parse error: {e}")))
    }

    /// The body as an object that states the expected type.
    ///
    /// # Errors
    /// Where it is no JSON object, or one of another type.
    pub fn object(&self, api_version: &str, kind: &str) -> Result<Json, Failure> {
        let mut object = self.json()?;
        if !object.is_object() {
            return Err(Failure::bad_request("the body of the request is no object"));
        }
        let given = |field: &str| object[field].as_str().unwrap_or_default().to_owned();
        let (given_version, given_kind) = (given("apiVersion"), given("kind"));
        if !given_kind.is_empty() && given_kind != kind {
            return Err(Failure::bad_request(format!(
                "{given_kind} in version {given_version:?} cannot be handled as a {kind}: the kinds differ"
            )));
        }
        if !given_version.is_empty() && given_version != api_version {
            return Err(Failure::bad_request(format!(
                "the API version in the data ({given_version}) does not match the expected API version ({api_version})"
            )));
        }
        object["apiVersion"] = json!(api_version);
        object["kind"] = json!(kind);
        Ok(object)
    }
}

fn target(path: &str) -> Target {
    let segments: Vec<String> = path.split('/').filter(|s| !s.is_empty()).map(|s| decode(s, false)).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["version"] => Target::Version,
        ["livez" | "readyz" | "healthz", ..] => Target::Health,
        ["api"] => Target::CoreVersions,
        ["apis"] => Target::Groups,
        ["apis", group] => Target::Group((*group).to_owned()),
        ["api", version] => Target::Resources { group: String::new(), version: (*version).to_owned() },
        ["apis", group, version] => {
            Target::Resources { group: (*group).to_owned(), version: (*version).to_owned() }
        }
        ["api", version, rest @ ..] => place("", version, rest),
        ["apis", group, version, rest @ ..] => place(group, version, rest),
        _ => Target::Unknown,
    }
}

fn place(group: &str, version: &str, rest: &[&str]) -> Target {
    let (namespace, rest) = match rest {
        // `namespaces/x/status` and `namespaces/x/finalize` belong to the namespace itself.
        ["namespaces", name, "status" | "finalize"] => {
            let place = Place {
                group: group.to_owned(),
                version: version.to_owned(),
                namespace: None,
                plural: "namespaces".to_owned(),
                name: Some((*name).to_owned()),
                subresource: rest.last().map(|s| (*s).to_owned()),
            };
            return Target::Resource(place);
        }
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some((*namespace).to_owned()), rest),
        rest => (None, rest),
    };
    let (plural, name, subresource) = match rest {
        [plural] => (plural, None, None),
        [plural, name] => (plural, Some((*name).to_owned()), None),
        [plural, name, sub] => (plural, Some((*name).to_owned()), Some((*sub).to_owned())),
        _ => return Target::Unknown,
    };
    Target::Resource(Place {
        group: group.to_owned(),
        version: version.to_owned(),
        namespace,
        plural: (*plural).to_owned(),
        name,
        subresource,
    })
}

fn parse_query(query: &str) -> BTreeMap<String, String> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name, true), decode(value, true))
        })
        .collect()
}

/// Undoes percent-encoding; what is no valid encoding stays as it is.
fn decode(text: &str, plus_is_space: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while let Some(&byte) = bytes.get(i) {
        let digits = bytes.get(i + 1..i + 3).and_then(|d| std::str::from_utf8(d).ok());
        match (byte, digits.and_then(|d| u8::from_str_radix(d, 16).ok())) {
            (b'%', Some(decoded)) => {
                out.push(decoded);
                i += 3;
                continue;
            }
            (b'+', _) if plus_is_space => out.push(b' '),
            _ => out.push(byte),
        }
        i += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn show(path: &str) -> String {
        match target(path) {
            Target::Resource(p) => format!(
                "{}/{} ns={:?} {} name={:?} sub={:?}",
                p.group, p.version, p.namespace, p.plural, p.name, p.subresource
            ),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn paths_are_taken_apart() {
        let paths = [
            "/version",
            "/api/v1",
            "/apis/apps/v1",
            "/api/v1/namespaces",
            "/api/v1/namespaces/x",
            "/api/v1/namespaces/x/status",
            "/api/v1/namespaces/x/pods",
            "/api/v1/namespaces/x/pods/y/log",
            "/apis/apps/v1/deployments",
            "/apis/apps/v1/namespaces/x/deployments/a%2Eb/scale",
            "/apis/apps/v1/namespaces/x/deployments/y/scale/z",
            "/",
        ];
        let shown: Vec<_> = paths.iter().map(|p| show(p)).collect();
        expect![[r#"
            Version
            Resources { group: "", version: "v1" }
            Resources { group: "apps", version: "v1" }
            /v1 ns=None namespaces name=None sub=None
            /v1 ns=None namespaces name=Some("x") sub=None
            /v1 ns=None namespaces name=Some("x") sub=Some("status")
            /v1 ns=Some("x") pods name=None sub=None
            /v1 ns=Some("x") pods name=Some("y") sub=Some("log")
            apps/v1 ns=None deployments name=None sub=None
            apps/v1 ns=Some("x") deployments name=Some("a.b") sub=Some("scale")
            Unknown
            Unknown"#]]
        .assert_eq(&shown.join("\n"));
    }

    #[test]
    fn queries_are_decoded() {
        let query = parse_query("labelSelector=a+in+%28b%2Cc%29&force&x=%zz");
        assert_eq!(query["labelSelector"], "a in (b,c)");
        assert_eq!(query["force"], "");
        assert_eq!(query["x"], "%zz");
    }
}
