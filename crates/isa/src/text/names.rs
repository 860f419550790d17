//! Where names come from when an instruction is printed.

use skep_uapi::Helper;

use crate::{ExternIdx, FuncIdx, InsnIdx, MapIdx, Ref};

/// Names for what instructions refer to. Each method may answer `None`: then the number is printed as it stands.
///
/// `()` knows the helpers and nothing else, [`Numbers`] knows nothing at all.
pub trait Names {
    /// The name of a helper, such as `bpf_map_lookup_elem`.
    fn helper(&self, id: u32) -> Option<&str> {
        Helper(id).name()
    }

    /// The name of a map.
    fn map(&self, map: MapIdx) -> Option<&str> {
        let _ = map;
        None
    }

    /// The name of the variable at a byte of a map's value, and the distance in bytes from its beginning.
    fn value(&self, map: MapIdx, off: u32) -> Option<(&str, u32)> {
        self.map(map).map(|name| (name, off))
    }

    /// The name of a function.
    fn func(&self, func: FuncIdx) -> Option<&str> {
        let _ = func;
        None
    }

    /// The name of an extern.
    #[doc(alias = "extern")]
    fn external(&self, external: ExternIdx) -> Option<&str> {
        let _ = external;
        None
    }

    /// The label of a slot that is jumped to. Asked only if the position of the instruction is known.
    fn label(&self, slot: InsnIdx) -> Option<Label<'_>> {
        let _ = slot;
        None
    }
}

/// A label.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Label<'a> {
    /// A name.
    Name(&'a str),
    /// A name that ends in a number, so that nobody has to keep many of them: what it begins with, and the number.
    Numbered(&'a str, u32),
}

impl Names for () {}

/// No names: numbers as they stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Numbers;

impl Names for Numbers {
    fn helper(&self, _: u32) -> Option<&str> {
        None
    }
}

/// What names in text refer to, when it is parsed. `()` knows none.
pub trait Symbols {
    /// What a name refers to that is no label of the text.
    fn symbol(&self, name: &str) -> Option<Ref> {
        let _ = name;
        None
    }
}

impl Symbols for () {}
