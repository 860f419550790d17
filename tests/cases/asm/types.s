extern u23 limit;
struct tree { struct tree left; };
struct pair { int a; } pair = { .aa = 1 };
int twice;
int twice;
