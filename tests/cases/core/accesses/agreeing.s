// Two types of the name that agree.
struct node { u32 pad; u32 number; u64 *pointer; u16 half; s32 sign; };
struct node___copy { int pad; u32 number; void *pointer; u16 half; s32 sign; };
