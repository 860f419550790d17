//! One step of the walk: what the type on top of the stack refers to.

use super::{
    What, member,
    resolve::{Fault, Mode, Open, Walk, is_modifier},
};
use crate::{
    Endian, Kind, Type, TypeId,
    header::{HEAD, word},
};

/// A type's words, read one by one: a walk comes back to a struct for each of its members.
#[derive(Clone, Copy)]
struct Body<'a> {
    data: &'a [u8],
    endian: Endian,
    flag: bool,
    len: u32,
    third: u32,
}

impl Body<'_> {
    fn word(&self, i: usize) -> Option<u32> {
        word(self.data, self.endian, 4 * i)
    }

    /// The element at a position, for types whose elements have three words.
    fn element(&self, i: u32) -> Option<[u32; 3]> {
        let at = 3 * i as usize;
        Some([self.word(at)?, self.word(at + 1)?, self.word(at + 2)?])
    }
}

impl<'a> Walk<'a> {
    pub(super) fn step(&mut self, open: Open) -> Result<(), Fault> {
        let Some(body) = self.body(open.id) else { return Err(What::Reference(open.id).into()) };
        let to = TypeId(body.third);
        match self.kind(open.id) {
            Kind::ARRAY => self.array(body.element(0)),
            Kind::STRUCT | Kind::UNION => self.members(open, body),
            Kind::VAR => self.var(to),
            Kind::FUNC => self.func(to),
            Kind::DECL_TAG => self.tag(to, body.word(0).unwrap_or_default() as i32),
            Kind::DATASEC => self.section(open, body),
            Kind::PTR => self.refer(to, true),
            _ => self.refer(to, false),
        }
    }

    /// Where the words of an own type are.
    fn body(&self, id: TypeId) -> Option<Body<'a>> {
        let own = id.0.checked_sub(self.first).filter(|&own| own < self.btf.len())?;
        let (data, endian) = (self.btf.bytes().as_ref(), self.btf.endian());
        let at = self.btf.starts.at(own, data)?;
        let (info, third) = (word(data, endian, at + 4)?, word(data, endian, at + 8)?);
        Some(Body { data: data.get(at + HEAD..)?, endian, flag: info >> 31 != 0, len: info & 0xff_ffff, third })
    }

    /// A pointer or a modifier.
    fn refer(&mut self, to: TypeId, pointer: bool) -> Result<(), Fault> {
        if !self.exists(to) || self.is_source_only(to) {
            return Err(What::Reference(to).into());
        }
        if self.waits_for(to) {
            return self.push(to);
        }
        if pointer && let Some(behind) = self.pointer_behind(to) {
            return self.push(behind);
        }
        let end = match self.sized(to) {
            Some((end, _)) => end,
            None if self.is_bad(to) => to,
            None => {
                // A function, once it was looked at, is what its prototype is.
                let end = if self.walks(to) && self.is_resolved(to) { self.target(to) } else { to };
                if end.0 != 0 && !matches!(self.kind(end), Kind::FWD | Kind::FUNC_PROTO) {
                    return Err(What::NoSize(to).into());
                }
                if let (Kind::FUNC, Some(top)) = (self.kind(to), self.stack.last()) {
                    self.notes.push((top.id, What::OfFunction));
                }
                end
            }
        };
        self.pop(end);
        Ok(())
    }

    /// The pointer at which a modifier ended when members were looked through, if pointers are now.
    fn pointer_behind(&self, to: TypeId) -> Option<TypeId> {
        let end = is_modifier(self.kind(to)).then(|| self.target(to))?;
        (self.kind(end) == Kind::PTR && self.waits_for(end)).then_some(end)
    }

    fn var(&mut self, to: TypeId) -> Result<(), Fault> {
        if !self.exists(to) || self.is_source_only(to) {
            return Err(What::Reference(to).into());
        }
        if self.waits_for(to) {
            return self.push(to);
        }
        if let Some(behind) = self.pointer_behind(to) {
            return self.push(behind);
        }
        match self.sized(to) {
            Some((end, _)) => self.pop(end),
            None if self.is_bad(to) => self.pop(to),
            None => return Err(What::NoSize(to).into()),
        }
        Ok(())
    }

    fn array(&mut self, words: Option<[u32; 3]>) -> Result<(), Fault> {
        let [elem, index, len] = words.ok_or(What::Index)?;
        let (elem, index) = (TypeId(elem), TypeId(index));
        for (id, what) in [(index, What::Index), (elem, What::NoSize(elem))] {
            let has_size = self.exists(id)
                && !self.is_source_only(id)
                && !matches!(self.kind(id), Kind(0) | Kind::FWD | Kind::FUNC | Kind::FUNC_PROTO);
            if !has_size {
                return Err(what.into());
            }
            if self.waits_for(id) {
                return self.push(id);
            }
            let sized = match self.sized(id) {
                Some(sized) => sized,
                None if self.is_bad(id) => {
                    self.pop(id);
                    return Ok(());
                }
                None => return Err(what.into()),
            };
            let int = match self.btf.get(sized.0) {
                Some(Type::Int(int)) => Some(member::is_regular(&int)),
                _ => None,
            };
            if int == Some(false) || int.is_none() && id == index && what == What::Index {
                return Err(what.into());
            }
            if let (What::NoSize(_), Some(top)) = (what, self.stack.last()) {
                let total = sized.1.checked_mul(len).ok_or(What::BadSize)?;
                let own = (top.id.0 - self.first) as usize;
                if let Some(size) = self.sizes.get_mut(own) {
                    *size = total;
                }
                self.pop(sized.0);
            }
        }
        Ok(())
    }

    fn members(&mut self, open: Open, body: Body<'_>) -> Result<(), Fault> {
        for i in open.next..body.len {
            let Some([_, ty, word]) = body.element(i) else { break };
            let id = TypeId(ty);
            let has_size = self.exists(id)
                && !self.is_source_only(id)
                && !matches!(self.kind(id), Kind(0) | Kind::FWD | Kind::FUNC | Kind::FUNC_PROTO);
            if !has_size {
                return Err(Fault(Some(i), What::NoSize(id)));
            }
            if self.waits_for(id) {
                if let Some(top) = self.stack.last_mut() {
                    top.next = i;
                }
                return self.push(id);
            }
            if !self.is_bad(id) {
                member::check(self, id, word, body.flag, body.third).map_err(|what| Fault(Some(i), what))?;
            }
        }
        self.pop(TypeId(0));
        Ok(())
    }

    fn func(&mut self, to: TypeId) -> Result<(), Fault> {
        let Some(Type::FuncProto(proto)) = self.btf.get(to) else { return Err(What::Reference(to).into()) };
        let unnamed = || (1..).zip(proto.params()).find(|(_, param)| param.name.is_empty() && param.ty.0 != 0);
        // Thousands of functions may share a prototype: what is found is kept where arrays have their size.
        let known = to.0.checked_sub(self.first).and_then(|own| self.sizes.get_mut(own as usize));
        let found = match known {
            Some(known) => {
                if *known == 0 {
                    *known = unnamed().map_or(u32::MAX, |(i, _)| i);
                }
                Some(*known).filter(|&i| i != u32::MAX)
            }
            None => unnamed().map(|(i, _)| i),
        };
        if let Some(i) = found {
            return Err(Fault(Some(i - 1), What::NoParamName));
        }
        self.pop(to);
        Ok(())
    }

    fn section(&mut self, open: Open, body: Body<'_>) -> Result<(), Fault> {
        self.mode = Mode::Any;
        for i in open.next..body.len {
            let Some([ty, _, size]) = body.element(i) else { break };
            let id = TypeId(ty);
            if self.kind(id) != Kind::VAR {
                return Err(Fault(Some(i), What::Reference(id)));
            }
            if self.waits_for(id) {
                if let Some(top) = self.stack.last_mut() {
                    top.next = i;
                }
                return self.push(id);
            }
            let Some(Type::Var(var)) = self.btf.get(id) else { continue };
            match self.sized(var.ty) {
                _ if self.is_bad(id) => {}
                Some((_, needed)) if size >= needed => {}
                Some(_) => return Err(Fault(Some(i), What::Place)),
                None => return Err(Fault(Some(i), What::NoSize(var.ty))),
            }
        }
        self.pop(TypeId(0));
        Ok(())
    }

    fn tag(&mut self, to: TypeId, component: i32) -> Result<(), Fault> {
        let kind = self.kind(to);
        if !matches!(kind, Kind::FUNC | Kind::STRUCT | Kind::UNION | Kind::VAR | Kind::TYPEDEF) {
            return Err(What::Reference(to).into());
        }
        if self.waits_for(to) {
            return self.push(to);
        }
        let count = match self.btf.get(to) {
            Some(Type::Struct(ty) | Type::Union(ty)) => ty.len,
            Some(Type::Func(func)) => match self.btf.get(func.proto) {
                Some(Type::FuncProto(proto)) => proto.len,
                _ => 0,
            },
            _ => 0,
        };
        if component != -1 && u32::try_from(component).is_ok_and(|component| component >= count) {
            return Err(What::Component.into());
        }
        self.pop(to);
        Ok(())
    }
}
