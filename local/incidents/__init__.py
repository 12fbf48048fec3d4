"""Recorded incidents and the seeded generator that makes them."""
