"""How fast convolith is: its kernels and its training against naive loops and against torch.

`python -m benchmarks` runs everything and writes the Markdown tables;
`python -m benchmarks.layers` times single layers.
"""
