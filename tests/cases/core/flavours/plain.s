// The type as it is called.
struct car { int a; int wheels; };
