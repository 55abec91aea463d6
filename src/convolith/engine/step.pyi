SLOTS: dict[str, int]
"""The rules, each with the number of its slots."""
