#!/usr/bin/python3
"""test_differential.py for 1,100,000 steps, in which everything has to be met a hundred times. Takes the same options."""
import sys

from test_differential import main

if __name__ == "__main__":
    sys.argv[1:1] = ["--steps", "1100000", "--least", "100"]
    sys.exit(main())
