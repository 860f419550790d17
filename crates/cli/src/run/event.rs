//! Records of ring buffers, as lines.

use std::sync::Arc;

use serde_json::{Map, Value};
use skep::{
    btf::{
        Btf, Kind, Type, TypeId,
        value::{self, Style},
    },
    reloc::MapSpec,
};

use crate::{
    open::near_or_all,
    report::{Failure, Report, status},
};

/// What is known of a buffer's records.
pub struct Decoder {
    /// The buffer's name.
    pub map: Arc<str>,
    types: Option<(Arc<Btf>, TypeId)>,
}

impl Decoder {
    /// Finds the type of a buffer's records. In this order: the one given on the command line; the one that the map is
    /// tagged with (`event:T`); the value type of its declaration; a struct named as the map, or as the map without a
    /// plural `s`, or `event`, or the one struct whose name ends in `_event`.
    pub fn of(btf: Option<&Arc<Btf>>, map: &MapSpec, given: &[String]) -> Result<Self, Failure> {
        let Some(btf) = btf else { return Ok(Self { map: map.name.clone(), types: None }) };
        let wanted = given.iter().find_map(|text| match text.split_once('=') {
            Some((name, ty)) => (name == &*map.name).then_some(ty),
            None => Some(&**text),
        });
        let tagged = map.tags.iter().find_map(|tag| tag.strip_prefix("event:"));
        let found = match wanted.or(tagged) {
            Some(name) => Some(named(btf, name).ok_or_else(|| unknown(btf, name))?),
            None if map.key_value.1 != TypeId::VOID => Some(map.key_value.1),
            None => conventional(btf, &map.name),
        };
        Ok(Self { map: map.name.clone(), types: found.map(|ty| (btf.clone(), ty)) })
    }

    /// A record's fields as text; a hexdump if nothing is known of them.
    pub fn text(&self, record: &[u8], style: &Style<'_>, out: &mut String) {
        match &self.types {
            Some((btf, ty)) => {
                // Writing to a string cannot fail.
                let _ = value::text(out, btf, *ty, record, style);
            }
            None => {
                let _ = value::dump(out, record);
            }
        }
    }

    /// A record as a JSON object: the map, the type, and the fields.
    pub fn json(&self, record: &[u8], style: &Style<'_>) -> Value {
        let mut object = Map::new();
        object.insert("map".into(), (&*self.map).into());
        let fields = self.types.as_ref().and_then(|(btf, ty)| {
            object.insert("type".into(), btf.name(*ty).into());
            let mut text = String::new();
            value::json(&mut text, btf, *ty, record, style).ok()?;
            serde_json::from_str(&text).ok()
        });
        object.insert("event".into(), fields.unwrap_or_else(|| hex(record).into()));
        object.into()
    }
}

/// The struct, union or typedef with a name.
fn named(btf: &Btf, name: &str) -> Option<TypeId> {
    let name = name.strip_prefix("struct ").or_else(|| name.strip_prefix("union ")).unwrap_or(name);
    [Kind::STRUCT, Kind::UNION, Kind::TYPEDEF, Kind::ENUM, Kind::INT]
        .into_iter()
        .find_map(|kind| btf.find_kind(name, kind))
}

fn conventional(btf: &Btf, map: &str) -> Option<TypeId> {
    let find = |name: &str| btf.find_kind(name, Kind::STRUCT);
    find(map).or_else(|| find(map.strip_suffix('s')?)).or_else(|| find("event")).or_else(|| {
        let mut events = btf.ids().filter(|&id| btf.kind(id) == Some(Kind::STRUCT) && btf.name(id).ends_with("_event"));
        events.next().filter(|_| events.next().is_none())
    })
}

fn unknown(btf: &Btf, name: &str) -> Failure {
    let structs = btf.ids().filter(|&id| matches!(btf.get(id), Some(Type::Struct(_)))).map(|id| btf.name(id));
    let report = Report::new("no-such-type", format!("the object has no type `{name}` for its events"));
    Failure::new(status::USAGE, report.help(near_or_all(name, structs.filter(|name| !name.is_empty()).collect())))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
