//! The same source gives the same object in both byte orders.

mod support;

use skep_object::{btf::Endian, elf};
use support::{objects, render};

/// The code of these differs, because the source looks at parts of numbers, or copies constants piece by piece: their
/// bytes and bits stand in another order in memory.
const CODE_DIFFERS: [&str; 3] = ["core_bitfields.bpf.o", "core_kinds.bpf.o", "maps.bpf.o"];

#[test]
fn both_byte_orders_read_the_same() {
    for path in objects("fixtures/o/el") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let other = path.parent().unwrap().parent().unwrap().join("eb").join(name);
        let [little, big] = [&path, &other].map(|p| elf::read(name, &std::fs::read(p).unwrap()).unwrap());
        assert_eq!((little.endian, big.endian), (Endian::Little, Endian::Big));
        let all = !CODE_DIFFERS.contains(&name);
        let [l, b] = [&little, &big].map(|object| render(object, all));
        let keep = |line: &&str| all || !line.starts_with("  ") && !line.starts_with("function ");
        let (l, b) = (l.lines().filter(keep), b.lines().filter(keep));
        l.clone().zip(b.clone()).for_each(|(l, b)| assert_eq!(l, b, "{name}"));
        assert_eq!(l.count(), b.count(), "{name}");
    }
}
