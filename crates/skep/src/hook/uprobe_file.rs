//! Where in a file a function lies.

use object::{Object as _, ObjectSegment as _, ObjectSymbol as _, SymbolKind};

/// What was found of a function.
pub(super) enum Found {
    /// It begins at this offset into the file.
    At(u64),
    /// Nothing; these are the functions that there are.
    Nowhere(Vec<String>),
}

/// Looks a function up in the symbols of an executable or a library.
pub(super) fn find(bytes: &[u8], symbol: &str) -> Result<Found, String> {
    let file = object::File::parse(bytes).map_err(|error| error.to_string())?;
    let mut names = Vec::new();
    for entry in file.dynamic_symbols().chain(file.symbols()) {
        if entry.kind() != SymbolKind::Text || entry.is_undefined() {
            continue;
        }
        let Ok(name) = entry.name() else { continue };
        // Dynamic symbols may carry a version.
        if name.split('@').next() == Some(symbol) {
            let address = entry.address();
            let segment = file.segments().find_map(|segment| {
                let within = address.checked_sub(segment.address()).filter(|&within| within < segment.size())?;
                segment.file_range().0.checked_add(within)
            });
            return segment.map(Found::At).ok_or_else(|| format!("`{symbol}` lies in no segment of the file"));
        }
        names.push(name.to_owned());
    }
    Ok(Found::Nowhere(names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_itself_has_a_main() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(matches!(find(&bytes, "main"), Ok(Found::At(offset)) if offset > 0));
        match find(&bytes, "mian") {
            Ok(Found::Nowhere(names)) => assert!(names.iter().any(|name| name == "main")),
            _ => panic!("it was found"),
        }
        assert!(find(b"no ELF", "main").is_err());
    }
}
