//! Types as a C header, the one that programs include as `vmlinux.h`.
//!
//! Every type stands behind what it needs, its members at the offsets that BTF says: with padding, packed where nothing
//! else gives the offsets, anonymous types inside those that use them. Of different types with one name the second is
//! called `name___2`, which CO-RE takes for the same name.

mod body;
mod declare;
mod layout;
mod names;
mod order;

use alloc::vec::Vec;
use core::fmt;

use crate::{Btf, Kind, Type, TypeId};
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
    let btf = &btf.with_all_starts();
    let mut out = Limited { out, left: (1 << 20) + 64 * btf.bytes().as_ref().len() };
    let mut header = Header::new(btf, &mut out);
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
    btf: &'a Btf,
    out: &'a mut W,
    names: Names<'a>,
    layout: Layout<'a>,
    order: order::Order,
    /// How many more members and parameters of anonymous types may be written: shared ones are written at each use.
    parts: u64,
}

impl<'a, W: fmt::Write> Header<'a, W> {
    fn new(btf: &'a Btf, out: &'a mut W) -> Self {
        let order = order::Order::of(btf);
        let parts = (1 << 12) + btf.bytes().as_ref().len() as u64;
        Self { btf, out, names: Names::of(btf), layout: Layout::of(btf), order, parts }
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
        Ok(())
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

    /// Declares the functions tagged as kfuncs.
    fn kfuncs(&mut self) -> fmt::Result {
        let tags = (1..self.btf.end_id()).map(TypeId).filter(|&id| self.btf.kind(id) == Some(Kind::DECL_TAG));
        let mut funcs: Vec<TypeId> = tags
            .filter_map(|id| match self.btf.get(id)? {
                Type::DeclTag { name: "bpf_kfunc", target, .. } => Some(target),
                _ => None,
            })
            .collect();
        funcs.sort_unstable();
        funcs.dedup();
        if funcs.is_empty() {
            return Ok(());
        }
        self.out.write_str("#ifndef __ksym\n#define __ksym __attribute__((section(\".ksyms\")))\n#endif\n\n")?;
        self.out.write_str("#ifndef __weak\n#define __weak __attribute__((weak))\n#endif\n\n")?;
        self.out.write_str("#ifndef BPF_NO_KFUNC_PROTOTYPES\n")?;
        for id in funcs {
            if let Some(Type::Func(func)) = self.btf.get(id) {
                let text = self.declaration(func.proto, names::spelled(func.name).into_owned(), 0);
                writeln!(self.out, "extern {text} __weak __ksym;")?;
            }
        }
        self.out.write_str("#endif\n\n")
    }
}
