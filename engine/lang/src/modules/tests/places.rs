//! Where modules and the files that they read may lie: the configuration's folder and its repository.

use super::*;

#[cfg(unix)]
#[test]
fn links_lead_neither_out_nor_in_circles() {
    let dir = tempfile::tempdir().unwrap();
    let (root, outside) = (dir.path().join("conf"), dir.path().join("outside"));
    for folder in [&root, &outside, &root.join("a"), &root.join("b")] {
        std::fs::create_dir(folder).unwrap();
    }
    std::fs::write(outside.join("main.hcl"), "app \"secret\" {}\n").unwrap();
    std::os::unix::fs::symlink(&outside, root.join("link")).unwrap();
    std::os::unix::fs::symlink(&root, root.join("a/again")).unwrap();
    std::os::unix::fs::symlink(outside.join("main.hcl"), root.join("b/main.hcl")).unwrap();
    std::fs::write(
        root.join("main.hcl"),
        "project \"t\" {}\nmodule \"link\" { source = \"./link\" }\nmodule \"a\" { source = \"./a\" }\nmodule \"b\" { source = \"./b\" }\n",
    )
    .unwrap();
    std::fs::write(root.join("a/main.hcl"), "module \"again\" { source = \"./again/a\" }\n").unwrap();
    let mut report = plimsoll_model::Report::new();
    let loaded = crate::load(&root, &mut report);
    expect![[r#"
        Error[module-outside] module lies outside of the configuration: "./link" leads out of the configuration's folder: a plan would depend on what nobody reviews with it.
          main.hcl:2:26 `"./link"` 
          help: move the module below it, keep both in one git repository, or name it by git::…?ref=…
        Error[unreadable-file] cannot read a file: b/main.hcl: it lies outside of the configuration's folder and its modules.
          main.hcl:4:23 `"./b"` named here
        Error[module-cycle] modules call each other in a circle: a → a.
          a/main.hcl:1:27 `"./again/a"` ./again/a leads back
    "#]].assert_eq(&show_report(&report, &loaded.sources));
}

/// A repository with a configuration in `live/prod`, its modules beside it, and something outside.
#[cfg(unix)]
fn repository() -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    std::fs::create_dir_all(dir.path().join("repo/.git")).unwrap();
    write("outside/main.hcl", "app \"secret\" {}\n");
    write("repo/secret.txt", "of the repository, of no module");
    write("repo/modules/web/site.conf", "listen 80");
    write("repo/modules/base/main.hcl", "output \"base\" { value = path.module }\n");
    write(
        "repo/modules/web/main.hcl",
        "module \"base\" { source = \"../base\" }\noutput \"conf\" { value = file(\"${path.module}/site.conf\") }\noutput \"base\" { value = module.base.base }\n",
    );
    std::fs::create_dir_all(dir.path().join("repo/live/prod")).unwrap();
    let root = dir.path().join("repo/live/prod");
    (dir, root)
}

#[cfg(unix)]
fn found_in(root: &std::path::Path, main: &str) -> String {
    std::fs::write(root.join("main.hcl"), format!("project \"t\" {{}}\n{main}")).unwrap();
    let r = crate::testing::run_folder(root);
    let found = show_report(&r.report, &r.loaded.sources);
    if found.is_empty() { show_config(&r) } else { found }
}

#[cfg(unix)]
#[test]
fn modules_may_lie_beside_the_configuration_in_its_repository() {
    let (_dir, root) = repository();
    expect![[r#"
        output conf = "listen 80"
        output base = "../../modules/base"
    "#]].assert_eq(&found_in(
        &root,
        "module \"web\" { source = \"../../modules/web\" }\noutput \"conf\" { value = module.web.conf }\noutput \"base\" { value = module.web.base }\n",
    ));
}

#[cfg(unix)]
#[test]
fn nothing_outside_of_the_repository_is_a_module_links_followed() {
    let (dir, root) = repository();
    let outside = dir.path().join("outside");
    std::os::unix::fs::symlink(&outside, dir.path().join("repo/modules/link")).unwrap();
    std::fs::create_dir(dir.path().join("repo/modules/file")).unwrap();
    std::os::unix::fs::symlink(outside.join("main.hcl"), dir.path().join("repo/modules/file/main.hcl"))
        .unwrap();
    expect![[r#"
        Error[module-outside] module lies outside of the configuration: "../../../outside" leads out of the git repository that holds the configuration: a plan would depend on what nobody reviews with it.
          main.hcl:2:23 `"../../../outside"` 
          help: move the module into the repository, or name it by git::…?ref=…
        Error[module-outside] module lies outside of the configuration: "../../modules/link" leads out of the git repository that holds the configuration: a plan would depend on what nobody reviews with it.
          main.hcl:3:23 `"../../modules/link"` 
          help: move the module into the repository, or name it by git::…?ref=…
        Error[unreadable-file] cannot read a file: ../../modules/file/main.hcl: it lies outside of the configuration's folder and its modules.
          main.hcl:4:23 `"../../modules/file"` named here
        Error[module-outside] module lies outside of the configuration: "../../../../../../../../../../../etc" leads out of the git repository that holds the configuration: a plan would depend on what nobody reviews with it.
          main.hcl:5:23 `"../../../../../../../../../../../etc"` 
          help: move the module into the repository, or name it by git::…?ref=…
    "#]].assert_eq(&found_in(
        &root,
        "module \"a\" { source = \"../../../outside\" }\nmodule \"b\" { source = \"../../modules/link\" }\nmodule \"c\" { source = \"../../modules/file\" }\nmodule \"d\" { source = \"../../../../../../../../../../../etc\" }\n",
    ));
}

#[cfg(unix)]
#[test]
fn files_are_read_from_the_configuration_and_its_modules_only() {
    let (dir, root) = repository();
    std::os::unix::fs::symlink(dir.path().join("repo/secret.txt"), dir.path().join("repo/modules/web/link"))
        .unwrap();
    expect![[r#"
        Error[bad-argument] invalid function argument: Invalid value for "path" parameter: cannot read "../../secret.txt": it lies outside of the configuration's folder and its modules.
          main.hcl:3:27 `"../../secret.txt"` file()
        Error[bad-argument] invalid function argument: Invalid value for "path" parameter: cannot read "../../modules/web/link": it lies outside of the configuration's folder and its modules.
          main.hcl:4:27 `"../../modules/web/link"` file()
        Error[bad-argument] invalid function argument: Invalid value for "path" parameter: cannot read "../..": it lies outside of the configuration's folder and its modules.
          main.hcl:5:30 `"../.."` fileset()
        Error[bad-argument] invalid function argument: Invalid value for "path" parameter: cannot read "../../nothing": it lies outside of the configuration's folder and its modules.
          main.hcl:7:33 `"../../nothing"` fileexists()
    "#]].assert_eq(&found_in(
        &root,
        "module \"web\" { source = \"../../modules/web\" }\noutput \"a\" { value = file(\"../../secret.txt\") }\noutput \"b\" { value = file(\"../../modules/web/link\") }\noutput \"c\" { value = fileset(\"../..\", \"*.txt\") }\noutput \"d\" { value = fileexists(\"../../modules/web/nothing\") }\noutput \"e\" { value = fileexists(\"../../nothing\") }\noutput \"f\" { value = file(\"../../modules/web/site.conf\") }\n",
    ));
}

#[cfg(unix)]
#[test]
fn without_a_repository_modules_stay_below_the_configuration() {
    let (dir, root) = repository();
    std::fs::remove_dir(dir.path().join("repo/.git")).unwrap();
    expect![[r#"
        Error[module-outside] module lies outside of the configuration: "../../modules/web" leads out of the configuration's folder: a plan would depend on what nobody reviews with it.
          main.hcl:2:25 `"../../modules/web"` 
          help: move the module below it, keep both in one git repository, or name it by git::…?ref=…
    "#]].assert_eq(&found_in(&root, "module \"web\" { source = \"../../modules/web\" }\n"));
}
