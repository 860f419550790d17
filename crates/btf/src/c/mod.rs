//! Types as a C header, the one that programs include as `vmlinux.h`.
//!
//! Every type stands behind what it needs, its members at the offsets that BTF says: with padding, packed where nothing
//! else gives the offsets, anonymous types inside those that use them. Of different types with one name the second is
//! called `name___2`, which CO-RE takes for the same name.

mod body;
mod declare;
pub(crate) mod layout;
mod names;
mod order;

use alloc::vec::Vec;
use core::fmt;

use hashbrown::HashSet;

use crate::{Btf, Kind, TypeId, view::View};
use layout::Layout;
use names::Names;

/// What a header has beside types.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether accesses are recorded for CO-RE (`preserve_access_index`).
    pub preserve_access_index: bool,
    /// Whether the functions that kernel modules and the kernel offer to programs are declared.
    pub kfuncs: bool,
    /// The macro that guards against a second inclusion; none if empty.
    pub guard: &'static str,
}

impl Default for Options {
    fn default() -> Self {
        Self { preserve_access_index: true, kfuncs: true, guard: "__VMLINUX_H__" }
    }
}

/// Writes a C header of the types named in `roots` and of what they need; of all types if `roots` is empty. What only
/// pointers lead to is declared, not defined.
///
/// # Errors
/// Those of `out`; and one when the text would be more than a megabyte and 64 times as long as the BTF, which it is only
/// for BTF that was made so (that of kernels is about twice as long as its header).
#[doc(alias = "btf_dump__dump_type")]
pub fn header(out: &mut impl fmt::Write, btf: &Btf, roots: &[TypeId], options: &Options) -> fmt::Result {
    let view = View::of(btf);
    let mut out = Limited { out, left: (1 << 20) + 64 * btf.whole_len() };
    let mut header = Header::new(view, &mut out);
    header.begin(options)?;
    if roots.is_empty() {
        for id in (1..btf.end_id()).map(TypeId) {
            header.root(id)?;
        }
    }
    for &id in roots {
        header.root(id)?;
    }
    if options.kfuncs && roots.is_empty() {
        header.kfuncs()?;
    }
    header.end(options)
}

/// Writes one type as C defines it, without what it needs and without a semicolon; a type that has no definition as a
/// cast would name it.
///
/// # Errors
/// As [`header`].
pub fn definition(out: &mut impl fmt::Write, btf: &Btf, id: TypeId) -> fmt::Result {
    let mut out = Limited { out, left: (1 << 20) + 64 * btf.whole_len() };
    Header::single(View::of(btf), &mut out).definition(id)
}

/// What the declarations of kfuncs are written with.
const MACROS: &str = "\
#ifndef __ksym
#define __ksym __attribute__((section(\".ksyms\")))
#endif

#ifndef __weak
#define __weak __attribute__((weak))
#endif

#ifndef __bpf_fastcall
#if __has_attribute(bpf_fastcall)
#define __bpf_fastcall __attribute__((bpf_fastcall))
#else
#define __bpf_fastcall
#endif
#endif

";

/// A writer of no more than so many bytes.
struct Limited<'w, W> {
    out: &'w mut W,
    left: usize,
}

impl<W: fmt::Write> fmt::Write for Limited<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.left = self.left.checked_sub(text.len()).ok_or(fmt::Error)?;
        self.out.write_str(text)
    }
}

/// A header while it is written.
struct Header<'a, W> {
    view: View<'a>,
    out: &'a mut W,
    names: Names,
    layout: Layout,
    order: order::Order,
    /// What stands around the names that are being declared.
    around: Vec<declare::Part>,
    /// The enums without a name that have been written.
    enums: HashSet<TypeId>,
    /// How many more members and parameters of anonymous types may be written: shared ones are written at each use.
    parts: u64,
}

impl<'a, W: fmt::Write> Header<'a, W> {
    fn new(view: View<'a>, out: &'a mut W) -> Self {
        let (names, layout, order) = (Names::of(&view), Layout::of(&view), order::Order::of(&view));
        let parts = (1 << 12) + view.btf().whole_len() as u64;
        Self { view, out, names, layout, order, around: Vec::new(), enums: HashSet::new(), parts }
    }

    /// One that holds no more than one type, whose name clashes with none.
    fn single(view: View<'a>, out: &'a mut W) -> Self {
        let (names, layout, order) = (Names::default(), Layout::of(&view), order::Order::default());
        Self { view, out, names, layout, order, around: Vec::new(), enums: HashSet::new(), parts: 1 << 16 }
    }

    fn definition(&mut self, id: TypeId) -> fmt::Result {
        use declare::Declared::{Name, Type};
        let Some(raw) = self.view.raw(id) else { return Ok(()) };
        match raw.kind {
            Kind::STRUCT | Kind::UNION => self.composite(raw, id, 0),
            Kind::ENUM | Kind::ENUM64 => self.enumeration(raw, id, 0),
            Kind::TYPEDEF => {
                self.out.write_str("typedef ")?;
                self.declared(raw.target(), Type(id, raw.name), 0)
            }
            Kind::FUNC | Kind::VAR => self.declared(raw.target(), Name(raw.name), 0),
            _ => self.declared(id, Name(0), 0),
        }
    }

    fn begin(&mut self, options: &Options) -> fmt::Result {
        if !options.guard.is_empty() {
            write!(self.out, "#ifndef {0}\n#define {0}\n\n", options.guard)?;
        }
        if options.preserve_access_index {
            self.out.write_str(
                "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n#pragma clang attribute push \
                 (__attribute__((preserve_access_index)), apply_to = record)\n#endif\n\n",
            )?;
        }
        if options.kfuncs { self.out.write_str(MACROS) } else { Ok(()) }
    }

    fn end(&mut self, options: &Options) -> fmt::Result {
        if options.preserve_access_index {
            self.out.write_str("#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n#pragma clang attribute pop\n#endif\n")?;
        }
        if !options.guard.is_empty() {
            write!(self.out, "\n#endif /* {} */\n", options.guard)?;
        }
        Ok(())
    }

    /// Declares the functions tagged as kfuncs, in the order of their names.
    fn kfuncs(&mut self) -> fmt::Result {
        let (mut funcs, mut fast) = (Vec::new(), Vec::new());
        for id in (1..self.view.end_id()).map(TypeId) {
            let Some(tag) = self.view.raw(id).filter(|raw| raw.kind == Kind::DECL_TAG) else { continue };
            let whole = tag.words::<1>(0) == Some([u32::MAX]);
            if let Some(func) = self.view.raw(tag.target()).filter(|raw| whole && raw.kind == Kind::FUNC) {
                match self.view.text(tag.name) {
                    "bpf_kfunc" => funcs.push((self.view.text(func.name), tag.target())),
                    "bpf_fastcall" => fast.push(tag.target()),
                    _ => {}
                }
            }
        }
        funcs.sort_unstable();
        funcs.dedup();
        fast.sort_unstable();
        self.out.write_str("\n/* BPF kfuncs */\n#ifndef BPF_NO_KFUNC_PROTOTYPES\n")?;
        for (_, id) in funcs {
            let Some(func) = self.view.raw(id) else { continue };
            self.out.write_str("extern ")?;
            if fast.binary_search(&id).is_ok() {
                self.out.write_str("__bpf_fastcall ")?;
            }
            self.declared(func.target(), declare::Declared::Name(func.name), 0)?;
            self.out.write_str(" __weak __ksym;\n")?;
        }
        self.out.write_str("#endif\n\n")
    }
}
