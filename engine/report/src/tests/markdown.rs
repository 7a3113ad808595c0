//! A plan in a pull request.

use expect_test::expect;
use plimsoll_plan::Action;

use crate::example::{change, empty, everything, known, operation};
use crate::markdown;

#[test]
fn markdown_puts_destroys_first_and_folds_the_rest() {
    expect![[r####"
        ### Plan for `default` of `nginx` on `sandbox`

        Plan: 2 to add, 4 to change, 1 to destroy.

        #### :warning: 1 to destroy

        - `ingress.nginx` (Ingress default/nginx)

        #### :warning: Claims deleted with their data

        - `old`

        #### 2 changed in the cluster since the last apply, to be set back

        <details><summary><code>app.worker</code> (Deployment default/worker)</summary>

        ```diff
          # app.worker will be updated in-place
        !  Deployment default/worker                                                       main.hcl:3
        !      spec.replicas: 7 → 3  (set by kubectl-edit, Update, 2026-02-02T11:00:00Z)   main.hcl:41
        ```

        </details>
        <details><summary><code>config.flags</code> (ConfigMap default/flags)</summary>

        ```diff
          # config.flags will be created
            # (it was deleted in the cluster since the last apply)
        +  ConfigMap default/flags   main.hcl:3
        +      data.on: "1"          main.hcl:50
        ```

        </details>

        #### 1 to add

        <details><summary><code>service.nginx</code> (Service default/nginx-svc)</summary>

        ```diff
          # service.nginx will be created
            # (not verified: namespace dev is made by the same plan; checked when it is applied)
        +  Service default/nginx-svc    main.hcl:3
        +      spec.type: "ClusterIP"   main.hcl:88
                # (1 more filled in by the server)
        ```

        </details>

        #### 3 to change

        <details><summary><code>app.nginx</code> (StatefulSet default/nginx)</summary>

        ```diff
          # app.nginx will be updated in-place
        !  StatefulSet default/nginx                                                              main.hcl:3
        !      spec.replicas: 2 → 3                                                               main.hcl:5
        !      spec.template.spec.containers[name=nginx].image: "nginx:1.27" → "nginx:1.28"       main.hcl:25 (var.tag)
        -      spec.template.spec.nodeName: "here"  (set by kubectl-edit, Update, 2026-02-02T11:00:00Z)
        !      spec.template.spec.initContainers (order): ["b","a"] → ["a","b"]                   main.hcl:7
        -      spec.template.spec.priorityClassName: "high"
              # changed in the cluster since the last apply, and to be set back:
        !      spec.minReadySeconds: 9 → 5  (set by kubectl-edit, Update, 2026-02-02T11:00:00Z)   main.hcl:6
        !        2 pods replaced one at a time, at least 2 stay ready; 1 more starts: image, init_containers and 2 more, main.hcl:25
        +        nginx-2  pod
        +        disk-ssd-nginx-2  claim
                # (1 more filled in by the server)
                # (1 more set by a webhook: metadata.annotations.mesh)
        ```

        </details>
        <details><summary><code>config.site&#91;"eu"&#93;</code> (ConfigMap default/site-eu)</summary>

        ```diff
          # config.site["eu"] will be updated in-place
        !  ConfigMap default/site-eu   main.hcl:3
        !      data.nginx.conf         main.hcl:60
                      listen 80;
        -            root /a;
        +            root /b;
                    }
        ```

        </details>
        <details><summary><code>secret.db</code> (Secret default/db)</summary>

        ```diff
          # secret.db will be updated in-place
        !  Secret default/db                                          main.hcl:3
        !      data.password: (sensitive value) → (sensitive value)   main.hcl:70
        ```

        </details>

        #### Added by others, left as it is

        - `app.nginx`: `spec.template.spec.containers[name=debug]` by `kubectl-edit`
    "####]].assert_eq(&markdown::plan(&everything()));
}

#[test]
fn markdown_says_what_it_cut() {
    let mut plan = empty();
    for i in 0..400 {
        let mut op =
            operation(Action::Update, &format!("app.web-{i}"), ("apps", "Deployment"), &format!("web-{i}"));
        op.changes = vec![change(
            "spec.x",
            known("`".repeat(100)),
            known("y".repeat(300)),
            plimsoll_plan::Cause::Ours,
            None,
        )];
        plan.operations.push(op);
    }
    let text = markdown::plan(&plan);
    assert!(text.chars().count() < 65_000, "{}", text.chars().count());
    let shown = text.matches("<details>").count();
    let note = format!("**Cut: {} more entries do not fit into a comment.**", 400 - shown);
    assert!(shown > 50 && text.contains(&note), "{shown}");
}
