// All is of another type.
enum state { OFF };
union part { int a; };
struct whole { int in; void *number; int text; };
struct handle_t { int x; };
