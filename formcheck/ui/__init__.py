"""The app: pages that call the engine and know nothing of how it works."""
