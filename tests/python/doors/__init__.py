"""Tests of the doors, publication, report and lock, on a small made-up build."""
