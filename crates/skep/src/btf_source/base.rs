//! The kernel that a module in a tree of files was built for.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{finish, read, running};
use crate::{btf::Btf, sys::release};

/// The types of the kernel in the tree that a module's file is in: below `lib/modules/RELEASE`, or among the files of
/// `/sys/kernel/btf`.
pub(super) fn beside(path: &Path) -> Option<Arc<Btf>> {
    let path = path.canonicalize().ok()?;
    if path.starts_with("/sys/kernel/btf") {
        return running::vmlinux().ok();
    }
    let (root, release) = tree(&path)?;
    let name = |folder: &str, name: &str| root.join(folder).join(format!("{name}-{release}"));
    let modules = path.ancestors().find(|dir| dir.file_name().is_some_and(|name| name == release.as_str()))?;
    let places = [
        name("boot", "vmlinux"),
        name("boot", "vmlinuz"),
        modules.join("vmlinux"),
        modules.join("vmlinuz"),
        modules.join("build/vmlinux"),
        name("usr/lib/debug/boot", "vmlinux"),
        root.join("usr/lib/debug/lib/modules").join(&release).join("vmlinux"),
    ];
    let open = |path: PathBuf| {
        let contents = read(&path, None).ok()?;
        Some(finish(contents, None, || None, String::new()).ok()?.btf)
    };
    let found = places.into_iter().filter(|path| path.is_file()).find_map(open);
    found.or_else(|| running::vmlinux().ok().filter(|_| release == release::uname_release()))
}

/// The root and the release in `ROOT/lib/modules/RELEASE/…`.
fn tree(path: &Path) -> Option<(PathBuf, String)> {
    let modules = path.ancestors().find(|dir| dir.ends_with("lib/modules"))?;
    let release = path.strip_prefix(modules).ok()?.iter().next()?.to_str()?;
    let root = modules.parent()?.parent()?;
    // Where /lib is a link to /usr/lib.
    let root = if root.ends_with("usr") { root.parent()? } else { root };
    Some((root.into(), release.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn release_and_root_of_a_module() {
        let of = |path: &str| tree(Path::new(path)).map(|(root, release)| (root.display().to_string(), release));
        let expected = Some(("/tmp/tree".to_owned(), "6.12.3".to_owned()));
        assert_eq!(of("/tmp/tree/lib/modules/6.12.3/kernel/net/tls.ko.xz"), expected);
        assert_eq!(of("/tmp/tree/usr/lib/modules/6.12.3/kernel/net/tls.ko.xz"), expected);
        assert_eq!(of("/tmp/tls.ko"), None);
    }
}
