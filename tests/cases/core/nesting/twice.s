// Two types of the name that disagree.
struct inner { int a; };
struct outer { struct inner in; int last; int u; long v; };
struct outer___more { long begin; struct inner in; int u; long v; int last; };
