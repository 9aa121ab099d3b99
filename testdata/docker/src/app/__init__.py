"""A package for the image test."""

GREETING = "hello"
