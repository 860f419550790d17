// With all members of the newer flavour.
struct car { int seats; int a; int wheels; };
