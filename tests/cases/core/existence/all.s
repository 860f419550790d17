// All of it.
enum state { OFF, ON, BROKEN };
struct part { int a; };
struct whole { struct part in; int number; char text[8]; };
typedef struct { int x; } handle_t;
