// An enum of another name.
enum mode { OFF, ON };
struct values { char c; int i; enum mode e; void *p; int (*f)(int); int t; int cv; };
