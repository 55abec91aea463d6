"""The oracle: each op once more in naive float64 loops, NumPy only. Nothing here imports convolith."""
