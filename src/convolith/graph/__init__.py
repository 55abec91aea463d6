"""Symbolic tensors, tracing, differentiation, and the Plan that runs a traced graph in one block of memory."""
