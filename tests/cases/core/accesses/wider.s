// Unsigned numbers that are wider.
struct node { u64 number; u64 half; void *pointer; s32 sign; };
