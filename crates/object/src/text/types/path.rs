//! The way from a type to one of its members.

use alloc::{
    borrow::ToOwned,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt::Write;

use skep_btf::nearest;

use super::{Composite, Id, Member, Ty, Types};
use crate::text::error::Kind;

/// A step of a path as it is written.
#[derive(Clone, Copy, Debug)]
pub(in crate::text) enum Step<'t> {
    /// `.name`.
    Name(&'t str),
    /// `[index]`.
    Index(u32),
}

/// Where a path leads.
#[derive(Debug)]
pub(in crate::text) struct Access {
    /// The positions, as CO-RE writes them: `0:1:2`.
    pub text: String,
    /// The distance in bits.
    pub bit_offset: u64,
    /// The width of a bitfield; 0 for another member.
    pub bit_size: u8,
    /// The type of the member.
    pub ty: Id,
}

/// The deepest anonymous struct that is looked into.
const MAX_DEPTH: u32 = 16;

impl Types {
    /// Follows a path. The first step may be an index of the type itself.
    pub fn access(&self, root: Id, steps: &[Step<'_>]) -> Result<Access, Kind> {
        let mut access = Access { text: "0".to_string(), bit_offset: 0, bit_size: 0, ty: root };
        let mut steps = steps;
        if let [Step::Index(index), rest @ ..] = steps
            && !matches!(self.resolve(root), Some((_, Ty::Array { .. })))
        {
            access.text = index.to_string();
            access.bit_offset = u64::from(*index) * u64::from(self.size(root)?) * 8;
            steps = rest;
        }
        for step in steps {
            access.bit_size = 0;
            match *step {
                Step::Name(name) => self.enter(&mut access, name)?,
                Step::Index(index) => {
                    let Some((_, Ty::Array { elem, .. })) = self.resolve(access.ty) else {
                        let of = self.spelled(access.ty);
                        return Err(Kind::Member { of, name: alloc::format!("[{index}]"), near: None });
                    };
                    access.bit_offset += u64::from(index) * u64::from(self.size(*elem)?) * 8;
                    let _ = write!(access.text, ":{index}");
                    access.ty = *elem;
                }
            }
        }
        Ok(access)
    }

    fn enter(&self, access: &mut Access, name: &str) -> Result<(), Kind> {
        let Some((id, ty)) = self.resolve(access.ty) else { return Err(Kind::incomplete_void()) };
        let composite = match ty {
            Ty::Composite(composite) => composite,
            Ty::Fwd { .. } => return Err(self.incomplete(id)),
            _ => return Err(Kind::Member { of: self.spelled(id), name: name.to_owned(), near: None }),
        };
        let mut way = Vec::new();
        let Some((offset, member)) = self.find(composite, name, &mut way, MAX_DEPTH) else {
            let mut names = Vec::new();
            self.members(composite, &mut names, MAX_DEPTH);
            let near = nearest(name, names).map(Into::into);
            return Err(Kind::Member { of: self.spelled(id), name: name.to_owned(), near });
        };
        for at in way {
            let _ = write!(access.text, ":{at}");
        }
        access.bit_offset += offset;
        access.bit_size = member.bit_size;
        access.ty = member.ty;
        Ok(())
    }

    /// The member of a name, through anonymous ones; its offset in bits, and the positions on the way.
    pub fn find<'a>(
        &'a self,
        of: &'a Composite,
        name: &str,
        way: &mut Vec<u32>,
        depth: u32,
    ) -> Option<(u64, &'a Member)> {
        let depth = depth.checked_sub(1)?;
        for (at, member) in (0u32..).zip(&of.members) {
            way.push(at);
            let offset = u64::from(member.bit_offset);
            if member.name == name && !name.is_empty() {
                return Some((offset, member));
            }
            if member.name.is_empty()
                && let Some((_, Ty::Composite(inner))) = self.resolve(member.ty)
                && let Some((more, found)) = self.find(inner, name, way, depth)
            {
                return Some((offset + more, found));
            }
            way.pop();
        }
        None
    }

    fn members<'a>(&'a self, of: &'a Composite, out: &mut Vec<&'a str>, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        for member in of.members.iter().take(4096) {
            if !member.name.is_empty() {
                out.push(&member.name);
            } else if let Some((_, Ty::Composite(inner))) = self.resolve(member.ty) {
                self.members(inner, out, depth);
            }
        }
    }
}
