//! The table as BTF.

use alloc::{vec, vec::Vec};

use skep_btf::{Array, Edit, Endian, Int, Member, Param, SecVar, TypeId, Value};

use super::{Id, Ty, Types, VOID};

/// Whether a type is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Debug)]
enum Use {
    /// It is not.
    None,
    /// A struct that only pointers lead to: it is declared.
    Pointed,
    /// It is.
    Whole,
}

/// The BTF, and which id each type has in it.
pub(in crate::text) struct Emitted {
    pub btf: Edit,
    ids: Vec<u32>,
}

impl Emitted {
    /// The id of a type in BTF.
    pub fn id(&self, id: Id) -> TypeId {
        TypeId(self.ids.get(id as usize).copied().unwrap_or(0))
    }
}

impl Types {
    /// Writes all types but those that were borrowed and that nothing needs, and the externs in `unused`.
    pub fn emit(&self, endian: Endian, unused: &[Id]) -> Emitted {
        let uses = self.uses(unused);
        let (mut ids, mut next) = (vec![0u32; self.table.len() + 1], 1);
        for (id, used) in ids.iter_mut().zip(&uses) {
            if *used != Use::None {
                *id = next;
                next += 1;
            }
        }
        let mut out = Emitted { btf: Edit::new(endian), ids };
        for (id, ty) in self.iter() {
            match uses.get(id as usize) {
                Some(Use::Whole) => out.write(ty),
                Some(Use::Pointed) => out.declare(ty),
                _ => {}
            }
        }
        out
    }

    fn uses(&self, unused: &[Id]) -> Vec<Use> {
        let mut uses = vec![Use::Whole; self.table.len() + 1];
        uses[0] = Use::None;
        for range in &self.borrowed {
            uses.get_mut(range.start as usize..range.end as usize).unwrap_or_default().fill(Use::None);
        }
        for &id in unused {
            if let Some(used) = uses.get_mut(id as usize) {
                *used = Use::None;
            }
        }
        let mut work: Vec<Id> = (1..=self.len()).filter(|id| uses[*id as usize] == Use::Whole).collect();
        while let Some(id) = work.pop() {
            let Some(ty) = self.get(id) else { continue };
            let composite = matches!(ty, Ty::Composite(_));
            each(ty, &mut |to| {
                let pointed = composite.then(|| self.pointed(to, &mut uses, &mut work)).flatten();
                let (to, wanted) = pointed.map_or((to, Use::Whole), |to| (to, Use::Pointed));
                mark(to, wanted, &mut uses, &mut work);
            });
        }
        uses
    }

    /// The struct that a pointer among the members leads to; what is on the way to it is marked.
    fn pointed(&self, member: Id, uses: &mut [Use], work: &mut Vec<Id>) -> Option<Id> {
        let (mut id, mut pointer, mut way) = (member, false, Vec::new());
        loop {
            match self.get(id)? {
                Ty::Const(to) | Ty::Volatile(to) | Ty::Restrict(to) | Ty::TypeTag { target: to, .. } => {
                    way.push(id);
                    id = *to;
                }
                Ty::Ptr(to) if !pointer => {
                    pointer = true;
                    way.push(id);
                    id = *to;
                }
                Ty::Composite(c) if pointer && !c.name.is_empty() => break,
                _ => return None,
            }
            if way.len() > 64 {
                return None;
            }
        }
        // What is on the way is written as it is, and leads nowhere else.
        for on_the_way in way {
            if let Some(used) = uses.get_mut(on_the_way as usize) {
                *used = Use::Whole;
            }
        }
        let _ = work;
        Some(id)
    }
}

fn mark(id: Id, wanted: Use, uses: &mut [Use], work: &mut Vec<Id>) {
    if let Some(used) = uses.get_mut(id as usize).filter(|used| id != VOID && **used < wanted) {
        *used = wanted;
        if wanted == Use::Whole {
            work.push(id);
        }
    }
}

/// What a type refers to.
fn each(ty: &Ty, to: &mut dyn FnMut(Id)) {
    match ty {
        Ty::Ptr(id) | Ty::Const(id) | Ty::Volatile(id) | Ty::Restrict(id) => to(*id),
        Ty::Typedef { to: id, .. } | Ty::Func { proto: id, .. } | Ty::Var { ty: id, .. } => to(*id),
        Ty::DeclTag { target, .. } | Ty::TypeTag { target, .. } => to(*target),
        Ty::Array { elem, index, .. } => [*elem, *index].into_iter().for_each(to),
        Ty::Composite(c) => c.members.iter().map(|m| m.ty).for_each(to),
        Ty::Proto { ret, params } => core::iter::once(*ret).chain(params.iter().map(|p| p.1)).for_each(to),
        Ty::Datasec { vars, .. } => vars.iter().map(|v| v.0).for_each(to),
        Ty::Int { .. } | Ty::Float { .. } | Ty::Enum(_) | Ty::Fwd { .. } | Ty::Raw { .. } => {}
    }
}

impl Emitted {
    fn declare(&mut self, ty: &Ty) {
        match ty {
            Ty::Composite(c) => {
                self.btf.add().fwd(&c.name, c.union);
            }
            _ => self.write(ty),
        }
    }

    fn write(&mut self, ty: &Ty) {
        let ids = core::mem::take(&mut self.ids);
        let id = |of: Id| TypeId(ids.get(of as usize).copied().unwrap_or(0));
        match ty {
            Ty::Int { name, size, bits, offset, encoding } => {
                self.btf.add().int(Int { name, size: *size, bits: *bits, offset: *offset, encoding: *encoding })
            }
            Ty::Float { name, size } => self.btf.add().float(name, *size),
            Ty::Ptr(to) => self.btf.add().ptr(id(*to)),
            Ty::Array { elem, index, len } => {
                self.btf.add().array(Array { elem: id(*elem), index: id(*index), len: *len })
            }
            Ty::Composite(c) if c.kflag && c.members.iter().all(|m| m.bit_size == 0) => {
                // The flag says that offsets have 24 bits, though no member is a bitfield.
                let kind: u32 = if c.union { 5 } else { 4 };
                let mut words = vec![1 << 31 | kind << 24 | c.members.len() as u32, c.size];
                for m in &c.members {
                    words.extend([self.btf.string(&m.name).0, id(m.ty).0, m.bit_offset & 0xff_ffff]);
                }
                self.btf.add().raw(&c.name, &words)
            }
            Ty::Composite(c) => {
                let members = c.members.iter().map(|m| Member {
                    name: &m.name,
                    ty: id(m.ty),
                    bit_offset: m.bit_offset,
                    bit_size: m.bit_size,
                });
                let members: Vec<_> = members.collect();
                match c.union {
                    true => self.btf.add().union(&c.name, c.size, &members),
                    false => self.btf.add().structure(&c.name, c.size, &members),
                }
            }
            Ty::Enum(e) => {
                let values: Vec<_> =
                    e.values.iter().map(|(name, value)| Value { name, value: *value as u64 }).collect();
                match e.is_64 {
                    true => self.btf.add().enumeration64(&e.name, e.size, e.signed, &values),
                    false => self.btf.add().enumeration(&e.name, e.size, e.signed, &values),
                }
            }
            Ty::Fwd { name, union } => self.btf.add().fwd(name, *union),
            Ty::Typedef { name, to } => self.btf.add().typedef(name, id(*to)),
            Ty::Const(of) => self.btf.add().constant(id(*of)),
            Ty::Volatile(of) => self.btf.add().volatile(id(*of)),
            Ty::Restrict(of) => self.btf.add().restrict(id(*of)),
            Ty::Func { name, proto, linkage } => self.btf.add().func(name, id(*proto), *linkage),
            Ty::Proto { ret, params } => {
                let params: Vec<_> = params.iter().map(|(name, ty)| Param { name, ty: id(*ty) }).collect();
                self.btf.add().func_proto(id(*ret), &params)
            }
            Ty::Var { name, ty, linkage } => self.btf.add().var(name, id(*ty), *linkage),
            Ty::Datasec { name, size, vars } => {
                let vars: Vec<_> = vars.iter().map(|&(ty, offset, size)| SecVar { ty: id(ty), offset, size }).collect();
                self.btf.add().datasec(name, *size, &vars)
            }
            Ty::DeclTag { text, target, component, attribute } => {
                self.btf.add().decl_tag(text, id(*target), *component, *attribute)
            }
            Ty::TypeTag { text, target, attribute } => self.btf.add().type_tag(text, id(*target), *attribute),
            Ty::Raw { name, words } => self.btf.add().raw(name, words),
        };
        self.ids = ids;
    }
}
