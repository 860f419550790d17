// The name, but of another kind of type.
union car { int wheels; };
