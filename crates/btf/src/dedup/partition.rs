//! A set that is split into ever smaller parts, each split in time proportional to what is marked.

use alloc::{vec, vec::Vec};

/// Elements `0..n`, each in one part.
pub(crate) struct Partition {
    /// The elements, those of a part next to each other, marked ones first.
    elements: Vec<u32>,
    /// Where each element is.
    places: Vec<u32>,
    /// The part of each element.
    parts: Vec<u32>,
    /// Where each part begins and ends, and how many of it are marked.
    bounds: Vec<(u32, u32, u32)>,
    touched: Vec<u32>,
}

#[allow(clippy::indexing_slicing, reason = "elements and parts are numbers that this type has given out")]
impl Partition {
    /// Elements by the part that each is in. Parts are numbers below `count`, and each has an element.
    pub(crate) fn new(parts: Vec<u32>, count: u32) -> Self {
        let mut bounds = vec![(0u32, 0u32, 0u32); count as usize];
        for &part in &parts {
            bounds[part as usize].1 += 1;
        }
        let mut at = 0;
        for (start, end, _) in &mut bounds {
            let len = *end;
            (*start, *end) = (at, at);
            at += len;
        }
        let (mut elements, mut places) = (vec![0; parts.len()], vec![0; parts.len()]);
        for (element, &part) in parts.iter().enumerate() {
            let end = &mut bounds[part as usize].1;
            (elements[*end as usize], places[element]) = (element as u32, *end);
            *end += 1;
        }
        Self { elements, places, parts, bounds, touched: Vec::new() }
    }

    /// The number of parts.
    pub(crate) fn len(&self) -> u32 {
        self.bounds.len() as u32
    }

    /// Where the elements of a part are.
    pub(crate) fn range(&self, part: u32) -> core::ops::Range<u32> {
        let (start, end, _) = self.bounds[part as usize];
        start..end
    }

    /// The element at a place.
    pub(crate) fn element(&self, place: u32) -> u32 {
        self.elements[place as usize]
    }

    /// The part of each element.
    pub(crate) fn into_parts(self) -> Vec<u32> {
        self.parts
    }

    /// Marks an element that is not marked.
    pub(crate) fn mark(&mut self, element: u32) {
        let part = self.parts[element as usize];
        let (start, end, marked) = &mut self.bounds[part as usize];
        let (from, to) = (self.places[element as usize], *start + *marked);
        // The only element of a part cannot be parted from others; one that is marked stays.
        if *end - *start < 2 || from < to {
            return;
        }
        if *marked == 0 {
            self.touched.push(part);
        }
        *marked += 1;
        let other = self.elements[to as usize];
        (self.elements[from as usize], self.places[other as usize]) = (other, from);
        (self.elements[to as usize], self.places[element as usize]) = (element, to);
    }

    /// Parts the marked from the unmarked; the smaller half becomes a new part. Nothing is marked afterwards.
    pub(crate) fn split(&mut self) {
        while let Some(part) = self.touched.pop() {
            let (start, end, marked) = self.bounds[part as usize];
            let middle = start + marked;
            self.bounds[part as usize].2 = 0;
            if middle == end {
                continue;
            }
            let (stays, leaves) = if marked <= end - middle {
                ((middle, end), (start, middle))
            } else {
                ((start, middle), (middle, end))
            };
            let new = self.bounds.len() as u32;
            self.bounds[part as usize] = (stays.0, stays.1, 0);
            self.bounds.push((leaves.0, leaves.1, 0));
            for place in leaves.0..leaves.1 {
                self.parts[self.elements[place as usize] as usize] = new;
            }
        }
    }
}
