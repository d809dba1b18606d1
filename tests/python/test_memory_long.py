"""test_memory, over a million requests."""
import os
import sys
from pathlib import Path

os.environ["H2_LEAK_REQUESTS"] = "1000000"
program = Path(__file__).parent / "test_memory.py"
os.execv(sys.executable, [sys.executable, str(program), *sys.argv[1:]])
