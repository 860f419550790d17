// As in the program.
struct inner { int a; };
struct outer { struct { struct inner in; union { int u; long v; }; }; int last; };
