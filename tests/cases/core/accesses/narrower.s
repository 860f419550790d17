// Unsigned numbers that are narrower.
struct node { u8 number; u8 half; void *pointer; s32 sign; };
