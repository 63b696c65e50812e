"""One module per family of tests: from clean landmarks to events and metrics."""
