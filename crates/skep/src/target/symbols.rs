//! The symbols of a kernel that does not run here: its `System.map`, or what `/proc/kallsyms` showed.

use std::collections::HashMap;

/// The addresses of the symbols with these names, in one pass.
pub(super) fn find(text: &[u8], names: &[&str]) -> Vec<Vec<u64>> {
    let mut found = vec![Vec::new(); names.len()];
    if names.is_empty() {
        return found;
    }
    let positions: HashMap<&[u8], usize> = names.iter().enumerate().map(|(i, name)| (name.as_bytes(), i)).collect();
    for line in text.split(|&byte| byte == b'\n') {
        // Address, type, name; `/proc/kallsyms` names the module after a tab.
        let mut words = line.split(|&byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
        let (Some(address), Some(_), Some(name)) = (words.next(), words.next(), words.next()) else { continue };
        let Some(addresses) = positions.get(name).and_then(|&i| found.get_mut(i)) else { continue };
        let address = std::str::from_utf8(address).ok().and_then(|text| u64::from_str_radix(text, 16).ok());
        addresses.extend(address.filter(|address| !addresses.contains(address)));
    }
    // A name given twice is found twice.
    for (i, name) in names.iter().enumerate() {
        if let Some(&first) = positions.get(name.as_bytes()).filter(|&&first| first != i) {
            found[i] = found[first].clone();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn both_forms_are_read() {
        let text = b"ffffffff81000000 T _text\nffffffff81000010 t twice\nffffffff81000020 t twice\n\
                     ffffffffc0000000 t in_module\t[some]\nnot a line\n";
        let found = find(text, &["_text", "twice", "in_module", "absent", "_text"]);
        assert_eq!(found[0], [0xffff_ffff_8100_0000]);
        assert_eq!(found[1].len(), 2);
        assert_eq!(found[2], [0xffff_ffff_c000_0000]);
        assert!(found[3].is_empty());
        assert_eq!(found[4], found[0]);
    }
}
