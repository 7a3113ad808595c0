//! Tests of `service`: what it becomes, and what is refused.

use expect_test::expect;

use crate::testing::{app, check, object};

#[test]
fn ports_exist_and_stand_once() {
    let services = r#"
service "a" {
  app = app.web
  port "http" {
    port        = 80
    target_port = "htp"
    protocol    = "UDP"
    node_port   = 30000
  }
  port "other" {
    port        = 80
    target_port = app.api.ports.grpc
  }
  port "plain" {}
  port "num" {
    port        = 80
    target_port = 81
  }
}
service "b" {
  app  = "web"
  name = "0-b"
}
service "c" { app = app.none }
"#;
    let api = "app \"api\" {\ncontainer \"c\" {\nimage = \"c:1\"\nport \"grpc\" { container_port = 9000 }\n}\n}\napp \"none\" {\ncontainer \"c\" { image = \"c:1\" }\n}";
    check(
        &format!("{}{api}{services}", app("", "")),
        expect![[r#"
            error[unknown-port]: port does not exist
              app.web has no port "htp".
              t.hcl:22: "htp"
              t.hcl:1: app "web"   the app
              help: did you mean "http"?
            error[node-port-inside]: service has no node port
              A ClusterIP service is reached from inside only.
              t.hcl:24: 30000
              t.hcl:18: service "a"   the type
              help: type = "NodePort"
            error[port-of-other-app]: port belongs to another app
              The service leads to app.web, this is a port of app.api.
              t.hcl:28: app.api.ports.grpc
              t.hcl:1: app "web"   the app that it leads to
            error[unknown-port]: port does not exist
              app.web has no port "plain".
              t.hcl:30: port "plain"
              t.hcl:1: app "web"   the app
              help: it has "http"
            error[duplicate-service-port]: service port stands twice
              Names are unique in a service, and so are numbers for one protocol.
              t.hcl:31: port "num"   the second one
              t.hcl:26: port "other"   the first one
            error[wrong-type]: wrong type
              `app` of service.b takes a reference to an app, but this is a string.
              t.hcl:37: "web"
              help: name the block by a reference: app = app.web
            error[bad-name]: name is malformed
              "0-b" is no name of a service: at most 63 lower-case letters, digits and `-`, starting with a letter.
              t.hcl:38: "0-b"
            error[no-ports]: service has no ports
              service.c names no port, and app.none has none.
              t.hcl:40: service "c"
              t.hcl:15: app "none"   the app
              help: port "http" { container_port = 80 }
            warning[undeclared-port]: no container declares this port
              app.web may listen there, but does not say so.
              t.hcl:33: 81
              t.hcl:1: app "web"   the app
              help: port "num" { container_port = … }
        "#]],
    );
}

#[test]
fn node_ports_and_protocols() {
    let services = r#"
service "a" {
  app  = app.web
  type = "NodePort"
  port "http" {
    node_port = 30080
    protocol  = "UDP"
  }
}
service "b" {
  app  = app.web
  type = "LoadBalancer"
  port "http" {
    node_port = 30080
    protocol  = "UDP"
  }
  port "low" {
    port        = 81
    target_port = "http"
    node_port   = 80
  }
}
"#;
    check(
        &format!("{}{services}", app("", "")),
        expect![[r#"
            error[protocol-mismatch]: protocols differ
              Port "http" of app.web speaks TCP.
              t.hcl:15: "UDP"
              t.hcl:5: port "http"   the app's port
              help: protocol = "TCP"
            error[duplicate-node-port]: node port is taken twice
              service.a and service.b both want port 30080 of every node.
              t.hcl:22: 30080
              t.hcl:14: 30080   the first one
            error[protocol-mismatch]: protocols differ
              Port "http" of app.web speaks TCP.
              t.hcl:23: "UDP"
              t.hcl:5: port "http"   the app's port
              help: protocol = "TCP"
            warning[node-port-range]: node port lies outside the usual range
              Clusters give out 30000 to 32767, unless they were told otherwise.
              t.hcl:28: 80
        "#]],
    );
}

#[test]
fn settings_for_traffic_from_outside() {
    let service = "service \"a\" {\napp = app.web\nexternal_traffic_policy = \"Local\"\nload_balancer_source_ranges = [\"10.0.0.0\"]\n}";
    check(
        &format!("{}{service}", app("", "")),
        expect![[r#"
            error[not-for-type]: setting does not exist for this type of service
              `external_traffic_policy` is about traffic from outside, which a ClusterIP service does not get.
              t.hcl:11: "Local"
              t.hcl:9: service "a"   the type
              help: type = "LoadBalancer"
            error[not-for-type]: setting does not exist for this type of service
              `load_balancer_source_ranges` is about traffic from outside, which a ClusterIP service does not get.
              t.hcl:12: ["10.0.0.0"]
              t.hcl:9: service "a"   the type
              help: type = "LoadBalancer"
            error[bad-syntax]: value is malformed
              "10.0.0.0" is not a network, which `load_balancer_source_ranges[0]` of service.a takes: an address, `/` and the length of its prefix, such as 10.9.8.0/24.
              t.hcl:12: "10.0.0.0"
        "#]],
    );
}

#[test]
fn annotations_of_the_load_balancer() {
    let services = r#"
service "a" {
  app = app.web
  annotations = {
    "service.beta.kubernetes.io/alicloud-loadbalancer-address-type" = "intranet"
  }
  alibaba { address_type = "intranet" }
}
"#;
    check(
        &format!("{}{services}", app("", "")),
        expect![[r#"
            error[alibaba-without-load-balancer]: service has no load balancer
              `alibaba` sets up a load balancer, which a ClusterIP service does not have.
              t.hcl:15: alibaba
              t.hcl:10: service "a"   the type
              help: type = "LoadBalancer"
            warning[old-annotation]: annotation has an old name
              `service.beta.kubernetes.io/alicloud-loadbalancer-address-type` still works; its name is now `service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type`.
              t.hcl:13: "intranet"
              help: "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type" = "intranet"
            warning[annotation-without-load-balancer]: annotation has no effect
              It sets up a load balancer, which this service does not have.
              t.hcl:13: "intranet"
              t.hcl:10: service "a"   the type
              help: type = "LoadBalancer"
        "#]],
    );
}

#[test]
fn a_load_balancer_and_a_headless_service() {
    let services = r#"
service "a" {
  app                     = app.web
  type                    = "LoadBalancer"
  external_traffic_policy = "Local"
  port "https" {
    port         = 443
    target_port  = app.web.ports.http
    app_protocol = "https"
    node_port    = 30443
  }
  alibaba {
    address_type = "intranet"
    bandwidth    = 10
  }
}
service "h" {
  app  = app.web
  type = "Headless"
}
"#;
    let text = format!("{}{services}", app("", ""));
    object(
        &text,
        "service.a",
        expect![[r#"
            apiVersion: v1
            kind: Service
            metadata:
              name: a-svc
            spec:
              externalTrafficPolicy: Local
              ports:
              - appProtocol: https
                name: https
                nodePort: 30443
                port: 443
                protocol: TCP
                targetPort: http
              selector:
                plimsoll.dev/app: web
                plimsoll.dev/project: shop
              type: LoadBalancer
        "#]],
    );
    object(
        &text,
        "service.h",
        expect![[r#"
            apiVersion: v1
            kind: Service
            metadata:
              name: h-svc
            spec:
              clusterIP: None
              ports:
              - name: http
                port: 80
                protocol: TCP
                targetPort: http
              selector:
                plimsoll.dev/app: web
                plimsoll.dev/project: shop
              type: ClusterIP
        "#]],
    );
}

#[test]
fn what_expressions_read() {
    let text = format!(
        "{}\nservice \"s\" {{ app = app.web }}\nservice \"t\" {{\napp = app.web\nport \"admin\" {{\nport = 8443\ntarget_port = \"http\"\napp_protocol = \"https\"\n}}\n}}",
        app(
            "env = { A = service.s.host, B = service.s.ports.http.url, C = service.t.ports.admin.url, D = service.s.ports.http, E = service.s.name, F = service.t.ports.admin.node_port }",
            ""
        )
    );
    object(
        &text,
        "app.web",
        expect![[r#"
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
            spec:
              selector:
                matchLabels:
                  plimsoll.dev/app: web
                  plimsoll.dev/project: shop
              template:
                metadata:
                  labels:
                    app.kubernetes.io/managed-by: plimsoll
                    app.kubernetes.io/name: web
                    app.kubernetes.io/part-of: shop
                    plimsoll.dev/app: web
                    plimsoll.dev/environment: test
                    plimsoll.dev/project: shop
                spec:
                  containers:
                  - env:
                    - name: A
                      value: s-svc.shop.svc
                    - name: B
                      value: http://s-svc.shop.svc:80
                    - name: C
                      value: https://t-svc.shop.svc:8443
                    - name: D
                      value: "80"
                    - name: E
                      value: s-svc
                    - name: F
                      value: null
                    image: web:1
                    name: web
                    ports:
                    - containerPort: 80
                      name: http
                      protocol: TCP
        "#]],
    );
}

#[test]
fn an_alias_in_the_dns() {
    object(
        "service \"db\" {\ntype = \"ExternalName\"\nexternal_name = \"db.example.com\"\nport \"pg\" { port = 5432 }\n}",
        "service.db",
        expect![[r#"
            apiVersion: v1
            kind: Service
            metadata:
              name: db-svc
            spec:
              externalName: db.example.com
              ports:
              - name: pg
                port: 5432
                protocol: TCP
                targetPort: 5432
              type: ExternalName
        "#]],
    );
}

#[test]
fn addresses_of_both_versions() {
    let service = "service \"a\" {\napp = app.web\ntype = \"LoadBalancer\"\nip_families = [\"IPv4\", \"IPv6\"]\nip_family_policy = \"RequireDualStack\"\ncluster_ips = [\"10.96.0.9\", \"fd00::9\"]\nexternal_ips = [\"192.0.2.7\"]\nload_balancer_ip = \"192.0.2.8\"\nexternal_traffic_policy = \"Local\"\nhealth_check_node_port = 30002\ntraffic_distribution = \"PreferSameZone\"\n}";
    object(
        &format!("{}{service}", app("", "")),
        "service.a",
        expect![[r#"
        apiVersion: v1
        kind: Service
        metadata:
          name: a-svc
        spec:
          clusterIP: "10.96.0.9"
          clusterIPs:
          - "10.96.0.9"
          - fd00::9
          externalIPs:
          - "192.0.2.7"
          externalTrafficPolicy: Local
          healthCheckNodePort: 30002
          ipFamilies:
          - IPv4
          - IPv6
          ipFamilyPolicy: RequireDualStack
          loadBalancerIP: "192.0.2.8"
          ports:
          - name: http
            port: 80
            protocol: TCP
            targetPort: http
          selector:
            plimsoll.dev/app: web
            plimsoll.dev/project: shop
          trafficDistribution: PreferSameZone
          type: LoadBalancer
    "#]],
    );
}

#[test]
fn pods_of_somebody_else() {
    object(
        "service \"a\" {\nselector = { \"app.kubernetes.io/name\" = \"redis\" }\nport \"redis\" { port = 6379 }\n}",
        "service.a",
        expect![[r#"
            apiVersion: v1
            kind: Service
            metadata:
              name: a-svc
            spec:
              ports:
              - name: redis
                port: 6379
                protocol: TCP
                targetPort: 6379
              selector:
                app.kubernetes.io/name: redis
              type: ClusterIP
        "#]],
    );
}
