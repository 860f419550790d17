//! What is kept of which types.

use alloc::{collections::BTreeSet, vec::Vec};

use super::{Minimum, Spec};
use crate::{Btf, Type, TypeId, core::CoreKind};

/// What is kept of a type.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    /// The positions of the members or values that are kept; all of them for others than structs, unions and enums.
    pub(super) parts: BTreeSet<u32>,
    /// How much was asked for so far, so that nothing is asked for twice.
    reached: [bool; 4],
}

/// How much of a type is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Much {
    /// Its kind, name and size. Pointers lead nowhere.
    Shell,
    /// What is behind pointers and in prototypes, too.
    Make,
    /// All that types are matched by: members and values.
    Whole,
    /// The same behind a pointer, where the name of a struct suffices.
    Behind,
}

/// How much of a type an answer to a question about it depends on.
fn much(kind: CoreKind) -> Much {
    if kind == CoreKind::TYPE_MATCHES { Much::Whole } else { Much::Make }
}

/// A type that is still to be kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Work {
    space: usize,
    id: TypeId,
    much: Much,
}

impl Minimum<'_> {
    /// Remembers that a type is not what a record asks for: if it is kept for others, it must not become so.
    pub(super) fn keep_unlike(&mut self, space: usize, id: TypeId, kind: CoreKind) {
        if kind.is_type() {
            self.unlike.push(Work { space, id, much: much(kind) });
        }
    }

    /// Keeps of types by what they differ from what was asked for, as far as they are kept at all.
    pub(super) fn settle(&mut self) {
        loop {
            let (kept, spaces) = (&self.kept, &self.spaces);
            let own = |work: &Work| spaces.get(work.space).is_some_and(|btf| work.id >= btf.first_id());
            let is_kept = |work: &mut Work| kept.contains_key(&(if own(work) { work.space } else { 0 }, work.id));
            let found: Vec<Work> = self.unlike.extract_if(.., is_kept).collect();
            if found.is_empty() {
                return;
            }
            self.work.extend(found);
            self.work_off();
        }
    }

    /// Keeps what a record led to.
    pub(super) fn keep(&mut self, space: usize, spec: &Spec<'_>) {
        match spec.kind {
            kind if kind.is_type() => self.want(space, spec.root, much(kind)),
            kind if kind.is_enum_value() => {
                self.want(space, spec.root, Much::Shell);
                if let Some(step) = spec.steps.first() {
                    self.part(space, step.ty, step.index);
                }
            }
            _ => self.keep_field(space, spec),
        }
        self.work_off();
    }

    fn keep_field(&mut self, space: usize, spec: &Spec<'_>) {
        self.want(space, spec.root, Much::Shell);
        let mut at = spec.root;
        for &index in spec.path.iter().skip(1) {
            let Ok((id, ty)) = spec.btf.resolve(at) else { return };
            at = match ty {
                Type::Struct(parent) | Type::Union(parent) => {
                    let Some(member) = parent.member(index) else { return };
                    self.part(space, id, index);
                    // The elements of an array without a length are counted unless it is the last member.
                    let is_open = matches!(spec.btf.resolve(member.ty), Ok((_, Type::Array(array))) if array.len == 0);
                    if is_open && index + 1 < parent.len {
                        self.part(space, id, parent.len - 1);
                        let last = parent.member(parent.len - 1);
                        last.into_iter().for_each(|last| self.want(space, last.ty, Much::Shell));
                    }
                    member.ty
                }
                Type::Array(array) => array.elem,
                _ => return,
            };
            self.want(space, at, Much::Shell);
        }
    }

    /// Keeps a member or value of a type.
    fn part(&mut self, space: usize, id: TypeId, index: u32) {
        let place = self.place(space, id);
        self.kept.entry(place).or_default().parts.insert(index);
    }

    /// Where a type is: what a module's base has is the kernel's.
    pub(super) fn place(&self, space: usize, id: TypeId) -> (usize, TypeId) {
        let own = self.spaces.get(space).is_some_and(|btf| id >= btf.first_id());
        (if own { space } else { 0 }, id)
    }

    fn want(&mut self, space: usize, id: TypeId, much: Much) {
        self.work.push(Work { space, id, much });
    }

    fn work_off(&mut self) {
        while let Some(Work { space, id, much }) = self.work.pop() {
            let place @ (space, _) = self.place(space, id);
            let Some(&btf) = self.spaces.get(space) else { continue };
            if id.0 == 0 || btf.kind(id).is_none() {
                continue;
            }
            let kept = self.kept.entry(place).or_default();
            match kept.reached.get_mut(much as usize) {
                Some(reached) if !*reached => *reached = true,
                _ => continue,
            }
            self.follow(btf, space, id, much);
        }
    }

    /// Keeps what a type refers to, as far as it is needed.
    fn follow(&mut self, btf: &Btf, space: usize, id: TypeId, much: Much) {
        match btf.get(id) {
            Some(Type::Ptr(to)) if much == Much::Make => self.want(space, to, Much::Make),
            Some(Type::Ptr(to)) if much != Much::Shell => self.want(space, to, Much::Behind),
            Some(Type::Array(array)) => {
                self.want(space, array.elem, much);
                self.want(space, array.index, Much::Shell);
            }
            Some(Type::FuncProto(proto)) if much != Much::Shell => {
                self.want(space, proto.ret, much);
                proto.params().for_each(|param| self.want(space, param.ty, much));
            }
            Some(Type::Struct(ty) | Type::Union(ty)) if much == Much::Whole => {
                for (i, member) in (0..).zip(ty.members()) {
                    self.part(space, id, i);
                    self.want(space, member.ty, Much::Whole);
                }
            }
            Some(Type::Enum(ty)) if matches!(much, Much::Whole | Much::Behind) => {
                (0..ty.len).for_each(|i| self.part(space, id, i));
            }
            Some(ty) => {
                if let Some(to) = ty.modified() {
                    self.want(space, to, much);
                }
            }
            None => {}
        }
    }
}
