//! The same way in the kernel's types, by name.

use super::{ErrorKind, Side, Spec, Step, access::MAX_STEPS, compat, essential, matching};
use crate::{Btf, Composite, Member, Type, TypeId, core::CoreKind};

/// The most members looked at in search of one field.
const MAX_WORK: u32 = 1 << 18;

/// Finds in `target` what `local` leads to, from a candidate for its root type. None if it is not there.
pub(super) fn find<'t>(local: &Spec<'_>, target: &'t Btf, root: TypeId) -> Result<Option<Spec<'t>>, ErrorKind> {
    let mut spec = Spec::new(target, root, local.kind);
    let found = if local.kind == CoreKind::TYPE_MATCHES {
        matching::types_match(local.btf, local.root, target, root)?
    } else if local.kind.is_type() {
        compat::types_are_compatible(local.btf, local.root, target, root)?
    } else if local.kind.is_enum_value() {
        find_value(local, &mut spec)?
    } else {
        find_field(local, &mut spec)?
    };
    Ok(found.then_some(spec))
}

fn find_value<'t>(local: &Spec<'_>, spec: &mut Spec<'t>) -> Result<bool, ErrorKind> {
    let (ty, Type::Enum(values)) = spec.btf.resolve(spec.root).map_err(ErrorKind::target)? else { return Ok(false) };
    let wanted = essential(local.steps.first().and_then(|step| step.name).unwrap_or_default());
    let mut values = (0u32..).zip(values.values());
    let Some((index, value)) = values.find(|(_, value)| essential(value.name) == wanted) else { return Ok(false) };
    spec.steps.push(Step { ty, index, name: Some(value.name) });
    spec.path.push(index);
    Ok(true)
}

fn find_field<'t>(local: &Spec<'_>, spec: &mut Spec<'t>) -> Result<bool, ErrorKind> {
    let mut at = spec.root;
    for (i, step) in local.steps.iter().enumerate() {
        let (id, ty) = spec.btf.resolve(at).map_err(ErrorKind::target)?;
        let next = match (step.name, ty) {
            (Some(_), _) => find_member(local.btf, step, spec, id)?,
            // The root is an element itself, of an array that begins where the pointer points.
            (None, _) if i == 0 => Some(id),
            (None, Type::Array(array)) if step.index < array.len || spec.ends_in_flexible(&array) => {
                Some(spec.btf.resolve(array.elem).map_err(ErrorKind::target)?.0)
            }
            (None, _) => None,
        };
        let Some(next) = next else { return Ok(false) };
        if step.name.is_none() {
            if spec.path.len() == MAX_STEPS {
                return Err(ErrorKind::TooDeep(Side::Target));
            }
            spec.enter_element(next, step.index, Side::Target)?;
            spec.path.push(step.index);
        }
        at = next;
    }
    Ok(true)
}

/// The member of the same name as `step`'s in a kernel type, and of a compatible type; gives its type.
fn find_member(local: &Btf, step: &Step<'_>, spec: &mut Spec<'_>, id: TypeId) -> Result<Option<TypeId>, ErrorKind> {
    let (Some(Type::Struct(parent)) | Some(Type::Union(parent))) = local.get(step.ty) else { return Ok(None) };
    let Some(wanted) = parent.member(step.index) else { return Ok(None) };
    let mut search = Search { local, wanted, spec, work: 0 };
    search.within(id)
}

struct Search<'s, 'l, 't> {
    local: &'l Btf,
    wanted: Member<'l>,
    spec: &'s mut Spec<'t>,
    work: u32,
}

impl Search<'_, '_, '_> {
    /// Looks through the members of a type, and of the anonymous ones among them. Recursion ends with `MAX_STEPS`.
    fn within(&mut self, at: TypeId) -> Result<Option<TypeId>, ErrorKind> {
        let (id, ty) = self.spec.btf.resolve(at).map_err(ErrorKind::target)?;
        let (Type::Struct(composite) | Type::Union(composite)) = ty else { return Ok(None) };
        if self.spec.path.len() == MAX_STEPS && composite.len > 0 {
            return Err(ErrorKind::TooDeep(Side::Target));
        }
        for index in 0..composite.len {
            if let Some(found) = self.member(id, composite, index)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn member(&mut self, id: TypeId, composite: Composite<'_>, index: u32) -> Result<Option<TypeId>, ErrorKind> {
        self.work += 1;
        if self.work > MAX_WORK {
            return Err(ErrorKind::TooDeep(Side::Target));
        }
        let Some(member) = composite.member(index) else { return Ok(None) };
        if !member.name.is_empty() && member.name != self.wanted.name {
            return Ok(None);
        }
        let (steps, path, bit_offset) = (self.spec.steps.len(), self.spec.path.len(), self.spec.bit_offset);
        self.spec.path.push(index);
        self.spec.advance(member.bit_offset.into(), Side::Target)?;
        let found = if member.name.is_empty() {
            self.within(member.ty)?
        } else {
            self.named(id, index);
            compat::fields_are_compatible(self.local, self.wanted.ty, self.spec.btf, member.ty)?.then_some(member.ty)
        };
        if found.is_none() {
            self.spec.steps.truncate(steps);
            self.spec.path.truncate(path);
            self.spec.bit_offset = bit_offset;
        }
        Ok(found)
    }

    fn named(&mut self, ty: TypeId, index: u32) {
        let btf = self.spec.btf;
        let (Some(Type::Struct(parent)) | Some(Type::Union(parent))) = btf.get(ty) else { return };
        let name = parent.member(index).map(|member| member.name);
        self.spec.steps.push(Step { ty, index, name });
    }
}
