"""Faults thrown at vaultrel, one module for each kind; see README.md beside this."""
