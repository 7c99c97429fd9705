"""Measures of pictures. Each one says in its docstring what it can and cannot tell."""
