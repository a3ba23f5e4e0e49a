"""Findings: told apart by signature, minimised, explained."""
