// Another name, however near.
struct cart { int wheels; };
