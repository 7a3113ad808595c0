//! What an apply tells while it runs.

use std::time::Duration;

use expect_test::expect;

use crate::example::everything;
use crate::progress;
use crate::style::Style;

#[test]
fn an_apply_tells_what_it_does_and_how_it_ended() {
    let plan = everything();
    let op = &plan.operations[0];
    let lines = [
        progress::started(op, Style::PLAIN),
        progress::waiting(op, "1 of 3 pods ready", Duration::from_secs(70), Style::PLAIN),
        progress::finished(op, Duration::from_secs(75), Style::PLAIN),
        progress::failed(op, "the image cannot be pulled\nlast lines:\u{1b}", Style::PLAIN),
        progress::skipped(op, "service.nginx failed", Style::PLAIN),
    ];
    expect![[r#"
        app.nginx: Modifying... (StatefulSet default/nginx)
        app.nginx: Still waiting: 1 of 3 pods ready [1m10s]
        app.nginx: Modifications complete after 1m15s
        app.nginx: Failed: the image cannot be pulled
            last lines:\u{1b}
        app.nginx: Skipped: service.nginx failed"#]]
    .assert_eq(&lines.join("\n"));
    let ends = [
        (0, progress::End::Done),
        (1, progress::End::Failed("quota is used up".into())),
        (4, progress::End::Skipped("service.nginx failed".into())),
    ];
    expect![[r#"

        Failed:
          service.nginx (Service default/nginx-svc): quota is used up

        Skipped:
          ingress.nginx (Ingress default/nginx): service.nginx failed

        Apply incomplete. Resources: 0 added, 1 changed, 0 destroyed, 1 failed, 1 skipped.
    "#]]
    .assert_eq(&progress::report(&plan, &ends, Style::PLAIN));
    expect![[r#"

        Apply complete! Resources: 0 added, 1 changed, 0 destroyed.
    "#]]
    .assert_eq(&progress::report(&plan, &ends[..1], Style::PLAIN));
}
