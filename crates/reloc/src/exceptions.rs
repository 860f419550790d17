//! Pass: the functions that take over when a program throws.

use alloc::vec::Vec;

use hashbrown::HashMap;

use crate::{
    Kind, Linked, Target,
    object::{
        Linkage, Visibility,
        btf::{Kind as BtfKind, Type, TypeId},
        isa::FuncIdx,
        uapi::Feature,
    },
};

/// How the declaration tag of a program with an exception callback begins; the callback's name follows.
const TAG: &str = "exception_callback:";

/// The names of exception callbacks, by the FUNC of the program that has them.
#[derive(Debug, Default)]
pub(crate) struct Callbacks<'a>(HashMap<TypeId, Vec<&'a str>>);

impl<'a> Callbacks<'a> {
    /// Reads the declaration tags of an object.
    pub(crate) fn of(linked: &'a Linked, target: &Target) -> Self {
        let mut callbacks = HashMap::<_, Vec<_>>::new();
        let Some(btf) = linked.btf().filter(|_| target.has(Feature::BtfDeclTag)) else { return Self::default() };
        for id in btf.ids().filter(|id| btf.kind(*id) == Some(BtfKind::DECL_TAG)) {
            let Some(Type::DeclTag { name, target, component: -1, .. }) = btf.get(id) else { continue };
            if let Some(callback) = name.strip_prefix(TAG) {
                callbacks.entry(target).or_default().push(callback);
            }
        }
        Self(callbacks)
    }

    /// The exception callback of a program, to follow its other functions. A program that names several gets none: the
    /// verifier reads the same tags, and says so.
    ///
    /// # Errors
    /// When there is no such function, or the kernel could not call it.
    pub(crate) fn find(&self, linked: &Linked, entry: FuncIdx) -> Result<Option<FuncIdx>, Kind> {
        let func = linked.funcs().get(entry.at());
        let Some([name]) = func.and_then(|f| self.0.get(&f.type_id)).map(Vec::as_slice) else { return Ok(None) };
        let is_entry = |func: FuncIdx| linked.programs().iter().any(|program| program.func == func);
        let mut named = (0..linked.funcs().len() as u32).map(FuncIdx).filter(|func| {
            let found = linked.funcs().get(func.at());
            found.is_some_and(|f| *f.name == **name) && !is_entry(*func)
        });
        let callback = named.next().ok_or(Kind::Reference { why: "the exception callback does not exist" })?;
        match linked.funcs().get(callback.at()) {
            Some(f) if f.linkage != Linkage::Local && f.visibility == Visibility::Default => Ok(Some(callback)),
            _ => Err(Kind::Reference { why: "the exception callback is not a global function" }),
        }
    }
}
