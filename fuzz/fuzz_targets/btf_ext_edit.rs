//! `.BTF.ext` read, written and read again; and the records of an object followed into a kernel cut down to them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use skep_btf::{
    Btf, Endian, TypeId,
    core::{self, Matcher, Minimum, Record},
    ext::{Edit, Ext},
};

fuzz_target!(|data: &[u8]| {
    if let Ok(ext) = Ext::parse(data) {
        let edit = Edit::of(&ext);
        for endian in [Endian::Little, Endian::Big] {
            let Ok(again) = Ext::parse(edit.encode(endian)) else { panic!("what was written is read") };
            let again = Edit::of(&again);
            assert_eq!(again.strings().count(), edit.strings().count());
            assert_eq!(again.func.groups.iter().flat_map(|group| &group.entries).count(), {
                edit.func.groups.iter().flat_map(|group| &group.entries).count()
            });
        }
        let mut moved = edit.clone();
        moved.remap(|id| TypeId(id.0.wrapping_add(1)), |off| off);
        let _ = (moved.check_order(), moved.is_empty());
    }
    // The same types on both sides: every record that leads somewhere leads there after the cut.
    let Some((&[root, kind, path], rest)) = data.split_first_chunk() else { return };
    let Ok(btf) = Btf::parse(rest) else { return };
    let access = ["0", "0:0", "0:1", "0:1:2", "1", "0:2", "0:3:1", "2"][usize::from(path & 7)];
    let record = Record { type_id: TypeId(root.into()), kind: core::CoreKind(kind.into()), access };
    let mut minimum = Minimum::new(&btf, &[]);
    if minimum.need(&btf, [record]).is_err() {
        return;
    }
    let Ok(bytes) = minimum.finish() else { return };
    let Ok(small) = Btf::parse(bytes) else { panic!("what was written opens") };
    let whole = Matcher::new(&btf, &btf).resolve(&record).map(|answer| answer.target);
    let cut = Matcher::new(&btf, &small).resolve(&record).map(|answer| answer.target);
    // A broken candidate spoils the answer, and is not among what is kept.
    let is_broken = matches!(&whole, Err(error) if matches!(error.kind, core::ErrorKind::Btf { .. }));
    let same_layout = small.pointer_size() == btf.pointer_size();
    if record.kind != core::CoreKind::TYPE_ID_TARGET && same_layout && !is_broken {
        assert_eq!(whole.ok(), cut.ok());
    }
});
