//! What is read from each fixture, as text. `BLESS=1` writes the text anew.

mod support;

use support::{objects, render, root};

#[test]
fn fixtures_read_as_before() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut different = Vec::new();
    for path in objects("fixtures/o/el").into_iter().chain(objects("examples")) {
        let name = path.file_name().unwrap().to_str().unwrap().to_string();
        // It says nothing that smaller ones do not.
        if name == "large.bpf.o" {
            continue;
        }
        let object = skep_object::elf::read(&name, &std::fs::read(&path).unwrap()).unwrap();
        let golden = root().join("crates/object/tests/golden").join(name.replace(".bpf.o", ".txt"));
        let text = render(&object, false);
        if bless {
            std::fs::write(&golden, &text).unwrap();
        } else if std::fs::read_to_string(&golden).unwrap_or_default() != text {
            different.push(name);
        }
    }
    assert!(different.is_empty(), "these read differently, look at the difference with BLESS=1: {different:?}");
}
