// Numbers with a sign of another size cannot be read as they are.
struct node { u32 number; u64 *pointer; s32 half; s64 sign; };
