// No bitfields, and one that became one.
struct bits { u16 middle; s8 tail; u64 wide; u32 whole : 4; };
