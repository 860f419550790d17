// Wrapped in none.
struct inner { int a; };
struct outer { int last; int u; long v; struct inner in; };
