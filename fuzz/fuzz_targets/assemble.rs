//! Assembly text of any bytes becomes an object or errors with their places, in every dialect; an object that was made
//! can be read or is refused, and the same text gives the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use skep::object::text::{Dialect, Loaded, Loader, Options, assemble};

/// Files that include themselves.
struct Itself<'a>(&'a [u8]);

impl Loader for Itself<'_> {
    fn load(&self, name: &str, _: &str) -> Result<Loaded, String> {
        Ok(Loaded { name: name.to_owned(), bytes: self.0.to_vec() })
    }
}

fuzz_target!(|data: &[u8]| {
    let source = String::from_utf8_lossy(data);
    let loader = Itself(data);
    for dialect in Dialect::ALL {
        let options = Options { dialect, loader: &loader, ..Options::default() };
        match assemble("fuzz.s", &source, &options) {
            Ok(assembled) => {
                let again = assemble("fuzz.s", &source, &options).expect("it was assembled once");
                assert_eq!(assembled.elf, again.elf);
                if let Err(errors) = assembled.object() {
                    assert!(!errors.to_string().is_empty());
                }
            }
            Err(errors) => {
                assert!(errors.iter().len() > 0 && errors.iter().len() <= 100);
                for error in &errors {
                    assert!(!error.to_string().is_empty() && error.help().is_none_or(|help| !help.is_empty()));
                }
            }
        }
    }
});
