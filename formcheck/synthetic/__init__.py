"""Rendered athletes whose truth is known."""
