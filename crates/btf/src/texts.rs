//! Strings by their content.

use hashbrown::HashMap;

use crate::{Btf, StrOff};

impl Btf {
    /// Where its own strings have some texts: one pass over all strings, however many are wanted. Texts that it does not
    /// have are left out.
    #[doc(alias = "btf__find_str")]
    pub fn find_strings<'t>(&self, wanted: impl IntoIterator<Item = &'t str>) -> HashMap<&'t str, StrOff> {
        let mut found: HashMap<&[u8], (&str, Option<u32>)> = HashMap::new();
        let (mut firsts, mut missing) = ([0u64; 256], 0);
        for text in wanted {
            let Some(&first) = text.as_bytes().first() else { continue };
            // Most strings begin otherwise, or have another length.
            firsts[usize::from(first)] |= 1 << (text.len() & 63);
            missing += usize::from(found.insert(text.as_bytes(), (text, None)).is_none());
        }
        let mut at = self.first_str;
        for text in self.text().split_inclusive(|&byte| byte == 0) {
            if missing == 0 {
                break;
            }
            let own = text.strip_suffix(&[0]).unwrap_or(text);
            if own.first().is_some_and(|&first| firsts[usize::from(first)] >> (own.len() & 63) & 1 != 0)
                && let Some((_, place @ None)) = found.get_mut(own)
            {
                *place = Some(at);
                missing -= 1;
            }
            at += text.len() as u32;
        }
        found.into_values().filter_map(|(text, at)| Some((text, StrOff(at?)))).collect()
    }
}
