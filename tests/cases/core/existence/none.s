// Nothing of it.
struct unrelated { int a; };
