// As in the program.
enum state { OFF, ON };
typedef int number;
struct values { char c; int i; enum state e; void *p; int (*f)(int); number t; const volatile int cv; };
