// A number where a struct was.
struct outer { int in; int u; long v; int last; };
