// As in the program.
struct bits { u32 head : 3; u32 middle : 7; s32 tail : 5; u64 wide : 40; u8 whole; };
