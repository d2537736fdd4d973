"""NVIDIA GPUs: what is there, the kernels of `cuda/`, and their twin that runs on the CPU.

probe.py     whether a GPU can be used here, and what to type if not
kernels.py   a kernel's name to compiled code, from a cache or a compiler
port.py      the five verbs of a device; cupy_port.py has them by CuPy
batch.py     feature rows and the strategy bank over many rows, through a port
twin.pyx     the same two on the CPU, from the same headers
selftest.py  kernels against the twin on this host
opened.py    the device behind probe and self-test, as the gpu.py of a stage takes it

Nothing here runs on the corridor: a batch costs tens of microseconds before its first product.
"""
