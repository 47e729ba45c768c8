"""Speed, memory and scale, as ratios against a baseline that is measured in the same run.

`make bench` and `make bench-scale`; how the figures are made and how to read them: `docs/benchmarks.md`.
"""
