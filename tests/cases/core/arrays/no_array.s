// No arrays.
struct point { int x; int y; };
struct table { int one; int grid; struct point points; int rest; };
