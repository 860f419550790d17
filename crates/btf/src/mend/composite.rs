//! Structs and unions.

use alloc::{borrow::Cow, vec::Vec};

use super::{Flaw, Mend, is_flawed, is_number, names};
use crate::{Composite, Kind, Member, Type, TypeId};

/// What the discriminant of an enum is called.
const TAG: &str = "tag";

impl<'a> Mend<'a> {
    /// Finds the structs of variants: members of a union with a discriminant that are called as their structs are.
    pub(super) fn find_variants(&mut self) {
        if !self.has(Flaw::Discriminant) {
            return;
        }
        let btf = self.btf;
        for id in btf.ids() {
            let Some(Type::Union(union)) = btf.get(id) else { continue };
            if !union.members().any(|m| self.is_discriminant(&m)) {
                continue;
            }
            let is_variant =
                |m: &Member<'_>| matches!(btf.get(m.ty), Some(Type::Struct(variant)) if variant.name == m.name);
            self.variants.extend(union.members().filter(is_variant).map(|m| m.ty));
        }
    }

    fn is_discriminant(&self, member: &Member<'_>) -> bool {
        member.name.is_empty() && is_number(self.btf, member.ty)
    }

    pub(super) fn composite(&mut self, id: TypeId, composite: Composite<'a>) {
        let is_variant = self.variants.contains(&id);
        if !is_variant && !is_flawed(self.btf, id) {
            return;
        }
        let is_union = self.btf.kind(id) == Some(Kind::UNION);
        let name = match is_variant {
            true => "".into(),
            false => self.type_name(composite.name),
        };
        let mend_names = self.has(Flaw::TypeName);
        let mut members: Vec<(Cow<'_, str>, Member<'_>)> =
            composite.members().map(|m| (names::element(m.name, mend_names), m)).collect();
        for (name, member) in &mut members {
            if member.ty == TypeId::VOID && self.has(Flaw::NoType) {
                member.ty = self.character();
            }
            if is_union && self.is_discriminant(member) && self.has(Flaw::Discriminant) {
                match member.bit_offset != 0 {
                    true => self.wrap(composite.size, member),
                    false => *name = TAG.into(),
                }
            }
        }
        if !is_union && self.has(Flaw::MemberOrder) {
            // Those without a size stay before what begins at the same place.
            members.sort_by_key(|(_, m)| m.bit_offset);
        }
        let members: Vec<_> = members.iter().map(|(name, m)| Member { name, ..*m }).collect();
        let _ = self.edit.replace(id).map(|place| match is_union {
            true => place.union(&name, composite.size, &members),
            false => place.structure(&name, composite.size, &members),
        });
    }

    /// Puts a discriminant into a struct of the union's size, at its place.
    fn wrap(&mut self, size: u32, member: &mut Member<'_>) {
        let tag = Member { name: TAG, ..*member };
        *member = Member { ty: self.edit.add().structure("", size, &[tag]), bit_offset: 0, bit_size: 0, name: "" };
    }
}
