//! What a real control plane answered, and the sandbox must answer too.
//!
//! A scenario is a list of requests. `answers/NAME.json` holds, for each request, the answer and every object that
//! changed, as a real API server 1.36 with its controllers gave them, without what differs from run to run. Without a
//! cluster the sandbox is compared with the recordings. With `PLIMSOLL_TEST_KUBECONFIG` and `PLIMSOLL_RECORD=1` (under
//! `tests/cluster/run -- cargo test -p plimsoll-sandbox --test recorded`) the recordings are made anew.
#![allow(clippy::unwrap_used, missing_docs)]

mod controllers;
mod normal;
mod play;
mod scripts;
mod steps;

use std::path::PathBuf;

use play::{Play, play};
use serde_json::Value as Json;

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "recorded", "answers", &format!("{name}.json")].iter().collect()
}

async fn check(name: &str, script: Vec<play::Step>) {
    if std::env::var_os("PLIMSOLL_RECORD").is_some() {
        let config = std::env::var("PLIMSOLL_TEST_KUBECONFIG").expect("a cluster to record");
        let config = kube::config::Kubeconfig::read_from(config).unwrap();
        let config = kube::Config::from_custom_kubeconfig(config, &Default::default()).await.unwrap();
        let client = kube::Client::try_from(config).unwrap();
        let record = play(Play { client, namespace: format!("rec-{name}"), settles: true }, script).await;
        std::fs::write(file(name), format!("{:#}\n", Json::Array(record))).unwrap();
        return;
    }
    let sandbox = plimsoll_sandbox::Sandbox::in_memory(1, plimsoll_sandbox::SystemClock);
    let client = kube::Client::new(sandbox.service(), "default");
    let found = play(Play { client, namespace: format!("rec-{name}"), settles: false }, script).await;
    let recorded: Vec<Json> = serde_json::from_slice(&std::fs::read(file(name)).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for (real, ours) in recorded.iter().zip(&found) {
        normal::differences("", real, ours, &mut wrong);
        if !wrong.is_empty() {
            wrong.insert(0, format!("in step {}", real["step"]));
            break;
        }
    }
    assert_eq!(recorded.len(), found.len());
    assert!(wrong.is_empty(), "{name}: (real != sandbox)\n{}", wrong.join("\n"));
}

macro_rules! scenarios {
    ($($module:ident::$name:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $name() {
                let name = stringify!($name).replace('_', "-");
                check(&name, $module::$name(&format!("rec-{name}"))).await;
            }
        )*
    };
}

scenarios![
    controllers::deployment,
    controllers::stateful_set,
    scripts::networking,
    controllers::autoscaler,
    scripts::conflicts,
    scripts::refusals,
    scripts::claims,
    scripts::deletion,
    scripts::settings,
    controllers::workloads,
    scripts::reference,
    controllers::rollouts,
];
