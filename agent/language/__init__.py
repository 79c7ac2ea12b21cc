"""Eyeshot's language: straight-line typed programs over pictures.

syntax  the nodes of a program, and its one canonical text
parse   text -> Program, or every syntax error
types   the closed set of types and what fits where
check   Program -> CheckedProgram, or every mistake at once
grammar what a planner may write next (Lark, for llguidance)
run     the interpreter by demand
evidence what an answer follows from
"""
