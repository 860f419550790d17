//! Debian packages, from the machine's own package sources, without changing what is installed.
//!
//! Each suite has its own lists in the cache. Its archive is the one that the machine uses, so a mirror or proxy that is
//! set up here is used there too, and ordinary users can do this.

use crate::process::{During, Failure, Outcome, fail, read, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
/// Lists are fetched again when they are older.
const FRESH: Duration = Duration::from_secs(7 * 24 * 3600);

/// Where kernels and packages are kept.
pub fn cache() -> Outcome<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    let path = base.ok_or_else(|| Failure("neither XDG_CACHE_HOME nor HOME is set".into()))?.join("skep");
    fs::create_dir_all(&path).during(path.display())?;
    Ok(path)
}

/// The packages of one suite.
pub struct Suite {
    folder: PathBuf,
    system: bool,
}

impl Suite {
    /// Reads the lists of a suite, fetching them when they are missing or old.
    pub fn open(name: &str) -> Outcome<Self> {
        let suite = Self { folder: cache()?.join("apt").join(name), system: name == "system" };
        let stamp = suite.folder.join("fetched");
        if age(&stamp).is_some_and(|age| age < FRESH) {
            return Ok(suite);
        }
        println!("package lists of {name}");
        fs::create_dir_all(suite.folder.join("lists/partial"))?;
        fs::create_dir_all(suite.folder.join("cache/archives/partial"))?;
        let signed = if Path::new(KEYS).exists() { format!("[signed-by={KEYS}] ") } else { String::new() };
        fs::write(suite.folder.join("sources.list"), format!("deb {signed}{} {name} main\n", archive()?))?;
        run(suite.apt("apt-get").args(["update", "-o", "APT::Update::Error-Mode=any"]))?;
        fs::write(stamp, "")?;
        Ok(suite)
    }

    /// The names of all packages that begin so.
    pub fn names(&self, prefix: &str) -> Outcome<Vec<String>> {
        let text = read(self.apt("apt-cache").args(["pkgnames", prefix]))?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// Downloads a package into `folder` and returns its path.
    pub fn download(&self, package: &str, folder: &Path) -> Outcome<PathBuf> {
        fs::create_dir_all(folder)?;
        println!("download {package}");
        run(self.apt("apt-get").args(["download", package]).current_dir(folder))?;
        let prefix = format!("{package}_");
        let entries = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path()));
        let mut found = entries.filter(|path| file_name(path).starts_with(&prefix));
        found.next().ok_or_else(|| Failure(format!("apt-get left no {package} in {}", folder.display())))
    }

    /// An apt command that sees this suite only.
    fn apt(&self, command: &str) -> Command {
        let mut apt = Command::new(command);
        apt.env("LC_ALL", "C").args(["-qq", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Languages=none"]);
        let mut option = |name: &str, path: &Path| {
            apt.arg("-o").arg(format!("{name}={}", path.display()));
        };
        option("Dir::State::Lists", &self.folder.join("lists"));
        option("Dir::Cache", &self.folder.join("cache"));
        if !self.system {
            option("Dir::Etc::SourceList", &self.folder.join("sources.list"));
            option("Dir::Etc::SourceParts", Path::new("/dev/null"));
        }
        apt
    }
}

/// The archive that the machine gets its packages from.
fn archive() -> Outcome<String> {
    let mut apt = Command::new("apt-get");
    let text = read(apt.args(["indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages"]))?;
    let uri = |line: &str| Some(line.rsplit_once(' ')?.1.to_owned());
    let debian = text.lines().find(|line| line.starts_with("Debian ")).and_then(uri);
    let other = || text.lines().filter(|line| !line.contains("security")).find_map(uri);
    debian.or_else(other).ok_or_else(|| Failure("no Debian archive among the package sources of this machine".into()))
}

/// Says what is missing where packages cannot be had.
pub fn ensure_apt() -> Outcome {
    let missing = ["apt-get", "dpkg-deb", "xz"].into_iter();
    let missing: Vec<_> = missing.filter(|name| read(Command::new(name).arg("--version")).is_err()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let (names, cache) = (missing.join(", "), cache()?.join("kernels"));
    fail(format_args!(
        "the kernels are Debian packages, and {names} cannot be run here; root is not needed for it. Kernels that are \
         in {} already, copied from another machine, do without",
        cache.display()
    ))
}

/// Installs qemu where it is missing and that is possible.
pub fn ensure_qemu() -> Outcome {
    if read(Command::new(super::machine::QEMU).arg("--version")).is_ok() {
        return Ok(());
    }
    let missing = format!("{} is not installed (Debian's package is qemu-system-x86)", super::machine::QEMU);
    if read(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() != "0") {
        return fail(format_args!("{missing}; root may install it, the rest needs no root"));
    }
    run(Command::new("apt-get").args(["-qq", "update"])).during(&missing)?;
    let mut install = Command::new("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive");
    run(install.args(["-qq", "install", "-y", "--no-install-recommends", "qemu-system-x86"])).during(&missing)
}

/// The last part of a path, as text.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn age(path: &Path) -> Option<Duration> {
    fs::metadata(path).ok()?.modified().ok()?.elapsed().ok()
}
