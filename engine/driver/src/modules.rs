//! Fetching modules from git: `plimsoll get`.
//!
//! Runs the `git` of the system, keeps the files of a commit without git's own, and writes the
//! lock file. Reading a configuration never fetches: it compares with the lock file.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use plimsoll_lang::{Entry, FETCHED, Git, LOCK_FILE, Lock, content_hash_of};
use plimsoll_model::{Diagnostic, Report};

/// Modules that call modules from git, one round each; more is a mistake.
const MAX_ROUNDS: usize = 32;

/// What was done for one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Got {
    /// The source, without the folder inside of the repository.
    pub source: String,
    /// The commit.
    pub commit: String,
    /// Whether the files were fetched; false where they were there already.
    pub fetched: bool,
}

/// Fetches every module from git that the configuration in `dir` calls, at the commit that the
/// lock file holds; with `upgrade`, at the commit that the tag names now. Writes the lock file.
///
/// # Errors
/// The finding, where git is missing or refuses, what was locked is something else now, or a file
/// cannot be written.
pub fn get(dir: &Path, upgrade: bool) -> Result<Vec<Got>, Box<Diagnostic>> {
    let mut lock = Lock::of(dir).map_err(|report| first_of(&report))?;
    let mut done: Vec<Got> = Vec::new();
    let mut called: BTreeSet<String> = BTreeSet::new();
    for _ in 0..MAX_ROUNDS {
        // What is wrong with the configuration is not this command's business; what a module
        // calls is known once the module is there.
        let loaded = plimsoll_lang::load(dir, &mut Report::new());
        let all = plimsoll_lang::modules_from_git(&loaded);
        called = all.iter().map(Git::key).collect();
        let new: Vec<&Git> = all.iter().filter(|g| done.iter().all(|d| d.source != g.key())).collect();
        if new.is_empty() {
            break;
        }
        for git in new {
            let locked = lock.entries.get(&git.key()).filter(|_| !upgrade).cloned();
            let (entry, fetched) = one(dir, git, locked.as_ref())?;
            done.push(Got { source: git.key(), commit: entry.commit.clone(), fetched });
            lock.entries.insert(git.key(), entry);
            write_lock(dir, &lock)?;
        }
    }
    let before = lock.entries.len();
    lock.entries.retain(|source, _| called.contains(source));
    if lock.entries.len() < before {
        write_lock(dir, &lock)?;
    }
    Ok(done)
}

fn first_of(report: &Report) -> Box<Diagnostic> {
    let unclear = || {
        Diagnostic::error("bad-lock", "invalid lock file")
            .detail(format!("{LOCK_FILE} cannot be read."))
            .help(format!("restore {LOCK_FILE}, or remove it to lock anew"))
    };
    Box::new(report.items().first().cloned().unwrap_or_else(unclear))
}

fn write_lock(dir: &Path, lock: &Lock) -> Result<(), Box<Diagnostic>> {
    let path = dir.join(LOCK_FILE);
    let text = lock.text();
    if std::fs::read_to_string(&path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    let fresh = dir.join(format!(".{LOCK_FILE}.new"));
    std::fs::write(&fresh, text).and_then(|()| std::fs::rename(&fresh, &path)).map_err(|e| refused(&path, &e))
}

fn refused(path: &Path, e: &std::io::Error) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error("cannot-write", "cannot write a file").detail(format!("{}: {e}.", path.display())),
    )
}

/// Makes one repository's files be there.
fn one(dir: &Path, git: &Git, locked: Option<&Entry>) -> Result<(Entry, bool), Box<Diagnostic>> {
    let folder = dir.join(git.folder());
    if let Some(entry) = locked
        && content_hash_of(&folder).is_ok_and(|hash| hash == entry.hash)
    {
        return Ok((entry.clone(), false));
    }
    let kept = dir.join(FETCHED);
    std::fs::create_dir_all(&kept).map_err(|e| refused(&kept, &e))?;
    let ignore = kept.join(".gitignore");
    std::fs::write(&ignore, "*\n").map_err(|e| refused(&ignore, &e))?;
    let work = kept.join(format!(".new-{}", std::process::id()));
    let outcome = fetch(&work, git, locked).and_then(|entry| {
        remove(&folder)?;
        std::fs::rename(&work, &folder).map_err(|e| refused(&folder, &e))?;
        Ok((entry, true))
    });
    remove(&work)?;
    outcome
}

fn remove(folder: &Path) -> Result<(), Box<Diagnostic>> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(refused(folder, &e)),
        _ => Ok(()),
    }
}

/// Fetches a commit into a folder of its own, and leaves nothing of git in it.
fn fetch(work: &Path, git: &Git, locked: Option<&Entry>) -> Result<Entry, Box<Diagnostic>> {
    remove(work)?;
    std::fs::create_dir_all(work).map_err(|e| refused(work, &e))?;
    run(work, git, &["init", "--quiet"])?;
    let wanted = locked.map_or(git.reference.as_str(), |entry| entry.commit.as_str());
    let commit = format!("{wanted}^{{commit}}");
    let direct = run(work, git, &["fetch", "--quiet", "--depth=1", "--no-tags", "--", &git.url, wanted]);
    let found = match direct {
        Ok(_) => "FETCH_HEAD^{commit}",
        // Not every server gives a commit by its hash, and an abbreviated one is none to it.
        Err(why) => {
            let all = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
            let arguments = ["fetch", "--quiet", "--", &git.url, all[0], all[1]];
            run(work, git, &arguments)
                .and_then(|_| run(work, git, &["cat-file", "-e", &commit]))
                .map_err(|_| why)?;
            &commit
        }
    };
    let commit = run(work, git, &["rev-parse", "--verify", "--quiet", found])?.trim().to_string();
    run(work, git, &["checkout", "--quiet", "--detach", &commit])?;
    remove(&work.join(".git"))?;
    let hash = content_hash_of(work).map_err(|why| {
        Box::new(
            Diagnostic::error("missing-module", "cannot read a module")
                .detail(format!("{}: {why}.", git.key())),
        )
    })?;
    if let Some(entry) = locked
        && (entry.hash != hash || entry.commit != commit)
    {
        return Err(Box::new(
            Diagnostic::error("module-changed", "module differs from the lock file")
                .detail(format!(
                    "{LOCK_FILE} has commit {} with {} for {}; the repository gives commit {commit} with {hash}.",
                    entry.commit,
                    entry.hash,
                    git.key()
                ))
                .help("find out who changed the repository; plimsoll get -upgrade takes what it gives now"),
        ));
    }
    Ok(Entry { commit, hash, span: None })
}

/// Runs git in a folder and gives what it printed. It asks nobody for a password, runs no hook,
/// and changes no line end.
fn run(work: &Path, git: &Git, arguments: &[&str]) -> Result<String, Box<Diagnostic>> {
    let mut command = Command::new("git");
    command
        .current_dir(work)
        .args(["-c", "core.autocrlf=false", "-c", "core.hooksPath=/dev/null"])
        .args(["-c", "protocol.ext.allow=never", "-c", "advice.detachedHead=false"])
        .args(arguments)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    for name in
        ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_CEILING_DIRECTORIES"]
    {
        command.env_remove(name);
    }
    let output = command.output().map_err(|e| {
        let d = Diagnostic::error("no-git", "cannot run git");
        Box::new(match e.kind() {
            ErrorKind::NotFound => d
                .detail(format!("{} is a module from git, and there is no `git` on PATH.", git.key()))
                .help("install git"),
            _ => d.detail(format!("The system refuses: {e}.")),
        })
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|l| !l.is_empty()).take(6).collect();
    let said = if lines.is_empty() { "nothing".to_string() } else { lines.join("; ") };
    Err(Box::new(
        Diagnostic::error("git-failed", "git does not give the module")
            .detail(format!("{}: git {} said: {said}.", git.key(), arguments.first().unwrap_or(&"")))
            .help("check the address and the tag or commit after ref="),
    ))
}
