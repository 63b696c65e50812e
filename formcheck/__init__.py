"""Running-form analysis from ordinary phone video, on your own machine."""

__version__ = "0.1.0"
