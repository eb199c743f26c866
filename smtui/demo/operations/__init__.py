"""Answers the operations of the simulated account, one module for each service or part of one."""
