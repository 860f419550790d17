// Wrapped in more structs without names.
struct inner { int more; int a; };
struct outer { int begin; struct { struct { union { struct { struct inner in; }; }; union { int u; long v; }; }; }; int last; };
