"""NVIDIA GPUs: what is there, the kernels of `cuda/`, and their twin that runs on the CPU.

probe.py     whether a GPU can be used here, and what to type if not
kernels.py   a kernel's name to compiled code, from a cache or a compiler; images.py names files,
             ahead.py makes all of them before they are needed
port.py      the verbs of a device; cupy_port.py has them by CuPy
parts.py     a batch in parts: copies beside kernels, graphs of launches; slots.py has its memory
batch.py     feature rows and the strategy bank over many rows, through a port; batch_moments.py,
             batch_averages.py, batch_covariance.py and batch_var.py have the other batches
twin.pyx     the same on the CPU, from the same headers; also twin_features.pyx, twin_risk.pyx
selftest.py  kernels against the twin on this host; selftest_features.py and selftest_risk.py
opened.py    the device behind probe and self-test, as the gpu.py of a stage takes it

Nothing here runs on the corridor: a batch costs tens of microseconds before its first product.
"""
