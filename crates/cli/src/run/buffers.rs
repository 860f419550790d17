//! All buffers of all objects, read as one.

use std::{ops::ControlFlow, time::Duration};

use skep::{
    Error, Map, RingBuffers,
    object::MapType,
    ring::{PerfBuffers, PerfRecord},
};

/// Pages of each CPU's perf buffer.
const PERF_PAGES: usize = 64;

/// Ring buffers and perf buffers, each known by the order in which it was added.
pub struct Buffers {
    rings: RingBuffers,
    /// The buffer that each ring is.
    ring_ids: Vec<usize>,
    perf: Vec<(usize, PerfBuffers)>,
}

impl Buffers {
    /// None yet.
    pub fn new() -> Result<Self, Error> {
        Ok(Self { rings: RingBuffers::new()?, ring_ids: Vec::new(), perf: Vec::new() })
    }

    /// Whether a map is one.
    pub fn is_one(map: &Map) -> bool {
        [MapType::RINGBUF, MapType::PERF_EVENT_ARRAY].contains(&map.map_type())
    }

    /// Adds one.
    pub fn add(&mut self, map: &Map) -> Result<(), Error> {
        let id = self.ring_ids.len() + self.perf.len();
        if map.map_type() == MapType::RINGBUF {
            self.rings.add(map)?;
            self.ring_ids.push(id);
        } else {
            self.perf.push((id, PerfBuffers::new(map, PERF_PAGES)?));
        }
        Ok(())
    }

    /// Waits for records and passes them on, where they lie; the number of those that were lost.
    pub fn poll(
        &mut self,
        timeout: Duration,
        mut f: impl FnMut(usize, &[u8]) -> ControlFlow<()>,
    ) -> Result<u64, Error> {
        // Perf buffers are looked at as often as ring buffers wake; by themselves they share the time.
        let mut share = timeout / (self.perf.len().max(1) as u32);
        if !self.rings.is_empty() {
            let ids = &self.ring_ids;
            self.rings.poll(Some(timeout), |ring, record| f(ids[ring], record))?;
            share = Duration::ZERO;
        }
        let mut lost = 0;
        for (id, buffers) in &mut self.perf {
            buffers.poll(Some(share), |record| match record {
                PerfRecord::Sample { data, .. } => f(*id, data),
                PerfRecord::Lost { count, .. } => {
                    lost += count;
                    ControlFlow::Continue(())
                }
            })?;
        }
        Ok(lost)
    }
}
