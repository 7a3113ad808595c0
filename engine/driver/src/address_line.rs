//! The address under which an application answers: the last line of an apply.

use serde_json::Value as Json;

/// The first of: an ingress's host, a route's, a load balancer's address, a service's name in the cluster.
/// `objects` are live, in the order of the configuration.
pub(crate) fn answers_at<'a>(objects: impl Iterator<Item = &'a Json> + Clone) -> Option<String> {
    let of = |kind: &'static str| objects.clone().filter(move |o| o["kind"] == kind);
    of("Ingress")
        .find_map(ingress)
        .or_else(|| of("HTTPRoute").find_map(route))
        .or_else(|| of("Service").find_map(balancer))
        .or_else(|| of("Service").find_map(service))
}

fn ingress(object: &Json) -> Option<String> {
    let rule = object["spec"]["rules"].as_array().and_then(|rules| rules.first());
    let host = match rule.and_then(|r| r["host"].as_str()).filter(|h| !h.is_empty()) {
        Some(host) => host.to_string(),
        None => assigned(object)?,
    };
    let tls = object["spec"]["tls"].as_array().is_some_and(|all| {
        all.iter().any(|t| t["hosts"].as_array().is_none_or(|hosts| hosts.iter().any(|h| h == host.as_str())))
    });
    let paths = rule.and_then(|r| r["http"]["paths"].as_array()).into_iter().flatten();
    // The shortest path is the front door.
    let path = paths.filter_map(|p| p["path"].as_str()).min_by_key(|p| p.len()).unwrap_or("/");
    Some(format!("{}://{host}{path}", if tls { "https" } else { "http" }))
}

/// Whether its gateway speaks TLS, a route does not say.
fn route(object: &Json) -> Option<String> {
    let host = object["spec"]["hostnames"][0].as_str()?;
    let rules = object["spec"]["rules"].as_array().into_iter().flatten();
    let matches = rules.filter_map(|rule| rule["matches"].as_array()).flatten();
    let path = matches.filter_map(|m| m["path"]["value"].as_str()).min_by_key(|p| p.len()).unwrap_or("/");
    Some(format!("http://{host}{path}"))
}

fn balancer(object: &Json) -> Option<String> {
    if object["spec"]["type"] != "LoadBalancer" {
        return None;
    }
    Some(format!("{}{}", scheme(object)?, with_port(&assigned(object)?, object)))
}

fn service(object: &Json) -> Option<String> {
    if object["spec"]["clusterIP"] == "None" {
        return None;
    }
    let (name, namespace) = (object["metadata"]["name"].as_str()?, object["metadata"]["namespace"].as_str()?);
    Some(format!("{}{}", scheme(object)?, with_port(&format!("{name}.{namespace}.svc"), object)))
}

/// `http://` unless the first port says otherwise; nothing for what is not spoken to like that.
fn scheme(object: &Json) -> Option<&'static str> {
    let port = &object["spec"]["ports"][0];
    let named =
        |name: &str| port["appProtocol"] == name || port["name"] == name || port["port"] == port_of(name);
    if named("https") {
        return Some("https://");
    }
    Some(if named("http") { "http://" } else { "" })
}

fn port_of(scheme: &str) -> u16 {
    if scheme == "https" { 443 } else { 80 }
}

fn with_port(host: &str, object: &Json) -> String {
    match object["spec"]["ports"][0]["port"].as_u64() {
        None | Some(80 | 443) => host.to_string(),
        Some(port) => format!("{host}:{port}"),
    }
}

/// What the status says: a host name or an IP address.
fn assigned(object: &Json) -> Option<String> {
    let first = &object["status"]["loadBalancer"]["ingress"][0];
    first["hostname"].as_str().or_else(|| first["ip"].as_str()).map(str::to_string)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(objects: &[Json], expected: Option<&str>) {
        assert_eq!(answers_at(objects.iter()).as_deref(), expected);
    }

    #[test]
    fn a_route_has_its_host_apart_from_its_paths() {
        let route = json!({"kind": "HTTPRoute", "spec": {"hostnames": ["a.b"], "rules": [
            {"matches": [{"path": {"value": "/api"}}, {"path": {"value": "/x"}}]}]}});
        check(&[route], Some("http://a.b/x"));
    }

    #[test]
    fn an_ingress_comes_first_then_a_balancer_then_a_service() {
        let service = |ty: &str, port: u16, status: Json| {
            json!({"kind": "Service", "metadata": {"name": "web-svc", "namespace": "shop"},
                "spec": {"type": ty, "clusterIP": "10.0.0.1", "ports": [{"name": "http", "port": port}]}, "status": status})
        };
        let plain = service("ClusterIP", 8080, json!({}));
        let balanced = service("LoadBalancer", 80, json!({"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}));
        let ingress = json!({"kind": "Ingress", "spec": {"rules": [{"host": "foo.bar.com",
            "http": {"paths": [{"path": "/"}]}}]}});
        check(std::slice::from_ref(&plain), Some("http://web-svc.shop.svc:8080"));
        check(&[plain.clone(), balanced.clone()], Some("http://1.2.3.4"));
        check(&[plain, balanced, ingress], Some("http://foo.bar.com/"));
    }

    #[test]
    fn tls_headless_and_nothing() {
        let ingress = json!({"kind": "Ingress", "spec": {"tls": [{"hosts": ["a.b"]}], "rules": [{"host": "a.b",
            "http": {"paths": [{"path": "/api/v1"}, {"path": "/api"}]}}]}});
        check(&[ingress], Some("https://a.b/api"));
        let headless = json!({"kind": "Service", "metadata": {"name": "x", "namespace": "y"}, "spec": {"clusterIP": "None"}});
        check(&[headless], None);
        check(&[], None);
    }
}
