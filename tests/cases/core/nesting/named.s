// A name in between ends the search.
struct inner { int a; };
struct outer { struct { struct inner in; union { int u; long v; }; } box; int last; };
