//! The kinds of BTF types, a row each.

use skep_uapi::{Feature, Release};

/// The kind of a type: a number from 1 to 127, named up to 19.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Kind(pub u8);

/// One row: a kind, the data that follows its 12-byte head, and what happens on kernels without it.
#[derive(Clone, Copy, Debug)]
pub struct KindRow {
    /// The kind.
    pub kind: Kind,
    /// The name in lower case (`func_proto`).
    pub name: &'static str,
    /// Bytes that follow the head once.
    pub info_size: u8,
    /// Bytes that follow for each of the `vlen` elements.
    pub elem_size: u8,
    /// Whether the third word of the head is a type id (else a size, or nothing).
    pub refers: bool,
    /// The first release whose kernel takes it.
    pub since: Release,
    /// The feature that a kernel must have; without it the type is rewritten.
    pub feature: Option<Feature>,
}

macro_rules! kinds {
    ($( $C:ident $number:literal $name:literal $info:literal $elem:literal $refers:literal ($major:literal, $minor:literal) $feature:expr; )*) => {
        #[allow(missing_docs, reason = "the kernel's names say it")]
        impl Kind {
            $(
                pub const $C: Self = Self($number);
            )*

            /// All known kinds, in numeric order from 1.
            pub const ROWS: &'static [KindRow] = &[
                $( KindRow {
                    kind: Self($number), name: $name, info_size: $info, elem_size: $elem, refers: $refers,
                    since: Release::new($major, $minor), feature: $feature,
                }, )*
            ];
        }
    };
}

#[rustfmt::skip]
kinds! {
//  name       no  text         info elem refers since    feature
    INT         1 "int"          4    0   false (4, 18) None;
    PTR         2 "ptr"          0    0   true  (4, 18) None;
    ARRAY       3 "array"        12   0   false (4, 18) None;
    STRUCT      4 "struct"       0    12  false (4, 18) None;
    UNION       5 "union"        0    12  false (4, 18) None;
    ENUM        6 "enum"         0    8   false (4, 18) None;
    FWD         7 "fwd"          0    0   false (4, 18) None;
    TYPEDEF     8 "typedef"      0    0   true  (4, 18) None;
    VOLATILE    9 "volatile"     0    0   true  (4, 18) None;
    CONST      10 "const"        0    0   true  (4, 18) None;
    RESTRICT   11 "restrict"     0    0   true  (4, 18) None;
    FUNC       12 "func"         0    0   true  (5, 0)  Some(Feature::BtfFunc);
    FUNC_PROTO 13 "func_proto"   0    8   true  (5, 0)  Some(Feature::BtfFunc);
    VAR        14 "var"          4    0   true  (5, 2)  Some(Feature::BtfDatasec);
    DATASEC    15 "datasec"      0    12  false (5, 2)  Some(Feature::BtfDatasec);
    FLOAT      16 "float"        0    0   false (5, 13) Some(Feature::BtfFloat);
    DECL_TAG   17 "decl_tag"     4    0   true  (5, 16) Some(Feature::BtfDeclTag);
    TYPE_TAG   18 "type_tag"     0    0   true  (5, 17) Some(Feature::BtfTypeTag);
    ENUM64     19 "enum64"       0    12  false (6, 0)  Some(Feature::BtfEnum64);
}

impl Kind {
    /// The row of this kind, if it is known.
    pub fn row(self) -> Option<&'static KindRow> {
        Self::ROWS.get(usize::from(self.0).wrapping_sub(1))
    }

    /// The name in lower case; `unknown` for a kind without a row.
    pub fn name(self) -> &'static str {
        self.row().map_or("unknown", |row| row.name)
    }
}

const _: () = {
    let mut i = 0;
    while i < Kind::ROWS.len() {
        assert!(Kind::ROWS[i].kind.0 as usize == i + 1, "rows are in numeric order without gaps");
        i += 1;
    }
};
