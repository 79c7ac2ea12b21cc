"""Evaluations and benchmarks: each prints what the docs quote."""
