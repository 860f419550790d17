// As in the program.
struct node { u32 number; u64 *pointer; u16 half; s32 sign; };
