// Wider, unsigned, in another order; any pointer is a pointer.
enum state { OFF, ON = 0x100000000ULL };
typedef long number;
struct values { long cv; number t; char *f; struct far *p; enum state e; u64 i; short c; };
