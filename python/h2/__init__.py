"""HTTP/2 without I/O: the interface of ``h2``, on the engine of libh2."""

__version__ = "4.4.1"
