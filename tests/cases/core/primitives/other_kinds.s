// Pointers for numbers, structs, arrays.
struct boxed { int i; };
struct values { void *c; struct boxed i; int e; int p; u64 f; void *t; int cv[2]; };
