"""Answers the operations of the simulated account, one service a module, calls and changes apart."""
