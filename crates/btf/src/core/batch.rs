//! All records of an object at once.

use alloc::vec::Vec;

use hashbrown::HashMap;

use super::{Answer, CoreKind, Error, Matcher, Record};

impl Matcher<'_> {
    /// What each of the records comes to, in their order: the same as [`Matcher::resolve`] one by one. The candidates of
    /// all root types are found in one pass over the kernel's types, and in one over each module's if the kernel itself
    /// lacks a type; a record that occurs several times is answered once.
    pub fn resolve_all(&mut self, records: &[Record<'_>]) -> Vec<Result<Answer, Error>> {
        let asks = |record: &&Record<'_>| record.kind != CoreKind::TYPE_ID_LOCAL;
        self.prepare(records.iter().filter(asks).map(|record| record.type_id));
        let mut known: HashMap<Record<'_>, usize> = HashMap::with_capacity(records.len());
        let mut answers: Vec<Result<Answer, Error>> = Vec::with_capacity(records.len());
        for (i, record) in records.iter().enumerate() {
            let first = *known.entry(*record).or_insert(i);
            let answer = match answers.get(first) {
                Some(answer) => answer.clone(),
                None => self.resolve(record),
            };
            answers.push(answer);
        }
        answers
    }
}
