//! Maps without events, shown as tables and histograms.

use std::{fmt::Write, sync::Arc};

use serde_json::{Value, json};
use skep::{
    Error, Map,
    btf::{
        Btf, Type, TypeId,
        value::{self, Style},
    },
    object::MapType,
};

use super::histogram;
use crate::output::{FAINT, HEAD, NAME, styled, table};

/// The most rows of a table that are drawn again and again.
const ROWS: usize = 40;

/// How a map is shown.
pub struct View {
    map: String,
    btf: Arc<Btf>,
    key: TypeId,
    value: TypeId,
    /// The unit of a histogram's numbers, empty if it has none; none for tables.
    histogram: Option<String>,
}

/// Which maps of an object are shown, and how. Those tagged as histograms if there are any, else all that hold entries
/// of a known type.
pub fn views<'m>(btf: Option<&Arc<Btf>>, maps: impl Iterator<Item = &'m Map>) -> Vec<View> {
    let Some(btf) = btf else { return Vec::new() };
    let mut views: Vec<View> = maps.filter_map(|map| View::of(btf, map)).collect();
    if views.iter().any(|view| view.histogram.is_some()) {
        views.retain(|view| view.histogram.is_some());
    }
    views
}

impl View {
    fn of(btf: &Arc<Btf>, map: &Map) -> Option<Self> {
        const HOLDERS: [MapType; 7] = [
            MapType::HASH,
            MapType::ARRAY,
            MapType::PERCPU_HASH,
            MapType::PERCPU_ARRAY,
            MapType::LRU_HASH,
            MapType::LRU_PERCPU_HASH,
            MapType::LPM_TRIE,
        ];
        let spec = map.spec()?;
        let (key, value) = spec.key_value;
        let tag = |prefix: &str| spec.tags.iter().find_map(|tag| tag.strip_prefix(prefix));
        let histogram = tag("histogram:").map(|_| tag("unit:").unwrap_or_default().to_owned());
        // Maps of global variables are arrays of one DATASEC.
        let entries = HOLDERS.contains(&map.map_type()) && !matches!(btf.get(value), Some(Type::Datasec(_)));
        (entries && value != TypeId::VOID).then(|| Self {
            map: map.name().to_owned(),
            btf: btf.clone(),
            key,
            value,
            histogram,
        })
    }

    /// The name of the map.
    pub fn name(&self) -> &str {
        &self.map
    }

    /// Appends the map's entries as they are now.
    pub fn text(&self, map: &Map, out: &mut String) -> Result<(), Error> {
        let entries = entries(map)?;
        // Writing to a string cannot fail.
        let count = match (entries.len(), &self.histogram) {
            (1, Some(_)) => String::new(),
            (1, None) => "1 entry".into(),
            (n, _) => format!("{n} entries"),
        };
        let _ = writeln!(out, "{} {}", styled(HEAD, &self.map), styled(FAINT, count));
        match &self.histogram {
            Some(unit) => {
                for (key, values) in &entries {
                    if entries.len() > 1 {
                        let _ = writeln!(out, "{}", styled(NAME, self.show(self.key, key)));
                    }
                    histogram::draw(&counters(values), unit, out);
                }
            }
            None => self.table(entries, out),
        }
        Ok(())
    }

    /// One row an entry; a column for each member of a struct.
    fn table(&self, mut entries: Vec<Entry>, out: &mut String) {
        let columns = self.columns();
        let mut names = vec!["key"];
        names.extend(columns.iter().map(|c| c.name.as_str()));
        let mut t = table(&names, &names[1..]);
        entries
            .sort_by_key(|(_, values)| std::cmp::Reverse(sum(values, 0, values.first().map_or(0, |v| v.len().min(8)))));
        for (key, values) in entries.iter().take(ROWS) {
            let mut cells = vec![styled(NAME, self.show(self.key, key))];
            cells.extend(columns.iter().map(|column| self.cell(column, values)));
            t.add_row(cells);
        }
        let _ = writeln!(out, "{t}");
        if entries.len() > ROWS {
            let _ = writeln!(out, "{}", styled(FAINT, format!("… and {} more", entries.len() - ROWS)));
        }
    }

    /// The members of the value, or the value as a whole.
    fn columns(&self) -> Vec<Column> {
        let whole = || Column { name: "value".into(), ty: self.value, offset: 0 };
        match self.btf.resolve(self.value) {
            Ok((_, Type::Struct(s))) if s.members().all(|m| m.bit_size == 0 && m.bit_offset % 8 == 0) => s
                .members()
                .map(|m| Column { name: m.name.into(), ty: m.ty, offset: (m.bit_offset / 8) as usize })
                .collect(),
            _ => vec![whole()],
        }
    }

    /// A member of an entry: of several CPUs' values the sum, if it is a number.
    fn cell(&self, column: &Column, values: &[Vec<u8>]) -> String {
        let size = self.btf.size(column.ty).unwrap_or(0) as usize;
        let number =
            matches!(self.btf.resolve(column.ty), Ok((_, Type::Int(int))) if !int.is_signed() || values.len() > 1);
        if values.len() > 1 && number && size <= 8 {
            return sum(values, column.offset, size).to_string();
        }
        let of = |value: &Vec<u8>| {
            let bytes = value.get(column.offset..).and_then(|rest| rest.get(..size)).unwrap_or_default();
            self.show(column.ty, bytes)
        };
        values.iter().map(of).collect::<Vec<_>>().join(" | ")
    }

    fn show(&self, ty: TypeId, bytes: &[u8]) -> String {
        let mut out = String::new();
        match ty {
            TypeId::VOID => bytes.iter().for_each(|byte| {
                let _ = write!(out, "{byte:02x}");
            }),
            _ => {
                let _ = value::text(&mut out, &self.btf, ty, bytes, &Style::default());
            }
        }
        out
    }

    /// The map's entries as JSON, the values of all CPUs apart.
    pub fn json(&self, map: &Map) -> Result<Value, Error> {
        let show = |ty, bytes: &[u8]| {
            let mut out = String::new();
            // Writing to a string cannot fail.
            let _ = value::json(&mut out, &self.btf, ty, bytes, &Style::default());
            serde_json::from_str(&out).unwrap_or(Value::Null)
        };
        let entry = |(key, values): &Entry| {
            let all: Vec<_> = values.iter().map(|v| show(self.value, v)).collect();
            match map.is_per_cpu() {
                true => json!({ "key": show(self.key, key), "per_cpu": all }),
                false => json!({ "key": show(self.key, key), "value": all.first() }),
            }
        };
        Ok(json!({ "map": self.map, "entries": entries(map)?.iter().map(entry).collect::<Vec<_>>() }))
    }
}

/// A key, and the value of each CPU.
type Entry = (Vec<u8>, Vec<Vec<u8>>);

struct Column {
    name: String,
    ty: TypeId,
    offset: usize,
}

fn entries(map: &Map) -> Result<Vec<Entry>, Error> {
    let split = |(key, value): (Vec<u8>, Vec<u8>)| {
        let values = map.split_cpus(&value).map(<[u8]>::to_vec).collect();
        (key, values)
    };
    map.entries().map(|entry| entry.map(split)).collect()
}

/// The sum over all CPUs of the number at an offset.
fn sum(values: &[Vec<u8>], offset: usize, size: usize) -> u64 {
    let number = |value: &Vec<u8>| {
        let bytes = value.get(offset..)?.get(..size)?;
        let mut wide = [0; 8];
        match cfg!(target_endian = "little") {
            true => wide.get_mut(..size)?.copy_from_slice(bytes),
            false => wide.get_mut(8usize.checked_sub(size)?..)?.copy_from_slice(bytes),
        }
        Some(u64::from_ne_bytes(wide))
    };
    values.iter().filter_map(number).fold(0, u64::wrapping_add)
}

/// The 8-byte counters that a histogram's values are made of, added up over all CPUs.
fn counters(values: &[Vec<u8>]) -> Vec<u64> {
    let count = values.first().map_or(0, |value| value.len() / 8);
    (0..count).map(|i| sum(values, i * 8, 8)).collect()
}
