//! Where types are found, and what is said where there are none.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may unwrap")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use skep::{
    btf::{Btf, Edit, Endian, Int, Type, TypeId, distill},
    btf_source::{Contents, Error, Kind, LIMIT, Opened, Source, contents, open},
};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/packed").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(fixture(name)).unwrap()
}

fn types_of(contents: &Contents) -> Vec<u8> {
    contents.types.as_ref().to_vec()
}

fn code(result: Result<Opened, Error>) -> &'static str {
    result.map(|opened| opened.name).unwrap_err().code()
}

/// A file of a test.
struct File(PathBuf);

impl File {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("skep-sources-{}-{name}", std::process::id()));
        fs::write(&path, bytes).unwrap();
        Self(path)
    }

    fn open(&self, base: Option<&Arc<Btf>>) -> Result<Opened, Error> {
        open(&Source::File(self.0.clone()), base)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn compressed_in_each_way() {
    let plain = bytes("types.btf");
    for format in ["gz", "xz", "lzma", "zst", "lz4"] {
        let packed = bytes(&format!("types.btf.{format}"));
        assert_eq!(types_of(&contents(&packed, None, LIMIT).unwrap()), plain, "{format}");
        // No more is unpacked than is wanted.
        let error = contents(&packed, None, plain.len() - 1).unwrap_err();
        assert!(matches!(error, Kind::TooLarge(limit) if limit == plain.len() - 1), "{format}: {error}");
        let error = contents(&packed[..packed.len() / 2], None, LIMIT).unwrap_err();
        assert!(matches!(error, Kind::Packed { .. }), "{format}: {error}");
    }
    let error = contents(&bytes("types.btf.bz2"), None, LIMIT).unwrap_err();
    assert!(error.to_string().contains("bzip2: this format is not supported"), "{error}");
}

#[test]
fn images_of_kernels() {
    let plain = bytes("types.btf");
    // For x86: two sectors of set-up code, then the compressed kernel and its size.
    let packed = bytes("types.btf.xz");
    let mut image = vec![0u8; 3 * 512 + 64];
    image[0x1f1] = 2;
    image[0x202..0x206].copy_from_slice(b"HdrS");
    image[0x248..0x24c].copy_from_slice(&64u32.to_le_bytes());
    image[0x24c..0x250].copy_from_slice(&(packed.len() as u32 + 4).to_le_bytes());
    image.extend(&packed);
    // The kernel inside is no ELF file, but memory with the types in it, which here is all of it.
    image.extend((plain.len() as u32).to_le_bytes());
    image.extend([0; 100]);
    assert_eq!(types_of(&contents(&image, None, LIMIT).unwrap()), plain);

    // An EFI image that unpacks itself.
    let packed = bytes("types.btf.zst");
    let mut image = b"MZ\0\0zimg".to_vec();
    image.extend(32u32.to_le_bytes());
    image.extend((packed.len() as u32).to_le_bytes());
    image.resize(32, 0);
    image.extend(&packed);
    assert_eq!(types_of(&contents(&image, None, LIMIT).unwrap()), plain);

    // Memory as it will be, and a machine whose header nobody knows.
    let mut image = vec![0u8; 0x1000];
    image[0x38..0x3c].copy_from_slice(b"ARM\x64");
    let mut unknown = image.clone();
    image.extend(&plain);
    image.extend([0; 33]);
    assert_eq!(types_of(&contents(&image, None, LIMIT).unwrap()), plain);
    unknown.extend(&bytes("types.btf.gz"));
    assert_eq!(types_of(&contents(&unknown, None, LIMIT).unwrap()), plain);
    let error = contents(&unknown[..0x1000], None, LIMIT).unwrap_err();
    assert_eq!(error.to_string(), "a kernel image without types");
}

#[test]
fn packages_of_other_distributions() {
    let plain = bytes("types.btf");
    for name in ["kernel-gz.rpm", "kernel-xz.rpm", "kernel-zst.rpm"] {
        let package = bytes(name);
        assert_eq!(types_of(&contents(&package, None, LIMIT).unwrap()), plain, "{name}: the kernel in it");
        let module = contents(&package, Some("/lib/modules/1.0/kernel/net/tls/tls.ko.xz"), LIMIT).unwrap();
        assert_eq!(types_of(&module), plain, "{name}: a module");
        let error = contents(&package, Some("lib/modules/1.1/kernel/net/tls/tls.ko"), LIMIT).unwrap_err();
        let nearest = "lib/modules/1.0/kernel/net/tls/tls.ko.xz";
        assert!(matches!(&error, Kind::NoMember { nearest: Some(found), .. } if found == nearest), "{error}");
        for len in [4, 95, 97, 112, 300, package.len() / 2, package.len() - 40] {
            let error = contents(&package[..len], None, LIMIT).map(|_| ());
            // The kernel may stand in the part that is left.
            assert!(error.is_ok() || matches!(error, Err(Kind::Packed { .. })), "{name}: {len}: {error:?}");
        }
    }
    let package = bytes("linux.pkg.tar.zst");
    assert_eq!(types_of(&contents(&package, None, LIMIT).unwrap()), plain);
    assert_eq!(types_of(&contents(&package, Some("usr/lib/modules/1.0/kernel/tls.ko.xz"), LIMIT).unwrap()), plain);
}

#[test]
fn packages() {
    let plain = bytes("types.btf");
    let package = bytes("kernel.deb");
    assert_eq!(types_of(&contents(&package, None, LIMIT).unwrap()), plain, "the kernel in it");
    let name =
        "some_module_with_quite_a_long_name_that_goes_on_and_on_so_that_the_archive_has_to_write_it_in_another_way.ko";
    let path = format!("./lib/modules/1.0/kernel/{name}.xz");
    assert_eq!(types_of(&contents(&package, Some(&path), LIMIT).unwrap()), plain, "a module");
    let named = Source::parse(&format!("{}:{path}", fixture("kernel.deb").display())).unwrap();
    assert!(matches!(&named, Source::Packed { file, .. } if *file == path));
    assert_eq!(open(&named, None).unwrap().btf.len(), 45);
    let absent = Source::parse(&format!("{}:boot/vmlinuz-1.1", fixture("kernel.deb").display())).unwrap();
    let error = open(&absent, None).unwrap_err();
    assert_eq!(error.code(), "source-no-member");
    assert_eq!(error.help().unwrap(), "did you mean `boot/vmlinuz-1.0`?");
    let error = contents(&package[..package.len() / 2], None, LIMIT).unwrap_err();
    assert!(matches!(error, Kind::Packed { .. }), "{error}");
}

#[test]
fn elf_files_and_what_is_none() {
    let object = fixture("../../examples/exec.bpf.o");
    let opened = open(&Source::File(object.clone()), None).unwrap();
    assert!(opened.ext.is_some() && opened.btf.len() == 45);
    let mut broken = fs::read(&object).unwrap();
    broken.truncate(0x100);
    assert_eq!(code(File::new("elf", &broken).open(None)), "source-elf");
    assert_eq!(code(File::new("text", b"int main;").open(None)), "source-unknown");
    assert_eq!(code(open(&Source::File("/nowhere".into()), None)), "source-unreadable");
    assert_eq!(code(open(&Source::File("/".into()), None)), "source-unreadable");
    let error = File::new("gz", &bytes("types.btf.gz")[..40]).open(None).unwrap_err();
    assert_eq!((error.code(), error.help()), ("source-packed", None));
    assert_eq!(Error { source: String::new(), kind: Kind::TooLarge(5) }.code(), "source-too-large");
    assert_eq!(code(open(&Source::Module("../nf".into()), None)), "source-kernel");
}

fn base_and_split() -> (Arc<Btf>, Vec<u8>) {
    let mut edit = Edit::new(Endian::Little);
    (0..5).for_each(|_| _ = edit.add().float("float", 4));
    let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
    let base = Arc::new(Btf::parse(edit.finish()).unwrap());
    let mut split = Edit::split(&base);
    let to = split.add().ptr(int);
    split.add().typedef("to_int", to);
    (base, split.finish())
}

#[test]
fn types_that_go_on_from_others() {
    let (base, split) = base_and_split();
    let file = File::new("split", &split);
    assert_eq!(code(file.open(None)), "source-needs-base");
    let opened = file.open(Some(&base)).unwrap();
    assert_eq!(opened.btf.spelled(TypeId(8)), "to_int");
    let empty = Arc::new(Btf::parse(Edit::new(Endian::Little).finish()).unwrap());
    assert_eq!(code(file.open(Some(&empty))), "source-base");
}

#[test]
fn modules_that_bring_what_they_need() {
    let (base, split) = base_and_split();
    let over = Btf::parse_split(split, base).unwrap();
    let distilled = distill(&over).unwrap();
    let mut elf =
        object::write::Object::new(object::BinaryFormat::Elf, object::Architecture::X86_64, object::Endianness::Little);
    for (name, bytes) in [(".BTF", &distilled.split), (".BTF.base", &distilled.base)] {
        let section = elf.add_section(Vec::new(), name.into(), object::SectionKind::Other);
        elf.append_section_data(section, bytes, 1);
    }
    let file = File::new("module", &elf.write().unwrap());
    let alone = file.open(None).unwrap();
    assert_eq!(alone.distilled.unwrap().len(), 1);
    assert_eq!(alone.btf.spelled(alone.btf.ids().last().unwrap()), "to_int");
    // Over another kernel, where `int` has another id.
    let mut edit = Edit::new(Endian::Little);
    edit.add().float("float", 4);
    let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
    let other = Arc::new(Btf::parse(edit.finish()).unwrap());
    let moved = file.open(Some(&other)).unwrap().btf;
    let end = moved.resolve(moved.ids().last().unwrap()).unwrap().1;
    assert!(matches!(end, Type::Ptr(to) if to == int), "{end:?}");
}

#[test]
fn names_of_sources() {
    let parsed = |text: &str| Source::parse(text).map(|source| source.to_string()).map_err(|error| error.code());
    assert_eq!(parsed("running"), Ok("running".into()));
    assert_eq!(parsed("vmlinux"), Ok("running".into()));
    assert_eq!(parsed("id:7"), Ok("id:7".into()));
    assert_eq!(parsed("prog:12"), Ok("prog:12".into()));
    assert_eq!(parsed("map:x"), Err("source-number"));
    assert_eq!(parsed("module:nf_tables"), Ok("module:nf_tables".into()));
    assert_eq!(parsed("/nowhere/a.btf"), Ok("/nowhere/a.btf".into()));
}
