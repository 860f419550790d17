// Elsewhere, of other widths.
struct bits { u8 whole; u32 : 9; u32 middle : 3; s32 tail : 20; u64 pad; u64 wide : 33; };
