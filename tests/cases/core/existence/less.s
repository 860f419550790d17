// Less of it.
enum state { OFF, ON = 7 };
struct whole { int number; char text[4]; };
