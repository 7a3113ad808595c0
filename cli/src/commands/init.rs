//! `init`: a configuration to start from.

use std::io::Write;
use std::path::{Path, PathBuf};

use plimsoll_model::Diagnostic;

use crate::arguments::InitArguments;
use crate::configuration::tell_one;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// What stands in `main.hcl`; `PROJECT` is the project's name.
const MAIN: &str = r#"# What `plimsoll apply` makes of this stands on the sandbox, the embedded cluster of this
# folder, until an environment block names another one:
#
#   environment "dev" {
#     context   = "a context of your kubeconfig"
#     namespace = "default"
#   }

project "PROJECT" {}

variable "image" {
  type    = string
  default = "nginx:1.27"
}

app "web" {
  replicas = 2
  container "web" {
    image = var.image
    port "http" { container_port = 80 }
    resources {
      requests = { cpu = "100m", memory = "64Mi" }
      limits   = { memory = "128Mi" }
    }
    readiness_probe {
      http_get { port = "http" }
    }
  }
}

service "web" { app = app.web }

ingress "web" {
  class = "nginx"
  rule {
    host = "PROJECT.example.com"
    path "/" { backend = service.web.ports.http }
  }
}

output "url" {
  value = service.web.ports.http.url
}
"#;

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: InitArguments) -> Exit {
    let folder = arguments.folder.unwrap_or_else(|| ".".into());
    match write(&folder) {
        Ok(file) => {
            let at = if folder == Path::new(".") { String::new() } else { format!(" {}", folder.display()) };
            terminal.out(&format!(
                "{} is written. To see what it makes:\n  plimsoll plan{at}",
                plimsoll_report::safe::line(&file.display().to_string())
            ));
            Exit::Success
        }
        Err(diagnostic) => {
            tell_one(terminal, *diagnostic);
            Exit::Error
        }
    }
}

fn write(folder: &Path) -> Result<PathBuf, Box<Diagnostic>> {
    let failed = |why: String| {
        let failed = Diagnostic::error("not-initialised", "no configuration can be written here");
        Box::new(failed.detail(format!("{}: {why}.", folder.display())))
    };
    let io = |error: std::io::Error| failed(error.to_string());
    std::fs::create_dir_all(folder).map_err(io)?;
    let mut taken: Vec<String> = std::fs::read_dir(folder)
        .map_err(io)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".hcl"))
        .collect();
    taken.sort();
    if let Some(first) = taken.first() {
        return Err(Box::new(
            failed(format!("{first} is there already")).help("plimsoll init with the name of a new folder"),
        ));
    }
    let file = folder.join("main.hcl");
    let project = project(&folder.canonicalize().map_err(io)?);
    let mut open = std::fs::OpenOptions::new().write(true).create_new(true).open(&file).map_err(io)?;
    open.write_all(MAIN.replace("PROJECT", &project).as_bytes()).map_err(io)?;
    Ok(file)
}

/// A project's name out of a folder's: a DNS label that is not too long.
fn project(folder: &Path) -> String {
    let name = folder.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let letters: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let start = letters.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let short: String = start.chars().take(30).collect();
    match short.trim_end_matches('-') {
        "" => "demo".to_string(),
        name => name.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_name_to_the_project() {
        let name = |folder: &str| project(Path::new(folder));
        assert_eq!(name("/work/My Shop_2"), "my-shop-2");
        assert_eq!(name("/work/.1-a-"), "a");
        assert_eq!(name("/work/42"), "demo");
        assert_eq!(name("/"), "demo");
        assert_eq!(name(&format!("/{}", "a".repeat(99))).len(), 30);
    }
}
