// Two types of the name that do not.
struct node { u32 number; u64 *pointer; u16 half; s32 sign; };
struct node___other { u64 number; u64 *pointer; u16 half; s32 sign; };
