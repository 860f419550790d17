//! The names of what instructions of an object refer to.

use skep_isa::{ExternIdx, FuncIdx, MapIdx, text::Names};

use crate::Object;

impl Names for Object {
    fn map(&self, map: MapIdx) -> Option<&str> {
        self.maps.get(map.at()).map(|map| &*map.name)
    }

    fn value(&self, map: MapIdx, off: u32) -> Option<(&str, u32)> {
        let covers = |var: &&crate::Variable| {
            var.map == map && (var.offset == off || off.checked_sub(var.offset).is_some_and(|within| within < var.size))
        };
        match self.vars.iter().find(covers) {
            Some(var) => Some((&var.name, off - var.offset)),
            None => self.map(map).map(|name| (name, off)),
        }
    }

    fn func(&self, func: FuncIdx) -> Option<&str> {
        self.funcs.get(func.at()).map(|func| &*func.name)
    }

    fn external(&self, external: ExternIdx) -> Option<&str> {
        self.externs.get(external.at()).map(|external| &*external.name)
    }
}
