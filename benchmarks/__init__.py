"""Long checks that are run by hand: python -m benchmarks.NAME, from a checkout."""
