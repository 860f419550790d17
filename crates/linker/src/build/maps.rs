//! The maps of the linked object.

use alloc::vec::Vec;

use skep_object::{
    DataRef, DataSection, Init, Linkage, Map, MapDef, MapKind, SectionIdx, StructOps, StructOpsRef, Visibility,
    btf::TypeId,
    isa::{InsnIdx, MapIdx, Ref},
    uapi::MapFlags,
};

use super::Build;
use crate::{
    layout::{Data, OutMap},
    symbols::{Def, Place},
};

impl Build<'_> {
    pub(super) fn map(&self, i: usize) -> Option<Map> {
        match self.layout.maps.get(i)? {
            OutMap::One { obj, map, section } => self.one(i, *obj, *map, *section),
            OutMap::Data(data) => self.data(data, i),
            OutMap::Kconfig => Some(self.kconfig(i)),
        }
    }

    fn one(&self, i: usize, obj: u32, idx: MapIdx, section: SectionIdx) -> Option<Map> {
        let map = self.objects.get(obj as usize)?.maps.get(idx.at())?;
        let func = |func| match self.reference(obj, Ref::Func { func, at: InsnIdx(0) }, 0, false).0 {
            Ref::Func { func, .. } => Some(func),
            _ => None,
        };
        let kind = match &map.kind {
            MapKind::Declared(slots) => {
                let init = |&(slot, init): &(u32, Init)| match init {
                    Init::Program(program) => Some((slot, Init::Program(func(program)?))),
                    Init::Map(inner) => match self.reference(obj, Ref::Map(inner), 0, false).0 {
                        Ref::Map(inner) => Some((slot, Init::Map(inner))),
                        _ => None,
                    },
                };
                MapKind::Declared(slots.iter().filter_map(init).collect())
            }
            MapKind::StructOps(ops) => {
                let member = |r: &StructOpsRef| Some(StructOpsRef { func: func(r.func)?, ..*r });
                MapKind::StructOps(
                    StructOps {
                        type_id: self.types.id(obj, ops.type_id),
                        refs: ops.refs.iter().filter_map(member).collect(),
                        ..StructOps::clone(ops)
                    }
                    .into(),
                )
            }
            _ => return None,
        };
        let (linkage, visibility) =
            self.seen(Def { obj, place: Place::Map(idx) }, &map.name, map.linkage, map.visibility);
        let declared = self.types.declared.get(&i).copied();
        let type_id = declared.unwrap_or_else(|| self.types.id(obj, map.type_id));
        let def = self.def(obj, &map.def);
        Some(Map { name: map.name.clone(), section, kind, def, type_id, linkage, visibility, tags: map.tags.clone() })
    }

    fn def(&self, obj: u32, def: &MapDef) -> MapDef {
        MapDef {
            key_type: self.types.id(obj, def.key_type),
            value_type: self.types.id(obj, def.value_type),
            inner: def.inner.as_ref().map(|inner| self.def(obj, inner).into()),
            ..def.clone()
        }
    }

    fn data(&self, data: &Data, i: usize) -> Option<Map> {
        let (mut contents, mut all) = (Vec::new(), Vec::new());
        let (mut sort, mut shared, mut def) = (DataSection::Data, false, MapDef::default());
        for &(obj, idx, _) in &data.parts {
            let map = self.objects.get(obj as usize)?.maps.get(idx.at())?;
            let MapKind::Data { section, data: bytes, mmapable, refs, .. } = &map.kind else { continue };
            if (obj, idx) == (data.parts[0].0, data.parts[0].1) {
                (sort, def) = (*section, map.def.clone());
            }
            shared |= *mmapable;
            if !bytes.is_empty() && data.constants.is_none() {
                for (old, end, new) in self.layout.pieces(obj, idx, bytes.len() as u32) {
                    contents.resize(new as usize, 0);
                    contents.extend_from_slice(bytes.get(old as usize..end as usize).unwrap_or_default());
                }
            }
            // An address in what is gone goes with it.
            all.extend(refs.iter().filter_map(|r| {
                let (_, offset) = self.layout.value(obj, idx, r.offset)?;
                let (to, done) = self.reference(obj, r.to, r.addend, false);
                Some(DataRef { offset, to, addend: if done.is_some() { 0 } else { r.addend }, ..*r })
            }));
        }
        if let Some(constants) = &data.constants {
            contents.clone_from(constants);
        }
        if !contents.is_empty() {
            contents.resize(data.size as usize, 0);
        }
        let type_id = self.types.datasecs.get(i).copied().unwrap_or_default();
        (def.value_size, def.value_type, def.key_type) = (data.size, type_id, TypeId::VOID);
        if shared {
            def.flags = def.flags.with(MapFlags::MMAPABLE);
        }
        let kind = MapKind::Data {
            section: sort,
            data: contents.into(),
            mmapable: shared,
            align: data.align,
            merge: data.merge,
            refs: all,
        };
        let (linkage, visibility) = (Linkage::Local, Visibility::Default);
        let (name, section, tags) = (data.name.clone(), data.section, Vec::new());
        Some(Map { name, section, kind, def, type_id, linkage, visibility, tags })
    }

    fn kconfig(&self, i: usize) -> Map {
        let type_id = self.types.datasecs.get(i).copied().unwrap_or_default();
        let mut maps = self.objects.iter().flat_map(|o| &o.maps);
        let def = maps.find(|m| matches!(m.kind, MapKind::Kconfig)).map(|m| m.def.clone()).unwrap_or_default();
        Map {
            name: ".kconfig".into(),
            section: SectionIdx(0),
            kind: MapKind::Kconfig,
            def: MapDef { value_size: self.types.kconfig_size, value_type: type_id, ..def },
            type_id,
            linkage: Linkage::Local,
            visibility: Visibility::Default,
            tags: Vec::new(),
        }
    }
}
